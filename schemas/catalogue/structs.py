"""Structs that read the usual event of a type in one go: its JSON against its model, without the model.

They are derived from the pydantic models and accept less: no field that the model does not know, no other type of
JSON value than the field's own. What they accept, the model accepts, and the data are the same to the order of their
fields; what they refuse is the model's to judge.
"""

from collections.abc import Callable, Iterable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta
from pydantic import BeforeValidator, PlainValidator, StringConstraints
from pydantic.fields import FieldInfo

from schemas.catalogue.base import Record
from schemas.catalogue.types import Wire, cell, integral

INTEGER = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]  # beyond, JSON parsers differ
PLAIN = (str, int, float, bool)
WIDENING = (cell, integral)  # run before a field's own check; what that accepts as it is, they leave as it is
LIMITS = {"Ge": ("ge",), "Le": ("le",), "MinLen": ("min_length",), "MaxLen": ("max_length",)}
Step = tuple[str, Callable[[Any], Any]]


class Unsupported(TypeError):
    """A field of a kind that structs cannot express."""


class Read(NamedTuple):
    """How the data of a type are read: the struct, then what pydantic would call for some fields.

    `nested` are the same steps for the records of fields that hold lists of them.
    """

    struct: type[msgspec.Struct]
    steps: tuple[Step, ...]
    nested: tuple[tuple[str, tuple[Step, ...]], ...]

    def data(self, read: msgspec.Struct) -> dict[str, Any]:
        """Return what `plain` returns of the validated model; raises ValueError where the model would refuse."""
        data: dict[str, Any] = msgspec.to_builtins(read)
        for name, step in self.steps:
            if name in data:
                data[name] = step(data[name])
        for field, steps in self.nested:
            for record in data.get(field, ()):
                for name, step in steps:
                    if name in record:
                        record[name] = step(record[name])
        return data


def read_of(model: type[Record]) -> Read | None:
    """Return how a model's data are read; None when it has fields of a kind that structs cannot express."""
    try:
        return _read(model)
    except Unsupported:
        return None


def _read(model: type[Record]) -> Read:
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    steps: list[Step] = []
    nested: list[tuple[str, tuple[Step, ...]]] = []
    hints = get_type_hints(model, include_extras=True)
    for name, info in model.model_fields.items():
        hint, optional = _without_none(hints[name])
        if info.is_required() == optional or (optional and (info.default is not None or info.metadata)):
            raise Unsupported(name)
        if info.metadata and not optional:
            hint = Annotated[hint, *info.metadata]  # what the field itself adds to its type
        if name in model.NESTED:
            inner = _read(_item(hint))
            nested.append((name, inner.steps))
            kind = Annotated[list[inner.struct], _meta(getattr(hint, "__metadata__", ()))]  # type: ignore[name-defined]  # made just now
        else:
            kind, found = _kind(hint)
            steps += [(name, step) for step in found]
        fields.append((name, kind | None, None) if optional else (name, kind))
    struct = msgspec.defstruct(
        model.__name__, fields, forbid_unknown_fields=True, omit_defaults=True, kw_only=True, gc=False
    )
    return Read(struct, tuple(steps), tuple(nested))


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) not in (Union, UnionType):
        return hint, False
    rest = [one for one in get_args(hint) if one is not NoneType]
    if len(rest) != 1 or len(get_args(hint)) != 2:
        raise Unsupported(hint)
    return rest[0], True


def _item(hint: Any) -> type[Record]:
    bare = hint.__origin__ if get_origin(hint) is Annotated else hint
    (item,) = get_args(bare)
    if get_origin(bare) is not list or not issubclass(item, Record) or item.NESTED:
        raise Unsupported(hint)
    found: type[Record] = item
    return found


def _kind(hint: Any) -> tuple[Any, list[Callable[[Any], Any]]]:
    """Return the type of a field's JSON value and what makes the field's value of it, if anything."""
    if hint in PLAIN:
        return hint, []
    if get_origin(hint) is Literal and all(type(one) is str for one in get_args(hint)):
        return hint, []
    bare, metadata = (hint.__origin__, hint.__metadata__) if get_origin(hint) is Annotated else (hint, ())
    if get_origin(bare) is dict:
        key, value = (_kind(one) for one in get_args(bare))
        if key[1] or value[1]:
            raise Unsupported(hint)
        return Annotated[dict[key[0], value[0]], _meta(metadata)], []  # type: ignore[valid-type]
    if bare not in PLAIN:
        raise Unsupported(hint)
    plain: list[Any] = list(dict.fromkeys(one.func for one in metadata if isinstance(one, PlainValidator)))
    return (str | INTEGER | float, plain) if plain else (Annotated[bare, _meta(metadata)], [])


def _meta(metadata: Iterable[Any]) -> Meta:
    """Return the constraints of a field."""
    limits: dict[str, Any] = {}
    for one in metadata:
        for part in one.metadata if isinstance(one, FieldInfo) else (one,):
            found = _limit(part)
            if any(limits.get(name, value) != value for name, value in found.items()):
                raise Unsupported(part)
            limits |= found
    return Meta(**limits)


def _limit(part: Any) -> dict[str, Any]:
    if isinstance(part, StringConstraints):
        given = {name: value for name, value in vars(part).items() if value is not None}
        if given.keys() - {"min_length", "max_length", "pattern"}:
            raise Unsupported(part)
        return given | ({"pattern": _pattern(part.pattern)} if part.pattern is not None else {})
    if isinstance(part, Wire) or (isinstance(part, BeforeValidator) and part.func in WIDENING):
        return {}
    names = LIMITS.get(type(part).__name__)
    if names is None:
        raise Unsupported(part)
    return {name: getattr(part, name) for name in names}


def _pattern(pattern: Any) -> str:
    """Return a pattern that means in Python what it means in Rust, where `$` is never before a last line end."""
    if not isinstance(pattern, str):
        raise Unsupported(pattern)
    return pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern
