"""Find the chain of divisions that an address begins with: the heaviest consistent reading wins."""

import re
from functools import lru_cache
from typing import NamedTuple

from processors.cleansing.base import CACHED
from processors.cleansing.divisions import CITY, DISTRICT, ONE_CITY, PROVINCE, Division, street_at
from processors.cleansing.gazetteer import FULL, Meaning, Name, names, stem_of

_FIRST = 24  # characters from the start within which the first division must stand
_MAX_GAP = 14  # characters between two divisions of one chain
_SHORT_GAP = 8  # the same once a county is found
_HOPELESS = 3.2  # a reading so far behind the best one cannot win any more
_ENOUGH = 0.95  # weight below which nothing is certain
_LEAD, _MOST_LEAD, _GAP = 0.3, 2.2, 0.3  # what a character that belongs to no division costs, before and between
_REPEATED, _CHILD, _GRANDCHILD, _MISPLACED = 0.3, 0.5, 0.35, -1.2
_RESTART, _RESTART_LOWER, _RETURN = -2.9, -3.2, -0.5
# What a place gave its name to: a bare name before one of these names a road, an estate or a firm.
_NAMESAKE = re.compile(
    r"[东西南北中上下前后内外新老一二三四五六七八九]?[路街道巷弄胡]|[东西南北]?大[道街桥]|[镇乡村庄屯湾站港桥]|街道|社区|[小新]区"
    r"|花园|花苑|公[寓园馆]|大厦|广场|酒店|宾馆|饭店|高速|铁路|机场|大学(?![路城科])|学院(?!路)|银行|证券|保险"
)
_COUNTY_NAMESAKE = re.compile(
    r"[山府苑园里坊店厂家景名]|世(?!纪大道|博)|[江河湖](?![东西南北口滨])|大学|学院|医院|学校|中学|小学|银行|市场|集团|公司"
)
_ENDINGS = "省市区县旗镇乡村号道路弄室楼"
_NOT_A_CITY = re.compile("场|政(?!务)|民(?![主族生权])")  # 义乌市场 is a market, not the city; 民主路 is a road of it
_SKIPPED = re.compile(
    r"市辖区|省直辖县级行政区划|自治区直辖县级行政区划|省直辖|县(?=[^\s])|中国|null|"
    r"[\s,，、;；/|_>\-—:：.。·\"'()（）\[\]【】]"
)
# An estate's part, or an area of any city, is no contradiction.
_VAGUE = re.compile(".?.|[东西南北中新老]城区|(?!浦东).+新区")
_DIGIT = re.compile("[1-9]")


class Match(NamedTuple):
    """A name found in an address, from `start` to `end`."""

    start: int
    end: int
    name: Name


class State(NamedTuple):
    """A reading of the address so far: the chain's last division, where it begins and ends, and its weight."""

    score: float
    division: Division
    start: int
    end: int
    path: tuple[Division, ...]
    contradicted: bool = False
    weak: bool = False  # begins with a bare name amid other words: worth nothing without a full name behind it


def names_at(text: str, start: int) -> list[Match]:
    """Return the names that stand at one place, the longest first; one with its rank hides those without (杭州市)."""
    found: list[Match] = []
    for name in names().get(text[start : start + 2], ()):
        if name.bare and found:
            break
        if text.startswith(name.text, start):
            end = start + len(name.text)
            if not _is_part_of_a_word(text, name, end):
                found.append(Match(start, end, name))
    return found


def _is_part_of_a_word(text: str, name: Name, end: int) -> bool:
    """Tell whether what follows shows that the name is the beginning of another word."""
    if name.bare:
        return _NAMESAKE.match(text, end) is not None and not names_at(text, end) and not _is_new_area(text, name, end)
    return text[end - 1] == "市" and _NOT_A_CITY.match(text, end) is not None


def _is_new_area(text: str, name: Name, end: int) -> bool:
    """Tell whether a city's bare name stands before its new area (福州新区, 苏州新区), not an estate."""
    return text.startswith("新区", end) and any(meaning.division.level == CITY for meaning in name.meant)


