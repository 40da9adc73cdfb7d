-- To whom an identifier pointed, since when and until when. Ended intervals stay. Times are ms since 1970 UTC.
CREATE TABLE identifiers (
    claim_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    value text NOT NULL,
    lead text NOT NULL,
    event_id text NOT NULL,
    verified boolean NOT NULL,
    since bigint NOT NULL,
    until bigint,
    moved_by text,
    claimed_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX identifiers_present ON identifiers (kind, value) WHERE until IS NULL;
CREATE INDEX identifiers_past ON identifiers (kind, value) WHERE until IS NOT NULL;
CREATE INDEX identifiers_of_lead ON identifiers (lead) WHERE until IS NULL;

CREATE TYPE given_move AS (kind text, value text, lead text, until bigint, event_id text);
CREATE TYPE given_claim AS (kind text, value text, lead text, verified boolean, since bigint, event_id text);

-- The planner is held to the indexes in all that follows: a plan that was cached while the table was empty would
-- read the whole table for every batch.
CREATE FUNCTION present_claims(_kinds text[], _values text[])
RETURNS TABLE (kind text, value text, lead text, verified boolean, since bigint, event_id text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT wanted.kind, wanted.value, lead, verified, since, event_id
    FROM unnest(_kinds, _values) AS wanted (kind, value)
    CROSS JOIN LATERAL (
        SELECT lead, verified, since, event_id FROM identifiers
        WHERE identifiers.kind = wanted.kind AND identifiers.value = wanted.value AND until IS NULL
        LIMIT 1
    ) AS present
$$;

CREATE FUNCTION identifiers_of(_leads text[]) RETURNS TABLE (lead text, kind text, value text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT lead, kind, value FROM identifiers WHERE lead = ANY (_leads) AND until IS NULL ORDER BY kind, value
$$;

CREATE FUNCTION end_claims(_moves given_move[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    move given_move;
    holder text;
BEGIN
    FOREACH move IN ARRAY _moves LOOP
        UPDATE identifiers AS present
        SET until = CASE WHEN present.lead = move.lead THEN move.until END,
            moved_by = CASE WHEN present.lead = move.lead THEN move.event_id END
        WHERE present.kind = move.kind AND present.value = move.value AND present.until IS NULL
        RETURNING lead INTO holder;
        IF holder <> move.lead THEN
            RAISE EXCEPTION 'an identifier belongs to another lead' USING ERRCODE = 'WS001';
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION make_claims(_claims given_claim[]) RETURNS void
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
END $$;

-- Ends the moved claims, then makes the new ones; raises WS001 when an identifier belongs to another lead.
-- The caller orders both by identifier and names each once. A key is [kind, value].
CREATE FUNCTION claim_identifiers(_claims json, _moves json) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF json_array_length(_moves) > 0 THEN
        PERFORM end_claims(ARRAY(
            SELECT (key[1], key[2], lead, until, event_id)::given_move
            FROM json_to_recordset(_moves) AS given (key text[], lead text, until bigint, event_id text)));
    END IF;
    IF json_array_length(_claims) > 0 THEN
        PERFORM make_claims(ARRAY(
            SELECT (key[1], key[2], lead, verified, since, event_id)::given_claim
            FROM json_to_recordset(_claims)
                AS given (key text[], lead text, verified boolean, since bigint, event_id text)));
    END IF;
END $$;

CREATE FUNCTION claim_batch(
    _topic text, _incarnation text, _partition integer,
    _keys bytea, _offsets bigint[], _indexes integer[], _leads text[], _claims json, _moves json
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF cardinality(_offsets) > 0 THEN
        PERFORM claim_events(_topic, _incarnation, _partition, _keys, _offsets, _indexes, _leads);
    END IF;
    PERFORM claim_identifiers(_claims, _moves);
END $$;
