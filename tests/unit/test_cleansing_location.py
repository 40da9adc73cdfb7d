"""Coordinates: every way to write them is a row; what comes out is WGS-84, latitude first."""

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processors.cleansing.location import DATUM, INVALID, NORMAL, clean_location, split_location
from processors.cleansing.options import CleansingOptions
from processors.cleansing.record import cleanse_record
from processors.geo.datum import from_wgs84
from schemas.datum import Datum
from schemas.rules import RuleBook
from streams.importing.tables import open_table

OPTIONS = CleansingOptions(RuleBook.model_validate({}).cleansing, b"k" * 32)
HANGZHOU = "geo:30.274085,120.15507"


@pytest.mark.parametrize(
    "written",
    [
        "30.274085,120.155070",
        "120.155070,30.274085",
        "120.155070 30.274085",
        "３０．２７４０８５，１２０．１５５０７０",
        "(30.274085, 120.155070)",
        "经度：120.155070 纬度：30.274085",
        "北纬30.274085° 东经120.155070°",
        "N30.274085 E120.155070",
        "30.274085N 120.155070E",
        "lat=30.274085&lng=120.155070",
        "latitude: 30.274085; longitude: 120.155070",
        "WGS84 30.274085 120.155070",
        "geo:30.274085,120.155070",
    ],
)
def test_one_place_however_it_is_written(written: str) -> None:
    found = clean_location(written)
    assert (found.value, found.notes) == (HANGZHOU, (NORMAL,))


@pytest.mark.parametrize(
    "written",
    [
        """30°15'33.1"N 120°10'12"E""",
        "北纬30°15′33.1″ 东经120°10′12″",
        "东经120°10′12″，北纬30°15′33.1″",
        "北纬30°15′33.1″东经120°10′12″",
        "北纬30度15分33.1秒，东经120度10分12秒",
        "N30°15’33.1” E120°10’12”",
        "Ｎ３０°１５＇３３.１＂，Ｅ１２０°１０＇１２＂",
        "30º15´33.1´´N, 120º10´12´´E",
        "30° 15' 33.1'' N, 120° 10' 12'' E",
        "120°10′12″ 30°15′33.1″",
        "纬度：30°15′33.1″ 经度：120°10′12″",
        "WGS84 30°15.551667′N 120°10.2′E",
        "30.259194°N 120°10′12″E",
    ],
)
def test_degrees_with_minutes_and_seconds(written: str) -> None:
    found = clean_location(written)
    assert (found.value, found.notes) == ("geo:30.259194,120.17", (NORMAL,))


@pytest.mark.parametrize(
    "written",
    [
        "-33.8688,151.2093",
        "S33.8688 E151.2093",
        "151.2093E 33.8688S",
        "南纬33.8688 东经151.2093",
        "latitude: -33.8688; longitude: 151.2093",
        "lat 33.8688 S, lon 151.2093 E",
        """33°52'7.68"S 151°12'33.48"E""",
        """-33°52'7.68", 151°12'33.48\"""",
    ],
)
def test_places_elsewhere(written: str) -> None:
    assert clean_location(written).value == "geo:-33.8688,151.2093"


@pytest.mark.parametrize(
    "written",
    [
        "杭州",
        "30.27",
        "0,0",
        "95.5,200.1",
        "1.1,2.2,3.3",
        "北纬30.27",
        "北纬30°15′33″",
        "30°60′0″N 120°9′18″E",
        "30°15′60″N 120°9′18″E",
        "30.5°15′N 120°9′E",
        "30°15′33″ 120°10′12″ 5",
        "91°0′1″N 120°9′18″E",
    ],
)
def test_what_is_no_place(written: str) -> None:
    assert (clean_location(written).value, clean_location(written).notes) == (None, (INVALID,))


def test_both_directions_before_their_numbers_count() -> None:
    assert clean_location("S33.4489 W70.6693").value == "geo:-33.4489,-70.6693"


@pytest.mark.parametrize(
    ("said", "datum"), [("高德坐标", "GCJ02"), ("GCJ-02", "GCJ02"), ("百度", "BD09"), ("bd09ll", "BD09")]
)
def test_a_datum_that_is_named_is_converted(said: str, datum: Datum) -> None:
    moved = from_wgs84(30.274085, 120.15507, datum)
    found = clean_location(f"{said}: {moved[1]:.7f},{moved[0]:.7f}")
    assert (found.value, found.notes) == (HANGZHOU, (NORMAL, DATUM))


