"""What was rejected: found again in its topic, repaired, and sent once more."""
