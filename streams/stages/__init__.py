"""The two stages of a worker. Each handles one slice at a time: read, step, deliver, and only then return."""
