-- A lead as it stands. `fields` holds text by field name; a field that was taken away is JSON null.
-- Times are ms since 1970 UTC; `version` is the number of the last history row.
CREATE TABLE leads (
    lead_id text PRIMARY KEY,
    fields jsonb NOT NULL,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    version integer NOT NULL,
    name text GENERATED ALWAYS AS (fields ->> 'name') STORED,
    phone text GENERATED ALWAYS AS (fields ->> 'phone') STORED,
    email text GENERATED ALWAYS AS (fields ->> 'email') STORED,
    wechat text GENERATED ALWAYS AS (fields ->> 'wechat') STORED,
    company text GENERATED ALWAYS AS (fields ->> 'company') STORED,
    region text GENERATED ALWAYS AS (fields ->> 'region') STORED,
    rep_id text GENERATED ALWAYS AS (fields ->> 'rep_id') STORED,
    grade text GENERATED ALWAYS AS (fields ->> 'grade') STORED
);

-- Every change of every lead: append-only, numbered and hash-chained per lead.
CREATE TABLE history (
    lead text NOT NULL,
    seq integer NOT NULL,
    field text NOT NULL,
    old text,
    new text,
    rule text NOT NULL,
    rule_book text NOT NULL,
    event_id text NOT NULL,
    actor text NOT NULL,
    at bigint NOT NULL,
    topic text NOT NULL,
    incarnation text NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    output_index integer NOT NULL,
    previous bytea NOT NULL,
    hash bytea NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (lead, seq)
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'restrict_violation', HINT = 'A correction is a new row: see whetstone lead restore.';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- ALWAYS: also when session_replication_role is set to replica.
ALTER TABLE history ENABLE ALWAYS TRIGGER append_only;

CREATE TYPE given_origin AS (topic text, incarnation text, partition integer, "offset" bigint, index integer);
CREATE TYPE given_change AS (
    lead text, seq integer, field text, old text, new text, rule text, rule_book text, event_id text, actor text,
    at bigint, origin given_origin, previous text, hash text
);

-- A row of history that stands already must be the same row (WS003): then it is a redelivery and is passed over.
CREATE FUNCTION refuse_conflicts(_changes given_change[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    conflict record;
BEGIN
    SELECT given.lead, given.seq INTO conflict
    FROM unnest(_changes) AS given JOIN history AS stored USING (lead, seq)
    WHERE stored.hash <> decode(given.hash, 'base64')
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'history holds another row' USING ERRCODE = 'WS003',
            DETAIL = json_build_array(conflict.lead, conflict.seq);
    END IF;
END $$;

-- Appends history and brings the lead rows up to date: of each field the last value by seq. Returns how many leads
-- are new.
CREATE FUNCTION store_changes(_changes given_change[]) RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    appended integer;
    created integer;
BEGIN
    WITH stored AS (
        INSERT INTO history (
            lead, seq, field, old, new, rule, rule_book, event_id, actor, at,
            topic, incarnation, partition, log_offset, output_index, previous, hash)
        SELECT lead, seq, field, old, new, rule, rule_book, event_id, actor, at,
            (origin).topic, (origin).incarnation, (origin).partition, (origin)."offset", (origin).index,
            decode(previous, 'base64'), decode(hash, 'base64')
        FROM unnest(_changes)
        ON CONFLICT DO NOTHING
        RETURNING lead, seq, field, new, at
    ), applied AS (
        SELECT lead, jsonb_object_agg(field, new ORDER BY seq) AS fields, -- of equal keys the last one stays
            (array_agg(at ORDER BY seq))[1] AS first_at, max(at) AS last_at, max(seq) AS version
        FROM stored
        WHERE seq > coalesce((SELECT version FROM leads WHERE lead_id = lead), 0)
        GROUP BY lead
    ), written AS (
        INSERT INTO leads AS present (lead_id, fields, created_at, updated_at, version)
        SELECT lead, fields, first_at, last_at, version FROM applied ORDER BY lead
        ON CONFLICT (lead_id) DO UPDATE SET
            fields = present.fields || excluded.fields,
            updated_at = greatest(present.updated_at, excluded.updated_at),
            version = excluded.version
        RETURNING xmax = 0 AS is_new
    )
    SELECT (SELECT count(*) FROM stored), (SELECT count(*) FROM written WHERE is_new) INTO appended, created;
    IF appended < cardinality(_changes) THEN
        PERFORM refuse_conflicts(_changes);
    END IF;
    RETURN created;
END $$;
