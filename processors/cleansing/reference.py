"""Reference data that ships with the package: read once, when a rule first needs it."""

import lzma
from functools import cache
from importlib.resources import files

_FOLDER = "processors.cleansing.data"


def packed(name: str) -> bytes:
    """Return the unpacked content of the data file `name` (with `.xz`)."""
    return lzma.decompress(files(_FOLDER).joinpath(name).read_bytes())


@cache
def lines(name: str) -> tuple[str, ...]:
    """Return the lines of a data file `name`.txt; blank lines and lines that begin with # are comments."""
    text = files(_FOLDER).joinpath(f"{name}.txt").read_text("utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


@cache
def words(name: str) -> dict[str, int]:
    """Return the words of a data file (separated by blanks) with their places: earlier is better known."""
    ordered = [word for line in lines(name) for word in line.split()]
    return {word: place for place, word in reversed(list(enumerate(ordered)))}