def _surplus(text: str, start: int, end: int) -> int:
    """Return how many characters stand between two places, separators and filling words not counted."""
    return len(_SKIPPED.sub("", text[start:end])) if end > start else 0


def _first(text: str, match: Match, meaning: Meaning, lead: float, overlap: bool) -> State | None:
    """Return the reading that begins with `match`, None where it cannot stand at the beginning."""
    division = meaning.division
    bare = match.name.bare
    if meaning.needs_parent and not (bare and not match.start and street_at(division.code, text[match.end :])):
        return None
    if bare and division.level == DISTRICT and _COUNTY_NAMESAKE.match(text, match.end):
        return None
    score = meaning.weight - lead - (2.0 if overlap else 0.0)
    return State(score, division, match.start, match.end, (division,), weak=_amid_words(text, match, meaning))


def _amid_words(text: str, match: Match, meaning: Meaning) -> bool:
    """Tell whether a name may be a part of the words before it: 北镇 in 瓯北镇, 兴城市 in 宁兴城市花园."""
    before = text[match.start - 1] if match.start else " "
    if not "\u3400" <= before <= "\u9fff":
        return False
    if match.name.bare or meaning.weight < FULL - 0.5:
        return True
    return meaning.division.level == DISTRICT and before not in _ENDINGS


def _inside(state: State, meaning: Meaning, bare: bool) -> bool:
    """Tell whether a division lies in the last one of a reading, closely enough for its name."""
    last, division = state.division, meaning.division
    if last.code not in division.within:
        return division.code in last.now
    if not meaning.needs_parent or last.level == CITY or last.code in ONE_CITY:
        return True
    return bare and not division.name.endswith("区")


def _linked(state: State, match: Match, meaning: Meaning, cost: float) -> State | None:
    """Return the reading that `match` continues, None when it contradicts."""
    last, division, bare = state.division, meaning.division, match.name.bare
    if division.code == last.code or division.code in last.within:
        if bare or cost:
            return None
        score = state.score + _REPEATED
        return State(score, last, state.start, match.end, state.path, state.contradicted, state.weak)
    namesake = bare and stem_of(division.name) == stem_of(last.name)  # 吉林吉林 is a city, 湘潭湘潭 is one said twice
    if _inside(state, meaning, bare) and not (namesake and division.level == DISTRICT):
        if division in state.path:  # on the way down again after going back up: nothing new
            return _extended(state, match, division, _REPEATED - cost, state.contradicted)
        if state.path[-1] is not last and (cost or any(other.division in state.path for other in match.name.meant)):
            return None  # after going back up only what follows at once and cannot mean what was said before
        bonus = _CHILD if division.level == last.level + 1 else _GRANDCHILD
        return _extended(state, match, division, meaning.weight + bonus - cost, state.contradicted)
    if bare or cost or meaning.needs_parent or meaning.weight < FULL - 0.5 or _fits(state, match):
        return None
    if division.level == DISTRICT and last.level == CITY and division.province == last.province:
        return _extended(state, match, division, meaning.weight + _MISPLACED, True)
    if division.level < DISTRICT and division.province != last.province:
        restart = _RESTART if division.level == PROVINCE and division.code not in ONE_CITY else _RESTART_LOWER
        return State(state.score + meaning.weight + restart, division, state.start, match.end, (division,), True)
    return None


def _extended(state: State, match: Match, division: Division, weight: float, contradicted: bool) -> State:
    path = (*state.path, division)
    weak = state.weak and match.name.bare
    return State(state.score + weight, division, state.start, match.end, path, contradicted, weak)


def _returned(state: State, match: Match, meaning: Meaning) -> State | None:
    """Return the reading that goes back to a repeated ancestor: 宁波市海曙区宁波市镇海区 means the second."""
    if match.name.bare or meaning.division.code not in state.division.within:
        return None
    division = meaning.division
    return State(state.score + _RETURN, division, state.start, match.end, state.path, True, state.weak)


