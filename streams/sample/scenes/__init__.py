"""The stories that the sample tells beside ordinary days, each with the signals that must come of it."""

from collections.abc import Callable

from streams.sample.journeys import Journey
from streams.sample.scenes import customers, deals, identities, visits
from streams.sample.scenes.scene import Scene

PLACES = (deals, customers, visits, identities)


def scene_of(life: Journey, role: str, end: int) -> Scene:
    """Return the scene that the customer of a role plays."""
    scene = Scene(life, role, end)
    play: Callable[[Scene], None] = next(getattr(place, role) for place in PLACES if hasattr(place, role))
    play(scene)
    return scene
