"""Schema ids: what a registry must offer, and the registry of the files that ship."""

from collections.abc import Sequence
from typing import Protocol

from schemas.shipped import Shipped, latest, shipped, shipped_ids


class Registry(Protocol):
    """Ids of schemas, as in Confluent's Schema Registry. Answers from memory: the codec asks on every record."""

    def id_of(self, subject: str) -> int:
        """Return the id of the current schema of a subject; raises LookupError for an unknown subject."""

    def schema_of(self, schema_id: int) -> str | None:
        """Return the JSON text of a schema, None when the id is unknown."""


class FileRegistry:
    """The files that ship, every version, with the ids recorded in `schemas/avro/ids.json`."""

    def __init__(self, versions: Sequence[Shipped] | None = None, ids: dict[str, int] | None = None) -> None:
        """Take all shipped versions, or those given, which need ids by path."""
        versions = shipped() if versions is None else tuple(versions)
        ids = shipped_ids() if ids is None else ids
        self._schemas = {ids[one.path]: one.text for one in versions}
        self._ids = {subject: ids[one.path] for subject, one in latest(tuple(versions)).items()}

    def id_of(self, subject: str) -> int:
        """Return the id of the latest version of a subject."""
        return self._ids[subject]

    def schema_of(self, schema_id: int) -> str | None:
        """Return the JSON text of a schema, None when the id is unknown."""
        return self._schemas.get(schema_id)
