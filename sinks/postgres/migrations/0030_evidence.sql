-- Evidence of who is who. Records, findings, decisions and changes are only ever added; times are ms since 1970 UTC.
CREATE TABLE evidence_records (
    record_no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    node text NOT NULL UNIQUE,
    lead text NOT NULL,
    profile bytea NOT NULL,
    at bigint NOT NULL,
    event_id text NOT NULL
);
CREATE INDEX evidence_of_lead ON evidence_records (lead);

-- By which keys (8 bytes of a hash) a record is found.
CREATE TABLE blocking_keys (
    key bigint NOT NULL,
    record_no bigint NOT NULL,
    PRIMARY KEY (key, record_no)
);

-- One sequence for all that is found, decided or changed: a claim asks whether anything came in between.
CREATE SEQUENCE identity_changes;

CREATE TABLE evidence_edges (
    no bigint PRIMARY KEY DEFAULT nextval('identity_changes'),
    left_node text NOT NULL,
    right_node text NOT NULL,
    left_lead text NOT NULL,
    right_lead text NOT NULL,
    findings bytea NOT NULL,
    verdict text NOT NULL,
    score double precision NOT NULL,
    found_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (left_node, right_node)
);
CREATE INDEX edges_of_left ON evidence_edges (left_lead);
CREATE INDEX edges_of_right ON evidence_edges (right_lead);

CREATE TABLE identity_decisions (
    no bigint PRIMARY KEY DEFAULT nextval('identity_changes'),
    left_lead text NOT NULL,
    right_lead text NOT NULL,
    answer text NOT NULL,
    decided_by text NOT NULL,
    at bigint NOT NULL,
    event_id text NOT NULL
);
CREATE INDEX decisions_of_left ON identity_decisions (left_lead);
CREATE INDEX decisions_of_right ON identity_decisions (right_lead);

-- Every change of who is part of whom; `people` is how it stands.
CREATE TABLE people_log (
    no bigint PRIMARY KEY DEFAULT nextval('identity_changes'),
    lead text NOT NULL,
    person text NOT NULL,
    version integer NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE people (
    lead text PRIMARY KEY,
    person text NOT NULL,
    address text NOT NULL,
    version integer NOT NULL
);
CREATE INDEX leads_of_person ON people (person);

CREATE TABLE questions (
    left_lead text NOT NULL,
    right_lead text NOT NULL,
    score double precision NOT NULL,
    reason text NOT NULL,
    evidence jsonb NOT NULL,
    source text NOT NULL,
    file text NOT NULL,
    event_id text NOT NULL,
    at bigint NOT NULL,
    closed text NOT NULL,
    PRIMARY KEY (left_lead, right_lead)
);
CREATE INDEX questions_open ON questions (score DESC, left_lead, right_lead) WHERE closed = '';

-- What followed from an event, to be told again when the event is delivered again.
CREATE TABLE identity_outcomes (
    event_key uuid PRIMARY KEY,
    consequences json NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now()
);

-- How common values are, counted now and then; the last one holds.
CREATE TABLE populations (
    no bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document json NOT NULL,
    counted_at timestamptz NOT NULL DEFAULT now()
);

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON evidence_edges
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE evidence_edges ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity_decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE identity_decisions ENABLE ALWAYS TRIGGER append_only;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON people_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE people_log ENABLE ALWAYS TRIGGER append_only;

-- The planner is held to the indexes in all that follows, see 0003.
-- What is under keys, and the records of nodes. Rows: a record with the keys that lead to it, or (record_no 0) the
-- keys that hold more than `_most`, with the number of the last record in `at`.
CREATE FUNCTION evidence_near(_keys bigint[], _nodes text[], _most integer)
RETURNS TABLE (record_no bigint, node text, lead text, profile bytea, at bigint, event_id text, keys bigint[])
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    WITH hits AS MATERIALIZED (
        SELECT asked.key, under.records
        FROM unnest(_keys) AS asked (key)
        CROSS JOIN LATERAL (
            SELECT array_agg(found.record_no) AS records
            FROM (SELECT record_no FROM blocking_keys WHERE key = asked.key LIMIT _most + 1) AS found
        ) AS under
        WHERE under.records IS NOT NULL
    ), wanted AS (
        SELECT record_no, array_agg(key) AS keys
        FROM hits, unnest(records) AS record_no
        WHERE cardinality(records) <= _most
        GROUP BY record_no
        UNION ALL
        SELECT record_no, NULL FROM unnest(_nodes) AS asked (node)
        CROSS JOIN LATERAL (SELECT record_no FROM evidence_records WHERE node = asked.node LIMIT 1) AS known
    )
    SELECT wanted.record_no, node, lead, profile, at, event_id, keys
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT node, lead, profile, at, event_id FROM evidence_records WHERE record_no = wanted.record_no LIMIT 1
    ) AS kept
    UNION ALL
    SELECT 0, NULL, NULL, NULL, (SELECT coalesce(max(record_no), 0) FROM evidence_records), NULL,
        (SELECT array_agg(key) FROM hits WHERE cardinality(records) > _most)
