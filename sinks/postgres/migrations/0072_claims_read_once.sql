-- A claim of evidence came as one JSON document, given twice, and every part that was looked at made PostgreSQL read all of
-- it: some twenty times a slice. Now what each row of an import brings (keys, leads, records) comes in arrays, and the rest,
-- nearly always little or nothing, as JSON. The functions of 0030 stay: workers of an earlier release call them.

-- Claims of evidence come one after another: what a claim was decided on must still be all there is.
CREATE FUNCTION lock_evidence(_wanted boolean) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF _wanted THEN
        PERFORM pg_advisory_xact_lock(hashtextextended('evidence ' || current_schema(), 0));
    END IF;
END $$;

CREATE FUNCTION refuse_stale(_newest bigint, _changed bigint, _looked bigint[], _region text[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    IF (SELECT max(record_no) FROM evidence_records) > _newest AND EXISTS (
        SELECT FROM unnest(_looked) AS looked
        WHERE EXISTS (SELECT FROM blocking_keys WHERE key = looked AND record_no > _newest)
    ) THEN
        RAISE EXCEPTION 'a record came in between under the same keys' USING ERRCODE = 'WS001';
    END IF;
    IF cardinality(_region) = 0 THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM evidence_edges WHERE no > _changed AND (left_lead = ANY (_region) OR right_lead = ANY (_region)))
        OR EXISTS (SELECT FROM identity_decisions WHERE no > _changed AND (left_lead = ANY (_region) OR right_lead = ANY (_region)))
        OR EXISTS (SELECT FROM people_log WHERE no > _changed AND (lead = ANY (_region) OR person = ANY (_region)))
    THEN
        RAISE EXCEPTION 'somebody else decided on the same leads in between' USING ERRCODE = 'WS001';
    END IF;
END $$;

-- Records, and their keys: `_places` says of each key which record (from 1) it leads to.
CREATE FUNCTION claim_records(
    _nodes text[], _leads text[], _profiles bytea[], _times bigint[], _events text[], _keys bigint[], _places integer[]
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    kept integer;
BEGIN
    WITH stored AS (
        INSERT INTO evidence_records (node, lead, profile, at, event_id)
        SELECT * FROM unnest(_nodes, _leads, _profiles, _times, _events)
        ON CONFLICT DO NOTHING
        RETURNING record_no, node
    ), found AS (
        INSERT INTO blocking_keys (key, record_no)
        SELECT given.key, stored.record_no
        FROM stored
        JOIN unnest(_nodes) WITH ORDINALITY AS named (node, place) USING (node)
        JOIN unnest(_keys, _places) AS given (key, place) ON given.place = named.place
        ORDER BY given.key
    )
    SELECT count(*) INTO kept FROM stored;
    IF kept < cardinality(_nodes) THEN
        RAISE EXCEPTION 'a record is kept already' USING ERRCODE = 'WS001';
    END IF;
END $$;

-- What was found, decided and asked, and what followed from it.
CREATE FUNCTION claim_findings(_claim json) RETURNS void
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
    IF json_array_length(_claim -> 'ended') > 0 THEN
        INSERT INTO identifiers (kind, value, lead, event_id, verified, since, until, moved_by)
        SELECT key[1], key[2], lead, event_id, false, until, until, event_id
        FROM json_to_recordset(_claim -> 'ended') AS given (key text[], lead text, until bigint, event_id text);
    END IF;
    INSERT INTO identity_outcomes (event_key, consequences)
    SELECT event_key::uuid, consequences
    FROM json_to_recordset(_claim -> 'outcomes') AS given (event_key text, consequences json)
    ON CONFLICT DO NOTHING;
END $$;

-- A claim without `_newest` is none; `_findings` is null where there is nothing beside the records.
CREATE FUNCTION claim_evidence(
    _newest bigint, _changed bigint, _looked bigint[], _region text[],
    _nodes text[], _leads text[], _profiles bytea[], _times bigint[], _events text[], _keys bigint[], _places integer[],
    _findings json
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF _newest IS NULL THEN
        RETURN;
    END IF;
    PERFORM refuse_stale(_newest, _changed, _looked, _region);
    IF cardinality(_nodes) > 0 THEN
        PERFORM claim_records(_nodes, _leads, _profiles, _times, _events, _keys, _places);
    END IF;
    IF _findings IS NOT NULL THEN
        PERFORM claim_findings(_findings);
    END IF;
END $$;
