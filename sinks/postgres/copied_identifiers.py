"""Identifiers as the topic tells of them: whom each pointed to, from when until when; compared with the library's."""

from typing import LiteralString, NamedTuple

from schemas.identity import PUBLIC
from sinks.postgres.events import event_keys
from sinks.postgres.snapshot import Moment

# An identifier is claimed by a lead and, perhaps, ended: the first end that follows belongs to the claim. What came and
# went was claimed and ended by one event, and is apart from that. What was told twice, after a crash, is one.
INTERVALS: LiteralString = """
    CREATE TEMP TABLE intervals ON COMMIT DROP AS
    WITH claims AS (
        SELECT kind, value, lead, event_id, bool_or(verified) AS verified, min(since) AS since, min(place) AS place,
            min(told) AS told, max(told) AS told_last
        FROM copied_ids WHERE since IS NOT NULL GROUP BY kind, value, lead, event_id
    ), ends AS (
        SELECT kind, value, lead, event_id, min(until) AS until, min(place) AS place,
            min(told) AS told
        FROM copied_ids WHERE until IS NOT NULL GROUP BY kind, value, lead, event_id
    )
    SELECT DISTINCT ON (claims.kind, claims.value, claims.lead, claims.event_id)
        claims.*, ends.until, ends.event_id AS moved_by, ends.told AS ended_told
    FROM claims LEFT JOIN ends
        ON (ends.kind, ends.value, ends.lead) = (claims.kind, claims.value, claims.lead) AND ends.place > claims.place
        AND (ends.event_id = claims.event_id OR NOT EXISTS (
            SELECT FROM claims AS gone WHERE (gone.kind, gone.value, gone.lead, gone.event_id)
                = (ends.kind, ends.value, ends.lead, ends.event_id) AND gone.place < ends.place))
    ORDER BY claims.kind, claims.value, claims.lead, claims.event_id, ends.place
"""
MARGIN_MS = 300_000  # what was told since may be younger than the moment that is looked at, by the clock of who told it
BEFORE: LiteralString = "SELECT (extract(epoch FROM now()) * 1000)::bigint - %s"
SAME: LiteralString = (
    "(own.kind, own.value, own.lead, own.event_id) = (found.kind, found.value, found.lead, found.event_id)"
)
# The library knows of a claim before the topic does: what it has beyond the copy may be on its way, or from before the
# topic was made anew. But who ends a claim that the topic has tells it at once.
MISSING: LiteralString = """
    SELECT found.lead, found.kind, found.value, true, NULL FROM intervals AS found WHERE found.told < %(before)s
    AND NOT EXISTS (SELECT FROM {schema}.identifiers AS own WHERE {same})
"""
CHANGED: LiteralString = """
    SELECT found.lead, found.kind, found.value, false, CASE WHEN found.until IS NULL THEN own.moved_by END
    FROM intervals AS found JOIN {schema}.identifiers AS own ON {same}
    WHERE found.told < %(before)s AND (own.since <> found.since
        OR (found.verified AND NOT own.verified AND found.told_last < %(before)s)
        OR (found.until IS NULL AND own.until IS NOT NULL)
        OR (found.ended_told < %(before)s
            AND (own.until, own.moved_by) IS DISTINCT FROM (found.until, found.moved_by)))
"""
UNLIKE: LiteralString = "{missing} UNION ALL {changed} ORDER BY 1, 2, 3"
YOUNG: LiteralString = (
    "SELECT encode(uuid_send(event_key), 'hex') FROM {schema}.event_claims WHERE event_key = ANY(%s::uuid[])"
    " AND extract(epoch FROM claimed_at) * 1000 >= %s"
)


class Unlike(NamedTuple):
    """An identifier of a lead that the library does not have as the copy has it; `missing`: not at all."""

    lead: str
    kind: str
    value: str
    missing: bool


async def unlike(moment: Moment) -> list[Unlike]:
    """Return the identifiers of the library that are not what the topic tells.

    A copy must hold what was told (`CopiedHistory.add_identifiers`). What the topic was never told of, as before it was
    made anew, is not looked at.
    """
    ((before,),) = await moment.rows(BEFORE, (MARGIN_MS,))
    await moment.rows(INTERVALS)
    query = UNLIKE.replace("{missing}", MISSING).replace("{changed}", CHANGED).replace("{same}", SAME)
    rows = await moment.rows(query, {"before": before})
    keys = {by: event_keys([by.removeprefix(PUBLIC)]).hex() for *_, by in rows if by is not None}
    young = {key for (key,) in await moment.rows(YOUNG, (list(keys.values()), before))} if keys else set()
    return [Unlike(*row[:4]) for row in rows if keys.get(row[4]) not in young]
