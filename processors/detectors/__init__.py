"""Detectors, one file each, found by the registry: (state, fact or timer, context) → effects."""
