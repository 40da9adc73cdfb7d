"""What the way in refused of things that people decided; importing it costs nothing."""


class DecisionsRefused(Exception):
    """Decisions that were not accepted, and why; all others are on their way to the workers."""
