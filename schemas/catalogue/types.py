"""Field types of the catalogue: constraints, normal forms, and how each is written in Avro."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, StringConstraints
from pydantic_core import PydanticCustomError

from schemas.times import LATEST, TIME_HINT, parse_iso

TEXT_LIMIT = 4_000
SAFE_INTEGER = 2**53 - 1  # what a JSON number holds exactly
DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,20})?", re.ASCII)
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Wire:
    """How a field type is written in Avro: a primitive and, where there is one, its logical type."""

    primitive: str
    logical: str | None = None


def _money(value: Any) -> str:
    """Return a plain decimal (`12.5`, `-3`) of a number or a decimal string, rounded to six places."""
    if isinstance(value, str):
        return _money_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _money_text(format(Decimal(repr(value)), "f"))
    raise PydanticCustomError("money", "a decimal number or decimal string")


@lru_cache(maxsize=16_384)  # prices repeat
def _money_text(text: str) -> str:
    text = text.strip()
    if not DECIMAL.fullmatch(text):
        raise PydanticCustomError("money", "a decimal with at most 15 digits before the point, such as 1200.50")
    return plain_decimal(Decimal(text))


def plain_decimal(value: Decimal) -> str:
    """Return a decimal without exponent, trailing zeros or a negative zero, rounded to six places."""
    text = format(value.quantize(MICRO), "f").rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _not_negative(value: Any) -> str:
    money = _money(value)
    if money.startswith("-"):
        raise PydanticCustomError("money", "an amount of at least 0")
    return money


def _time(value: Any) -> int:
    if isinstance(value, str):
        moment = parse_iso(value)
    else:
        moment = value if type(value) is int and 0 <= value <= LATEST else None
    if moment is None:
        raise PydanticCustomError("bad_time", TIME_HINT)
    return moment


def _day(value: Any) -> str:
    try:
        if len(value) == 10 and value[4] == value[7] == "-":
            return date.fromisoformat(value).isoformat()
    except (ValueError, TypeError):
        pass
    raise PydanticCustomError("bad_time", "a date as YYYY-MM-DD")


def integral(value: Any) -> Any:
    """Return a whole number as an int, anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def cell(value: Any) -> Any:
    """Return a cell of a table as text: a whole number without a point, since tables know no integers."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        value = integral(value)
        return str(value)
    return "" if value is None else value


Text = Annotated[str, StringConstraints(max_length=TEXT_LIMIT), Wire("string")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), Wire("string")]
Url = Annotated[str, StringConstraints(max_length=8_000), Wire("string")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"\S"), Wire("string")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$"), Wire("string")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$"), Wire("string")]
Cell = Annotated[str, BeforeValidator(cell), StringConstraints(max_length=TEXT_LIMIT), Wire("string")]
Money = Annotated[str, PlainValidator(_not_negative), Wire("string")]
Count = Annotated[int, BeforeValidator(integral), Field(ge=0, le=SAFE_INTEGER), Wire("long")]
Amount = Annotated[float, Field(ge=0, le=1e15), Wire("double")]
Share = Annotated[float, Field(ge=-1e6, le=1e6), Wire("double")]
Latitude = Annotated[float, Field(ge=-90, le=90), Wire("double")]
Longitude = Annotated[float, Field(ge=-180, le=180), Wire("double")]
Time = Annotated[int, PlainValidator(_time), Wire("long", "timestamp-millis")]
Day = Annotated[str, PlainValidator(_day), Wire("int", "date")]
