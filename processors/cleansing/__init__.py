"""Cleansing rules, one file a field. Each is pure, total and idempotent, and says what it changed and why."""