$$;

-- Leads and all that hang together with them, `_most` + 1 at most, as rows of several kinds.
CREATE FUNCTION evidence_around(_leads text[], _most integer)
RETURNS TABLE (what text, a text, b text, c text, n bigint, at bigint, blob bytea, more json)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    region text[];
BEGIN
    WITH RECURSIVE together (lead) AS (
        SELECT unnest(_leads)
        UNION
        SELECT beside.lead FROM together CROSS JOIN LATERAL (
            SELECT right_lead AS lead FROM evidence_edges WHERE left_lead = together.lead
            UNION ALL SELECT left_lead FROM evidence_edges WHERE right_lead = together.lead
            UNION ALL SELECT right_lead FROM identity_decisions WHERE left_lead = together.lead
            UNION ALL SELECT left_lead FROM identity_decisions WHERE right_lead = together.lead
            UNION ALL SELECT other.lead FROM people AS mine JOIN people AS other USING (person)
                WHERE mine.lead = together.lead
        ) AS beside
    )
    SELECT coalesce(array_agg(bounded.lead), '{}') INTO region
    FROM (SELECT lead FROM together LIMIT greatest(_most + 1, cardinality(_leads))) AS bounded;
    RETURN QUERY
        SELECT 'around', NULL::text, NULL::text, NULL::text, cardinality(region)::bigint,
            greatest(
                (SELECT max(no) FROM evidence_edges), (SELECT max(no) FROM identity_decisions),
                (SELECT max(no) FROM people_log), 0),
            NULL::bytea, NULL::json
        UNION ALL
        SELECT 'record', node, lead, event_id, record_no, evidence_records.at, profile, NULL FROM evidence_records
        WHERE lead = ANY (region)
        UNION ALL
        SELECT 'edge', left_node, right_node, verdict, no, NULL, findings,
            json_build_array(left_lead, right_lead, score)
        FROM evidence_edges WHERE left_lead = ANY (region) AND right_lead = ANY (region)
        UNION ALL
        SELECT 'person', lead, person, address, version, NULL, NULL, NULL FROM people WHERE lead = ANY (region)
        UNION ALL
        SELECT 'decision', left_lead, right_lead, answer, no, identity_decisions.at, NULL,
            json_build_array(decided_by, event_id)
        FROM identity_decisions WHERE left_lead = ANY (region) AND right_lead = ANY (region)
        UNION ALL
        SELECT 'question', left_lead, right_lead, reason, NULL, questions.at, NULL,
            json_build_array(score, evidence, source, file, event_id, closed)
        FROM questions WHERE left_lead = ANY (region) AND right_lead = ANY (region);
END $$;

CREATE FUNCTION people_of(_leads text[]) RETURNS SETOF people
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT people.* FROM unnest(_leads) AS asked (lead)
    CROSS JOIN LATERAL (SELECT * FROM people WHERE people.lead = asked.lead LIMIT 1) AS people
$$;

CREATE FUNCTION outcomes_of(_keys bytea) RETURNS TABLE (place bigint, consequences json)
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT place, consequences
    FROM generate_series(1::bigint, length(_keys) / 16) AS place
    CROSS JOIN LATERAL (
        SELECT consequences FROM identity_outcomes WHERE event_key = event_key(_keys, place) LIMIT 1) AS kept
$$;

-- Claims of evidence come one after another: what a claim was decided on must still be all there is.
CREATE FUNCTION lock_evidence(_claim json) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF _claim IS NOT NULL THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('evidence ' || current_schema(), 0));
    END IF;
END $$;

CREATE FUNCTION refuse_stale(_claim json) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    newest CONSTANT bigint := (_claim ->> 'newest')::bigint;
    changed CONSTANT bigint := (_claim ->> 'changed')::bigint;
    region text[];
BEGIN
    IF (SELECT max(record_no) FROM evidence_records) > newest AND EXISTS (
        SELECT FROM json_array_elements_text(_claim -> 'looked') AS looked
        WHERE EXISTS (SELECT FROM blocking_keys WHERE key = looked::bigint AND record_no > newest)
    ) THEN
        RAISE EXCEPTION 'a record came in between under the same keys' USING ERRCODE = 'WS001';
    END IF;
    IF json_array_length(_claim -> 'region') = 0 THEN
        RETURN;
    END IF;
    region := ARRAY(SELECT json_array_elements_text(_claim -> 'region'));
    IF EXISTS (SELECT FROM evidence_edges WHERE no > changed AND (left_lead = ANY (region) OR right_lead = ANY (region)))
        OR EXISTS (SELECT FROM identity_decisions WHERE no > changed AND (left_lead = ANY (region) OR right_lead = ANY (region)))
        OR EXISTS (SELECT FROM people_log WHERE no > changed AND (lead = ANY (region) OR person = ANY (region)))
    THEN
        RAISE EXCEPTION 'somebody else decided on the same leads in between' USING ERRCODE = 'WS001';
    END IF;
