"""Replay: the same pure core over a file or a topic, without any service, and a digest of all that came out."""
