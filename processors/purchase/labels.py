"""Under which names the detector `purchase` keeps what it remembers, and the timer that tells the labels."""

OWNER = "purchase"
LABELS = "labels"
TIMER = f"{OWNER}.{LABELS}"
