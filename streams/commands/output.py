"""A file that a command writes, as a type of click's: what cannot be written is refused before hours of work."""

import os
from pathlib import Path
from typing import Any

import click


class Output(click.Path):
    """A file in a folder that exists and may be written to. Gives a `Path`."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, writable=True, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the path. Raises BadParameter."""
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if not path.parent.is_dir():
            self.fail(f"there is no folder {path.parent}", param, ctx)
        if not os.access(path.parent, os.W_OK):
            self.fail(f"the folder {path.parent} is not writable", param, ctx)
        return path


OUTPUT = Output()
