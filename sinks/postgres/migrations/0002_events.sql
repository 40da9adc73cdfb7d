-- Who was first with an event id, and which lead was decided on (empty: nobody). The key is 16 bytes of BLAKE2b over the id: fixed width, any characters.
-- No index on claimed_at: old rows are pruned by a walk over the heap (forget_events), block range by block range.
CREATE TABLE event_claims (
    event_key uuid PRIMARY KEY,
    slot_id integer NOT NULL,
    output_index integer NOT NULL,
    log_offset bigint NOT NULL,
    lead text NOT NULL,
    claimed_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION event_key(_keys bytea, _place bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN encode(substr(_keys, (16 * (_place - 1) + 1)::integer, 16), 'hex')::uuid;

-- Claims the ids of one source partition. `_keys` are the ids' keys one after another. Raises WS001 when one of them
-- is claimed already. Rows go in by key, so that concurrent claimers wait for one another in one order.
CREATE FUNCTION claim_events(
    _topic text, _incarnation text, _partition integer,
    _keys bytea, _offsets bigint[], _indexes integer[], _leads text[]
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    mine CONSTANT integer := slot_of(_topic, _incarnation, _partition);
    fresh integer;
BEGIN
    INSERT INTO event_claims (event_key, slot_id, output_index, log_offset, lead)
    SELECT event_key(_keys, given.place), mine, given.output_index, given.log_offset, given.lead
    FROM unnest(_offsets, _indexes, _leads) WITH ORDINALITY AS given (log_offset, output_index, lead, place)
    ORDER BY 1
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    IF fresh < cardinality(_offsets) THEN
        RAISE EXCEPTION 'an event id is claimed already' USING ERRCODE = 'WS001';
    END IF;
END $$;

-- Who holds the ids, by their places in `_keys` (from 1). The planner is held to the index: a plan that was cached
-- while the table was empty would read the whole table for every batch.
CREATE FUNCTION decisions(_keys bytea) RETURNS TABLE (
    place bigint, topic text, incarnation text, partition integer, log_offset bigint, output_index integer, lead text)
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
    SELECT place, topic, incarnation, partition, log_offset, output_index, lead
    FROM generate_series(1::bigint, length(_keys) / 16) AS place
    CROSS JOIN LATERAL (
        SELECT slot_id, log_offset, output_index, lead FROM event_claims
        WHERE event_key = event_key(_keys, place)
        LIMIT 1
    ) AS held
    JOIN slots USING (slot_id)
$$;