def _fits(state: State, match: Match) -> bool:
    """Tell whether one of a name's meanings agrees with a reading: then no other may contradict it."""
    last = state.division
    return any(
        meaning.division.code == last.code
        or meaning.division.code in last.within
        or last.code in meaning.division.within
        for meaning in match.name.meant
    )


def _continued(text: str, match: Match, states: list[State], overlap: bool) -> list[State]:
    """Return the best reading for each division that `match` may mean."""
    start = match.start
    lead = min(_LEAD * _surplus(text, 0, start), _MOST_LEAD) if start else 0.0
    open_states = []
    for state in states:
        end = state.end
        if end == start or (end == start + 1 and text[start] == "市"):  # 青岛市北区 means 市北区 in 青岛市
            open_states.append((state, 0.0))
        elif end < start <= end + _MAX_GAP:
            open_states.append((state, _GAP * _surplus(text, end, start)))
    added = []
    for meaning in match.name.meant:
        best = _first(text, match, meaning, lead, overlap)
        for state, cost in open_states:
            linked = _linked(state, match, meaning, cost)
            if linked is not None and (best is None or linked.score > best.score):
                best = linked
            if not cost and state.division.level == DISTRICT and (returned := _returned(state, match, meaning)):
                added.append(returned)
        if best is not None:
            added.append(best)
    return added


def readings(text: str) -> tuple[State, ...]:
    """Return the heaviest readings of an address: several when equals compete, none when nothing is certain.

    No division and no street has a digit in its name, so which one stands there makes no difference: what lies on one
    road, under house numbers of equal length, is read once.
    """
    return _readings(_DIGIT.sub("0", text))


def contradicted(rest: str, division: Division) -> bool:
    """Tell whether what follows a division begins with the full name of one that does not lie in it (广东省杭州市)."""
    for name in names().get(rest[:2], ()):
        if name.bare:
            break  # those with a rank come first
        if not rest.startswith(name.text) or _VAGUE.fullmatch(name.text):
            continue
        if _is_part_of_a_word(rest, name, len(name.text)):
            continue
        related = any(
            division.code in each.within or each.code in division.within or each.code == division.code
            for each, _, _ in name.meant
        )
        return not related and any(meaning.weight >= FULL - 0.2 for meaning in name.meant)
    return False


@lru_cache(CACHED)
def _readings(text: str) -> tuple[State, ...]:
    states: list[State] = []
    covered = 0  # names inside a longer one that began earlier are parts of it: 兴县 in 绍兴县
    start, horizon = 0, min(_FIRST, len(text) - 2)
    index = names()
    while start <= horizon:
        if text[start : start + 2] in index:
            reached = covered
            for match in names_at(text, start):
                if match.end > covered:
                    reached = max(reached, match.end)
                    states += _continued(text, match, states, start < covered)
            if reached > covered:
                if start >= covered:  # one that straddles two names (市南区 in 台南市南区) hides neither
                    covered = reached
                if states:
                    states, horizon = _pruned(states)
                    horizon = min(horizon, len(text) - 2)
        start += 1
    return tuple(_finalists(states))


def _pruned(states: list[State]) -> tuple[list[State], int]:
    """Return the readings that may still win, and up to where the next name may stand."""
    best = states[0]
    for state in states:
        if state.score > best.score:
            best = state
    if len(states) > 1:
        least = best.score - _HOPELESS
        states = [state for state in states if state.score > least]
    return states, best.end + (_MAX_GAP if best.division.level < DISTRICT else _SHORT_GAP)


def _finalists(states: list[State]) -> list[State]:
    """Return the best readings; among equals those that cover the most text and name the highest rank."""
    states = [state for state in states if not state.weak and state.score >= _ENOUGH]
    if len(states) < 2:
        return states
    top = max(state.score for state in states) - 1e-9
    best = [state for state in states if state.score > top]
    end = max(state.end for state in best)
    level = min(state.division.level for state in best if state.end == end)
    found = [state for state in best if state.end == end and state.division.level == level]
    return list({state.division.now or state.division.code: state for state in found}.values())  # 无为县 is known twice
