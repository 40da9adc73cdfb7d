"""Which of several columns that could be a field is it."""

from collections.abc import Collection, Sequence

from streams.importing.headings import (
    NAME_PARTS,
    is_of_a_customer,
    is_of_a_ward,
    name_part_of,
    says_whose,
    weak_field_of,
)


def firms_apart(fields: dict[str, tuple[int, ...]], headings: Sequence[str]) -> tuple[int, ...]:
    """Take 客户名称 for the firm where another column names the person (联系人).

    Return the places of those columns where the firm has a column of its own: they are no field then.
    """
    firms = tuple([place for place in fields.get("name", ()) if is_of_a_customer(headings[place])])
    people = tuple([place for place in fields.get("name", ()) if place not in firms])
    if not firms or not people:
        return ()
    fields["name"] = people
    if "company" in fields:
        return firms
    fields["company"] = firms
    return ()


def name_of_parts(fields: dict[str, tuple[int, ...]], headings: Sequence[str], kept: list[int]) -> bool:
    """Take 姓 and 名 for the name where no column has it whole; tell whether they are two."""
    if "name" in fields:
        return False
    parts = {part: place for place in reversed(kept) if (part := name_part_of(headings[place])) is not None}
    if parts:
        fields["name"] = tuple([parts[part] for part in NAME_PARTS if part in parts])
        kept[:] = [place for place in kept if place not in fields["name"]]
    return len(parts) > 1


def of_wards(fields: dict[str, tuple[int, ...]], headings: Sequence[str], kept: list[int]) -> None:
    """Keep the papers of whom somebody else answers for (学生姓名 beside 家长姓名) apart from those of the person."""
    if "name" not in fields or not any(is_of_a_ward(headings[place]) for place in kept):
        return
    for name in ("id_number", "birth_date"):
        theirs = [place for place in fields.get(name, ()) if not says_whose(headings[place])]
        if theirs:
            kept += theirs
            rest = tuple([place for place in fields.pop(name) if place not in theirs])
            fields |= {name: rest} if rest else {}


def weak_ones(
    fields: dict[str, tuple[int, ...]], headings: Sequence[str], kept: list[int], mapped: Collection[str]
) -> None:
    """Take 法定代表人 for the name, and the like, where no column is that field for certain."""
    for place in list(kept):
        name = weak_field_of(headings[place])
        if name is not None and name not in fields and name not in mapped:
            fields[name] = (place,)
            kept.remove(place)
