"""The stages of a worker: cleanse, detect, learn. Each handles one slice at a time: read, decide, deliver, return."""
