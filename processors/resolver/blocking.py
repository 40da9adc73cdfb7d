"""Blocking keys: two records are compared only if they share one. Several a record, each found by an index."""

from collections.abc import Iterator
from itertools import combinations, pairwise

from processors.resolver.likeness import spoken
from processors.resolver.profile import Profile

_SOUNDS = str.maketrans("bfpvcgjkqsxzdtlmnr", "111122222222334556")
_HEAD, _SUFFIX, _NATIONAL = 4, 7, 10
_MOST_PLACES = 8


def keys_of(profile: Profile) -> frozenset[str]:
    """Return the keys under which a record is found, each with its kind in front."""
    return frozenset((*_contacts(profile), *_ids(profile), *_people(profile), *_places(profile), *_weak(profile)))


def sound(word: str) -> str:
    """Return how a word sounds, roughly: its first letter and the classes of its consonants, as Soundex does."""
    spelled = spoken(word)
    coded = spelled.translate(_SOUNDS)
    kept = [char for before, char in pairwise(coded) if char.isdigit() and char != before]
    return (spelled[:1] + "".join(kept))[:_HEAD]


def _contacts(profile: Profile) -> Iterator[str]:
    for phone in profile.phones:
        yield f"phone:{phone.digits[-_NATIONAL:]}"
        yield f"suffix:{phone.digits[-_SUFFIX:]}"
        yield f"ends:{phone.digits[:3]}{phone.digits[-_HEAD:]}"
        yield from (f"digits:{cut}" for cut in _one_less(phone.digits[-8:]))
    for mask in profile.masks:
        head, tail = mask.ends
        if len(head) >= 3 and len(tail) >= _HEAD:
            yield f"ends:{head[:3]}{tail[-_HEAD:]}"
        yield f"mask:{mask.pattern}"
        yield from (f"masked:{head[:3]}:{spoken(part)}" for part in profile.name if len(head) >= 3)
    for phone in profile.phones:
        yield from (f"masked:{phone.digits[:3]}:{spoken(part)}" for part in profile.name)
    if profile.email:
        local = profile.email.partition("@")[0]
        yield f"letters:{''.join(sorted(filter(str.isalnum, profile.email)))}"
        yield f"email:{profile.email}"
        yield f"local:{local}"
        yield f"local:{sound(local)}:{len(local) // 2}:{profile.email.rpartition('@')[2]}"
        yield f"host:{profile.email.rpartition('@')[2]}:{local[:2]}"


def _ids(profile: Profile) -> Iterator[str]:
    if profile.id_number:
        yield f"id:{profile.id_number}"
        yield from (f"id:{cut[:-1]}" for cut in _one_less(profile.id_number))
    for kind, value in (*profile.made, *profile.accounts):
        yield f"{kind}:{value}"


def _people(profile: Profile) -> Iterator[str]:
    words = sorted(spoken(word) for word in profile.called)
    if len(words) > 1:
        yield "name:" + " ".join(words)
        yield from (f"sounds:{sound(a)}:{sound(b)}" for a, b in combinations(words[:4], 2))
    date = profile.birth_date
    if not date:
        return
    yield f"born:{date}"
    yield f"born:{''.join(sorted(date))}"
    for word in words[:4]:
        yield f"year:{date[:4]}:{sound(word)}"
        yield from (f"born:{part}:{word[:1]}" for part in (date[:6], date[4:], date[:4] + "-" + date[6:]))
        yield from (f"born:{part}:{word[-1:]}$" for part in (date[:6], date[4:], date[:4] + "-" + date[6:]))


def _places(profile: Profile) -> Iterator[str]:
    words = sorted(spoken(word) for word in profile.called)
    if profile.postcode:
        yield from (f"postcode:{profile.postcode}:{word[:3]}" for word in words[:4])
        yield from (f"postcode:{''.join(sorted(profile.postcode))}:{word[:1]}" for word in words[:4])
        if profile.birth_date:
            yield from (
                f"postcode:{profile.postcode}:{part}" for part in (profile.birth_date[:4], profile.birth_date[4:])
            )
    numbers = [token for token in profile.address if token.isdigit()][:3]
    long = sorted((token for token in profile.address if not token.isascii() or len(token) > _HEAD), key=_longest)
    pairs = [f"place:{number}:{token}" for token in long[:_MOST_PLACES] for number in numbers]
    yield from pairs[: 2 * _MOST_PLACES]
    yield from (f"place:{a}:{b}" for a, b in combinations(sorted(long[:4]), 2))
    yield from (f"place:{word}:{token}" for word in words[:3] for token in long[:_MOST_PLACES])


def _weak(profile: Profile) -> Iterator[str]:
    for word in profile.name[:4]:
        yield from (f"{field}:{value}:{spoken(word)}" for field, value in profile.texts if len(value) <= 40)
        if profile.company:
            yield f"company:{'-'.join(profile.company[:2])}:{spoken(word)[:1]}"


def _one_less(digits: str) -> Iterator[str]:
    """Yield a number with one digit left out, each way: two with one slip share one of them."""
    if len(digits) >= 6:
        yield from (digits[:place] + digits[place + 1 :] + "~" for place in range(len(digits)))


def _longest(word: str) -> tuple[int, str]:
    return (-len(word), word)
