"""Who was shown personal data in full: written down before it is shown."""

from sinks.postgres.snapshot import Moment


async def disclose(moment: Moment, who: str, what: str, about: str) -> None:
    """Write down that somebody is about to see something in full; it is kept when the moment's transaction ends."""
    query = "INSERT INTO {schema}.disclosures (who, what, about) VALUES (%s, %s, %s)"
    await moment.rows(query, (who, what, about))