END $$;

CREATE FUNCTION claim_records(_records json) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    kept integer;
BEGIN
    WITH given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(_records) AS given (
            node text, lead text, profile text, at bigint, event_id text, keys bigint[])
    ), stored AS (
        INSERT INTO evidence_records (node, lead, profile, at, event_id)
        SELECT node, lead, decode(profile, 'base64'), at, event_id FROM given
        ON CONFLICT DO NOTHING
        RETURNING record_no, node
    ), found AS (
        INSERT INTO blocking_keys (key, record_no)
        SELECT key, record_no FROM stored JOIN given USING (node), unnest(given.keys) AS key ORDER BY key
    )
    SELECT count(*) INTO kept FROM stored;
    IF kept < json_array_length(_records) THEN
        RAISE EXCEPTION 'a record is kept already' USING ERRCODE = 'WS001';
    END IF;
END $$;

CREATE FUNCTION claim_evidence(_claim json, _outcomes json) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF _claim IS NULL THEN
        RETURN;
    END IF;
    PERFORM refuse_stale(_claim);
    IF json_array_length(_claim -> 'records') > 0 THEN
        PERFORM claim_records(_claim -> 'records');
    END IF;
    IF json_array_length(_claim -> 'edges') > 0 THEN
        INSERT INTO evidence_edges (left_node, right_node, left_lead, right_lead, findings, verdict, score)
        SELECT "left", "right", left_lead, right_lead, decode(findings, 'base64'), verdict, score
        FROM json_to_recordset(_claim -> 'edges') AS given (
            "left" text, "right" text, left_lead text, right_lead text, findings text, verdict text,
            score double precision)
        ON CONFLICT DO NOTHING;
    END IF;
    IF json_array_length(_claim -> 'people') > 0 THEN
        WITH given AS (
            SELECT * FROM json_populate_recordset(NULL::people, _claim -> 'people')
        ), logged AS (
            INSERT INTO people_log (lead, person, version) SELECT lead, person, version FROM given
        )
        INSERT INTO people SELECT * FROM given
        ON CONFLICT (lead) DO UPDATE SET person = excluded.person, version = excluded.version;
    END IF;
    IF json_array_length(_claim -> 'decisions') > 0 THEN
        INSERT INTO identity_decisions (left_lead, right_lead, answer, decided_by, at, event_id)
        SELECT "left", "right", answer, by, at, event_id
        FROM json_to_recordset(_claim -> 'decisions') AS given (
            "left" text, "right" text, answer text, by text, at bigint, event_id text);
    END IF;
    IF json_array_length(_claim -> 'questions') > 0 THEN
        INSERT INTO questions
        SELECT "left", "right", score, reason, evidence, source, file, event_id, at, closed
        FROM json_to_recordset(_claim -> 'questions') AS given (
            "left" text, "right" text, score double precision, reason text, evidence jsonb, source text, file text,
            event_id text, at bigint, closed text)
        ON CONFLICT (left_lead, right_lead) DO UPDATE SET
            score = excluded.score, reason = excluded.reason, evidence = excluded.evidence, source = excluded.source,
            file = excluded.file, event_id = excluded.event_id, at = excluded.at, closed = excluded.closed;
    END IF;
    IF json_array_length(_claim -> 'ended') > 0 THEN
        INSERT INTO identifiers (kind, value, lead, event_id, verified, since, until, moved_by)
        SELECT key[1], key[2], lead, event_id, false, until, until, event_id
        FROM json_to_recordset(_claim -> 'ended') AS given (key text[], lead text, until bigint, event_id text);
    END IF;
    INSERT INTO identity_outcomes (event_key, consequences)
    SELECT event_key::uuid, consequences
    FROM json_to_recordset(_outcomes) AS given (event_key text, consequences json)
    ON CONFLICT DO NOTHING;
END $$;

CREATE FUNCTION ended_claims(_kind text, _values text[]) RETURNS TABLE (value text, until bigint)
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT wanted.value, past.until FROM unnest(_values) AS wanted (value)
    CROSS JOIN LATERAL (
        SELECT until FROM identifiers
        WHERE identifiers.kind = _kind AND identifiers.value = wanted.value AND until IS NOT NULL
    ) AS past
$$;
