"""What a worker's role may do: the least that its calls need."""

import psycopg
from psycopg import sql

READ, ADD, CHANGE, REMOVE = "SELECT", "INSERT", "UPDATE", "DELETE"

GRANTS = {
    "slots": (READ, ADD),
    "fences": (READ, ADD, CHANGE),
    "event_claims": (READ, ADD, REMOVE),
    "identifiers": (READ, ADD, CHANGE),
    "leads": (READ, ADD, CHANGE),
    "history": (READ, ADD),
    "signals": (READ, ADD),
    "notices": (READ, ADD, CHANGE),
    "counts": (READ, ADD, CHANGE),
    "api_keys": (READ, ADD, CHANGE),
    "rule_books": (READ,),
    "funnel_passages": (READ,),
    "evidence_records": (READ, ADD),
    "blocking_keys": (READ, ADD),
    "evidence_edges": (READ, ADD),
    "identity_decisions": (READ, ADD),
    "people_log": (READ, ADD),
    "people": (READ, ADD, CHANGE),
    "questions": (READ, ADD, CHANGE),
    "identity_outcomes": (READ, ADD, REMOVE),
    "populations": (READ, ADD),
    "disclosures": (READ, ADD),
    "rejected_marks": (READ, ADD, CHANGE),
    "deliveries": (READ, ADD, CHANGE, REMOVE),
    "notifier": (READ, ADD, CHANGE),
    "leads_by_history": (READ,),
    "migrations": (READ,),
}


async def grant_worker(connection: psycopg.AsyncConnection, schema: str, role: str) -> None:
    """Give an existing role exactly `GRANTS` on the tables and views of a schema, whatever it had there before."""
    names = {"schema": sql.Identifier(schema), "role": sql.Identifier(role)}
    async with connection.transaction():
        await connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {schema} TO {role}").format(**names))
        await connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}").format(**names))
        await connection.execute(sql.SQL("GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}").format(**names))
        for table, rights in GRANTS.items():
            grant = sql.SQL("GRANT {rights} ON {schema}.{table} TO {role}").format(
                rights=sql.SQL(", ").join(map(sql.SQL, rights)), table=sql.Identifier(table), **names
            )
            await connection.execute(grant)
