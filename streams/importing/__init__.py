"""Bulk import and export: tables in, touchpoints out, by the same rules as every other event."""
