"""One worker process: put together, run, watched, and what it does beside its slices."""
