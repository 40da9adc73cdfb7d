"""Places on the ground as pure functions: datums, distances, stay points found online, buildings."""