def test_the_datum_of_the_rule_book_is_that_of_coordinates_that_name_none() -> None:
    lat, lon = from_wgs84(30.274085, 120.15507, "GCJ02")
    assert clean_location(f"{lat:.7f},{lon:.7f}", "GCJ02").value == HANGZHOU
    assert clean_location(HANGZHOU, "GCJ02").value == HANGZHOU
    assert clean_location("WGS84 30.274085,120.155070", "GCJ02").value == HANGZHOU


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("浙江省杭州市西湖区文三路90号(30.274085,120.155070)", "浙江省杭州市西湖区文三路90号"),
        ("30.274085,120.155070 浙江省杭州市西湖区文三路90号", "浙江省杭州市西湖区文三路90号"),
        ("浙江省杭州市西湖区文三路90号，坐标：120.155070,30.274085", "浙江省杭州市西湖区文三路90号"),
        ("浙江省杭州市西湖区文三路90号 北纬30°16′26.706″东经120°9′18.252″", "浙江省杭州市西湖区文三路90号"),
        ("""浙江省杭州市西湖区文三路90号（30°16'26.706"N 120°9'18.252"E）""", "浙江省杭州市西湖区文三路90号"),
    ],
)
def test_coordinates_beside_an_address_become_its_location(written: str, address: str) -> None:
    data, notes = cleanse_record("form_submitted", {"form": "f", "address": written}, OPTIONS)
    assert data["address"] == address
    assert data["location"] == HANGZHOU
    assert data["adcode"] == "330106"
    assert "address.location" in [note.rule for note in notes]
    assert cleanse_record("form_submitted", data, OPTIONS)[0] == data


def test_a_location_that_was_given_stays_and_the_rule_can_be_off() -> None:
    data = {"form": "f", "address": "杭州市西湖区文三路90号 31.000001,121.000001", "location": "30.274085,120.155070"}
    assert cleanse_record("form_submitted", data, OPTIONS)[0]["location"] == HANGZHOU
    book = RuleBook.model_validate({"cleansing": {"off": ["address.location"]}})
    off = CleansingOptions(book.cleansing, OPTIONS.id_number_key)
    assert "location" not in cleanse_record("form_submitted", {"form": "f", "address": data["address"]}, off)[0]


@pytest.mark.parametrize(
    "address",
    [
        "文三路90号3.5楼",
        "中关村大街1.5公里处",
        "G60高速12.345,服务区",
        "A1.234 B2.345栋",
        "90度创意园",
        "北纬30度咖啡馆2号",
        "360°大厦12'3座",
    ],
)
def test_other_numbers_in_an_address_are_none(address: str) -> None:
    assert split_location(address) == (address, "")


def test_columns_of_a_table_make_one_location(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("姓名,手机,经度,纬度\n王伟,13800138000,120.155070,30.274085\n", encoding="utf-8")
    with open_table(file) as table:
        cells = next(iter(table.rows())).cells
        row = table.columns.row(cells)
    assert cleanse_record("lead_imported", {"row": row}, OPTIONS)[0]["row"]["location"] == HANGZHOU


DATUMS: tuple[Datum, ...] = get_args(Datum)


@given(st.floats(-90, 90), st.floats(-180, 180), st.sampled_from(DATUMS))
def test_cleansing_twice_is_cleansing_once(lat: float, lon: float, datum: Datum) -> None:
    once = clean_location(f"{lat:.8f},{lon:.8f}", datum)
    if once.value is not None:
        assert clean_location(once.value, "GCJ02").value == once.value


@given(st.text())
def test_never_raises(text: str) -> None:
    clean_location(text)
    split_location(text)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("geo:73.5,20.5", "geo:73.5,20.5"),  # as a pair it would be 73.5° east, 20.5° north
        ("73.5,20.5", "geo:20.5,73.5"),
        ("geo:120.15507,30.274085", HANGZHOU),  # no latitude goes up to 120
    ],
)
def test_a_uri_has_the_latitude_first_unless_it_can_be_none(written: str, value: str) -> None:
    assert clean_location(written).value == value
    assert clean_location(value).value == value


def test_an_address_keeps_none_of_several_coordinates() -> None:
    rest, first = split_location("西湖区文三路1号 30.274085,120.155070 30.259194,120.170000")
    assert (rest, first) == ("西湖区文三路1号", "30.274085,120.155070")
    assert split_location(rest) == (rest, "")
