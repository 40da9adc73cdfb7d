"""The passwords of an installation: made once, kept in one file that only its owner can read."""

import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from streams.services.account import write_private
from streams.services.errors import ServiceError

BYTES = 24


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """`installation` names the data folder (no secret); the others are passwords; `signing` is WHETSTONE_SECRET."""

    installation: str
    postgres_admin: str
    postgres: str
    redis: str
    signing: str

    @classmethod
    def load(cls, path: Path) -> "Secrets":
        """Return what the file holds; make new ones where there is no file.

        Raises ServiceError when the file is damaged: making new passwords would lock us out of the old data.
        """
        if not path.exists():
            made = cls(secrets.token_hex(6), *(secrets.token_hex(BYTES) for _ in range(4)))
            write_private(path, json.dumps(asdict(made)))
            return made
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, TypeError) as broken:
            raise ServiceError(f"{path} is damaged ({broken}): restore it, or remove the whole data folder") from broken
