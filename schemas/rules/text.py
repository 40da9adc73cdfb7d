"""Texts of the rule book, in Chinese and English, with places to fill."""

from string import Formatter
from typing import Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from schemas.rules.base import Section

_parse = Formatter().parse


class Bilingual(Section):
    """A text in Chinese and English. `{name}` is filled in; `{{` is a brace."""

    zh: str = Field(min_length=1, max_length=2_000, description="Chinese text")
    en: str = Field(min_length=1, max_length=2_000, description="English text")

    def filled(self, **values: Any) -> dict[str, str]:
        """Return both texts with the values in their places."""
        return {"zh": self.zh.format_map(values), "en": self.en.format_map(values)}


def places(*allowed: str) -> AfterValidator:
    """Return a validator: a text may have these places to fill and no others, plain names without formats."""

    def check(text: Bilingual) -> Bilingual:
        for language, written in (("zh", text.zh), ("en", text.en)):
            _check(language, written, allowed)
        return text

    return AfterValidator(check)


def _check(language: str, text: str, allowed: tuple[str, ...]) -> None:
    shown = ", ".join(f"{{{name}}}" for name in allowed) or "none"
    try:
        found = [(name, spec, conversion) for _, name, spec, conversion in _parse(text) if name is not None]
    except ValueError as error:
        raise PydanticCustomError("text", "{language}: braces do not match", {"language": language}) from error
    for name, spec, conversion in found:
        if name not in allowed or spec or conversion:
            raise PydanticCustomError(
                "text",
                "{language}: nothing fills {place}; the places are {shown}",
                {"language": language, "place": f"{{{name}}}", "shown": shown},
            )
