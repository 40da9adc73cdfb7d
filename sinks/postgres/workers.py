"""Whether workers are connected: they are told from everybody else by the name that their connections have."""

from sinks.postgres.snapshot import Moment


def worker_name(schema: str) -> str:
    """Return the name that connections of workers on this schema have."""
    return f"{schema} worker"


async def workers_connected(moment: Moment) -> bool:
    """Tell whether workers are connected now, also within a transaction that has asked before.

    One that cannot reach PostgreSQL is not seen.
    """
    await moment.rows("SELECT pg_stat_clear_snapshot()")
    query = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s)"
    return bool((await moment.rows(query, (worker_name(moment.schema),)))[0][0])
