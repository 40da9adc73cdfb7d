"""Waiting for a condition, never for an amount of time."""

import time
from collections.abc import Callable

PAUSE = 0.02  # seconds between two looks at first; grows to MAX_PAUSE
MAX_PAUSE = 0.25


def wait_until(condition: Callable[[], bool], timeout: float, longest_pause: float = MAX_PAUSE) -> bool:
    """Look at a condition until it holds; return False when `timeout` seconds pass first."""
    deadline = time.monotonic() + timeout
    pause = PAUSE
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(pause * 1.5, longest_pause)
    return True
