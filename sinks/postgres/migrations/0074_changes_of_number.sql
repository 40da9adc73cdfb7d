-- Who held a number until when is decided by when events happened, not by when they came. So a slice is told who its
-- numbers belonged to before, and a claim made without knowing of a change is refused.

-- A hand-over is kept with its beginning: the first moment at which the lead was known to hold the identifier.
CREATE FUNCTION past_claims(_kind text, _values text[])
RETURNS TABLE (value text, lead text, since bigint, until bigint, moved_by text, event_id text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT wanted.value, past.lead, past.since, past.until, past.moved_by, past.event_id
    FROM unnest(_values) AS wanted (value)
    CROSS JOIN LATERAL (
        SELECT lead, since, until, moved_by, event_id FROM identifiers
        WHERE identifiers.kind = _kind AND identifiers.value = wanted.value AND until IS NOT NULL
    ) AS past
$$;

CREATE OR REPLACE FUNCTION make_claims(_claims given_claim[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    made integer;
BEGIN
    -- The update of what the lead holds already locks the row, and counts it: what is missing then is another's.
    INSERT INTO identifiers AS present (kind, value, lead, event_id, verified, since)
    SELECT kind, value, lead, event_id, verified, since FROM unnest(_claims) ORDER BY kind, value
    ON CONFLICT (kind, value) WHERE until IS NULL DO UPDATE SET verified = present.verified OR excluded.verified
    WHERE present.lead = excluded.lead;
    GET DIAGNOSTICS made = ROW_COUNT;
    IF made < cardinality(_claims) THEN
        RAISE EXCEPTION 'an identifier belongs to another lead' USING ERRCODE = 'WS001';
    END IF;
    -- Of a number that changed hands later than that, a claim says nothing: whoever gave it up held it then.
    IF EXISTS (
        SELECT FROM unnest(_claims) AS given
        CROSS JOIN LATERAL (
            SELECT FROM identifiers AS past
            WHERE past.kind = given.kind AND past.value = given.value AND past.until IS NOT NULL
                AND past.until > given.since AND NOT starts_with(coalesce(past.moved_by, ''), 'public:')
                AND NOT EXISTS (
                    SELECT FROM identifiers AS present
                    WHERE present.kind = given.kind AND present.value = given.value AND present.until IS NULL
                        AND present.event_id <> given.event_id
                )
        ) AS later
        WHERE given.kind = 'phone'
    ) THEN
        RAISE EXCEPTION 'a number was somebody''s at that time' USING ERRCODE = 'WS001';
    END IF;
END $$;

-- What was held for a while, of which no claim was ever open. The open row that is made and ended here makes claims of
-- the same identifier, which others have not committed yet, wait or be waited for.
CREATE FUNCTION note_ended(_kind text, _value text, _lead text, _since bigint, _until bigint, _event_id text) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    made bigint;
    opened bigint;
BEGIN
    INSERT INTO identifiers (kind, value, lead, event_id, verified, since)
    VALUES (_kind, _value, _lead, _event_id, false, _since)
    ON CONFLICT (kind, value) WHERE until IS NULL DO NOTHING
    RETURNING claim_id INTO made;
    IF made IS NULL THEN
        SELECT since INTO opened FROM identifiers WHERE kind = _kind AND value = _value AND until IS NULL;
        IF opened < _until THEN
            RAISE EXCEPTION 'an identifier was claimed in between' USING ERRCODE = 'WS001';
        END IF;
    END IF;
    IF _kind = 'phone' AND EXISTS (
        SELECT FROM identifiers WHERE kind = _kind AND value = _value AND until = _until AND lead <> _lead
            AND NOT starts_with(coalesce(moved_by, ''), 'public:')
    ) THEN
        RAISE EXCEPTION 'a number has changed hands in between' USING ERRCODE = 'WS001';
    END IF;
    IF made IS NULL THEN
        INSERT INTO identifiers (kind, value, lead, event_id, verified, since, until, moved_by)
        VALUES (_kind, _value, _lead, _event_id, false, _since, _until, _event_id);
    ELSE
        UPDATE identifiers SET until = _until, moved_by = _event_id WHERE claim_id = made;
    END IF;
END $$;

-- As in 0072, but for what ended.
CREATE OR REPLACE FUNCTION claim_findings(_claim json) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
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
    PERFORM note_ended(key[1], key[2], lead, coalesce(since, until), until, event_id)
    FROM json_to_recordset(_claim -> 'ended') AS given (key text[], lead text, until bigint, event_id text, since bigint)
    ORDER BY key[1], key[2], until;
    INSERT INTO identity_outcomes (event_key, consequences)
    SELECT event_key::uuid, consequences
    FROM json_to_recordset(_claim -> 'outcomes') AS given (event_key text, consequences json)
    ON CONFLICT DO NOTHING;
END $$;
