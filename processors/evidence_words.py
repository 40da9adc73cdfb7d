"""Evidence of a signal in the words that people read, Chinese or English; the live page says it alike. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from schemas.times import to_local, to_ms

YES_NO = {"zh": ("是", "否"), "en": ("yes", "no")}
LIST = {"zh": "、", "en": ", "}
TIME = re.compile(r"\d{4}-\d\d-\d\dT")
SHARE = re.compile(r"probability|share|_rate$")
DEGREES = frozenset({"lat", "lon"})  # 0.00001 is a metre
FIELDS = "fields"  # of a lead: a title there is a person's, elsewhere a tender's
EARLIEST_MS = 1e11  # a number below is no time in milliseconds

Pairs = Mapping[str, Sequence[str]]


class EvidenceWords(NamedTuple):
    """The tables of `words.json`: (Chinese, English) of each name and value.

    `ours`: under these names a word is one of ours, elsewhere what somebody wrote; `unsaid`: names for machines.
    """

    names: Pairs
    values: Pairs
    entities: Pairs
    ours: frozenset[str]
    unsaid: frozenset[str]

    @classmethod
    def of(cls, tables: Mapping[str, Any]) -> Self:
        """Return the words of the decoded `words.json`. Raises KeyError when a table is missing."""
        names, values, entities = (tables[table] for table in ("names", "values", "entities"))
        return cls(names, values, entities, frozenset(tables["ours"]), frozenset(tables["unsaid"]))

    def lines(self, evidence: Mapping[str, Any], language: str) -> Iterator[str]:
        """Give `name: value` of everything that is said; nested names follow each other with a dot between."""
        return self._lines((), evidence, language)

    def _lines(self, path: tuple[str, ...], value: Any, language: str) -> Iterator[str]:
        if isinstance(value, Mapping) and not {"zh", "en"} <= value.keys():
            for key, member in value.items():
                if key not in self.unsaid:
                    yield from self._lines((*path, str(key)), member, language)
        elif value is not None:
            label = " · ".join(self._label(part, of, language) for of, part in zip(("", *path), path, strict=False))
            yield f"{label}: {self._value(path[-1], value, language)}"

    def _label(self, name: str, of: str, language: str) -> str:
        """Return what a name is called under another one: a field of a lead is not what alerts call so elsewhere."""
        pair = self.values.get(name) if of == FIELDS else None
        return _of(pair, language) if pair else self.name(name, language)

    def name(self, name: str, language: str) -> str:
        """Return what a name of the evidence is called, the name itself where nothing is known."""
        pair = self.names.get(name) or self.values.get(name)
        return _of(pair, language) if pair else name.replace("_", " ")

    def _value(self, name: str, value: Any, language: str) -> str:
        match value:
            case None:
                return "–"
            case bool():
                return YES_NO[language][0 if value else 1]
            case str():
                return self._text(name, value, language)
            case int() | float():
                return _number(name, value)
            case Mapping():
                return str(value[language])
            case _ if any(isinstance(member, Mapping | list | tuple) for member in value):
                return str(len(value))
        return LIST[language].join(self._value(name, member, language) for member in value)

    def _text(self, name: str, text: str, language: str) -> str:
        if name == "field":
            return _of(self.values[text], language) if text in self.values else self.name(text, language)
        if name == "why":
            parts = [self._known(part, language) for part in text.split(".")]
            return " · ".join(part for part in parts if part) if all(parts) else text
        if name == "channel":
            return self._known(text, language) or text
        if name in self.ours and text in self.values:
            return _of(self.values[text], language)
        return _moment(text) if TIME.match(text) else text

    def _known(self, word: str, language: str) -> str | None:
        pair = self.values.get(word) or self.names.get(word) or self.entities.get(word)
        return _of(pair, language) if pair else None


def _of(pair: Sequence[str], language: str) -> str:
    return pair[0 if language == "zh" else 1]


def _moment(text: str) -> str:
    try:
        return to_local(to_ms(datetime.fromisoformat(text)))
    except ValueError:
        return text


def _number(name: str, value: float) -> str:
    if (name == "at" or name.endswith("_at")) and value > EARLIEST_MS:
        return to_local(round(value))
    if SHARE.search(name) and 0 <= value <= 1:
        return f"{value:.1%}"
    return str(value) if isinstance(value, int) else f"{value:.{5 if name in DEGREES else 3}f}".rstrip("0").rstrip(".")
