"""The refusals that our own functions raise in the database, by SQLSTATE."""

import json

from psycopg import DatabaseError

from sinks.base import HistoryConflict

LOST_RACE = "WS001"
FENCED = "WS002"
HISTORY_CONFLICT = "WS003"


def history_conflict(error: DatabaseError) -> HistoryConflict:
    """Return what an error of SQLSTATE `HISTORY_CONFLICT` says: its detail is `[lead, seq]`."""
    lead, seq = json.loads(error.diag.message_detail or "")
    return HistoryConflict(lead, seq)
