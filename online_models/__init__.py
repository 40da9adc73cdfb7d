"""Models that learn event by event; their snapshots are plain data."""
