"""Whether data written with one Avro schema can be read with another: the resolution rules of the specification."""

from collections.abc import Iterator
from typing import Any

PROMOTIONS = {
    "int": ("long", "float", "double"),
    "long": ("float", "double"),
    "float": ("double",),
    "string": ("bytes",),
    "bytes": ("string",),
}
NAMED = ("record", "enum", "fixed", "error")
Names = dict[str, Any]


def incompatibilities(old: Any, new: Any) -> list[str]:
    """Return why two versions of a schema do not go together, in sentences that name the field; empty when they do.

    Backward: the new version reads what the old one wrote. Forward: the old version reads what the new one writes.
    """
    backward = [f"backward: {problem}" for problem in unreadable(reader=new, writer=old)]
    return backward + [f"forward: {problem}" for problem in unreadable(reader=old, writer=new)]


def unreadable(*, reader: Any, writer: Any) -> list[str]:
    """Return why a reader's schema cannot read all that a writer's schema may have written; empty when it can."""
    return list(_Resolution(_names(reader, ""), _names(writer, "")).compare(reader, writer, "", ""))


def _names(schema: Any, space: str) -> Names:
    """Return the definition of every named type within a schema, by full name."""
    found: Names = {}
    if isinstance(schema, list):
        for branch in schema:
            found |= _names(branch, space)
    elif isinstance(schema, dict):
        kind = schema["type"]
        if kind in NAMED:
            space = schema.get("namespace", space)
            found[_full(schema["name"], space)] = schema
            for field in schema.get("fields", ()):
                found |= _names(field["type"], space)
        else:
            found |= _names(schema.get("items") or schema.get("values") or kind, space)
    return found


def _full(name: str, space: str) -> str:
    return name if "." in name or not space else f"{space}.{name}"


class _Resolution:
    """One comparison. `path` names the field that is looked at; pairs of records under comparison end recursion."""

    def __init__(self, reader_names: Names, writer_names: Names) -> None:
        self.names = (reader_names, writer_names)
        self.open: set[tuple[str, str]] = set()

    def compare(self, reader: Any, writer: Any, path: str, space: str) -> Iterator[str]:
        reader, writer = self._defined(reader, 0, space), self._defined(writer, 1, space)
        if isinstance(writer, list):
            for branch in writer:
                yield from self.compare(reader, branch, path, space)
        elif isinstance(reader, list):
            if all(list(self.compare(branch, writer, path, space)) for branch in reader):
                yield f"{path or 'the schema'} may hold {_kind(writer)}, which the reader does not take"
        elif _kind(reader) != _kind(writer):
            if _kind(reader) not in PROMOTIONS.get(_kind(writer), ()):
                yield f"{path or 'the schema'} is {_kind(writer)} for the writer and {_kind(reader)} for the reader"
        else:
            yield from self._same_kind(reader, writer, path, space)

    def _defined(self, schema: Any, side: int, space: str) -> Any:
        if not isinstance(schema, str):
            return schema
        return self.names[side].get(_full(schema, space), self.names[side].get(schema, schema))

    def _same_kind(self, reader: Any, writer: Any, path: str, space: str) -> Iterator[str]:
        kind = _kind(reader)
        if _logical(reader) != _logical(writer):
            yield f"{path} changed its meaning from {_logical(writer)} to {_logical(reader)}"
        if kind in NAMED and not _same_name(reader, writer):
            yield f"{path or 'the record'} is named {writer['name']} by the writer and {reader['name']} by the reader"
        elif kind == "record":
            yield from self._records(reader, writer, path, space)
        elif kind == "enum":
            yield from _enums(reader, writer, path)
        elif kind == "fixed" and reader["size"] != writer["size"]:
            yield f"{path} has {writer['size']} bytes for the writer and {reader['size']} for the reader"
        elif kind in ("array", "map"):
            inner = "items" if kind == "array" else "values"
            yield from self.compare(reader[inner], writer[inner], f"{path}.{inner}".lstrip("."), space)

    def _records(self, reader: Any, writer: Any, path: str, space: str) -> Iterator[str]:
        space = reader.get("namespace", space)
        pair = (_full(reader["name"], space), _full(writer["name"], space))
        if pair in self.open:
            return
        self.open.add(pair)
        written = {field["name"]: field for field in writer["fields"]}
        for field in reader["fields"]:
            place = f"{path}.{field['name']}".lstrip(".")
            source = next((written[n] for n in (field["name"], *field.get("aliases", ())) if n in written), None)
            if source is not None:
                yield from self.compare(field["type"], source["type"], place, space)
            elif "default" not in field:
                yield f"{place} is not written and has no default for the reader"
            if "default" in field and not _default_fits(field["type"], field["default"]):
                yield f"{place} has a default that does not fit its (first) type"
        self.open.discard(pair)


def _kind(schema: Any) -> str:
    return str(schema["type"]) if isinstance(schema, dict) else str(schema)


def _logical(schema: Any) -> str | None:
    return schema.get("logicalType") if isinstance(schema, dict) else None


def _same_name(reader: Any, writer: Any) -> bool:
    simple = [str(name).rpartition(".")[2] for name in (reader["name"], *reader.get("aliases", ()))]
    return str(writer["name"]).rpartition(".")[2] in simple


def _enums(reader: Any, writer: Any, path: str) -> Iterator[str]:
    unknown = [symbol for symbol in writer["symbols"] if symbol not in reader["symbols"]]
    if unknown and "default" not in reader:
        yield f"{path} may hold {', '.join(unknown)}, which the reader does not know and has no default for"


def _default_fits(schema: Any, default: Any) -> bool:
    first = schema[0] if isinstance(schema, list) else schema
    fitting: dict[str, Any] = {
        "null": type(None), "boolean": bool, "int": int, "long": int, "float": (int, float), "double": (int, float),
        "string": str, "bytes": str, "array": list, "map": dict, "record": dict, "fixed": str, "enum": str,
    }  # fmt: skip
    expected = fitting.get(_kind(first), object)
    return isinstance(default, expected) and not (isinstance(default, bool) and _kind(first) not in ("boolean",))
