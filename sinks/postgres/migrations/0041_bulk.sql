-- Large batches: the history comes by COPY, in the same transaction, then one call brings the leads up to date. Each
-- lead stands once in `_leads`: its last values by field, the numbers of its first and last row, and their times.
-- A lead that is not at the row before its first one (WS004) is for store_changes, which looks row by row.
CREATE FUNCTION store_leads(_leads json) RETURNS integer
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    changed integer;
    created integer;
BEGIN
    WITH given AS MATERIALIZED (
        SELECT * FROM json_to_recordset(_leads) AS given (
            lead text, fields jsonb, first_at bigint, last_at bigint, first_seq integer, version integer)
    ), updated AS (
        UPDATE leads AS present SET
            fields = present.fields || given.fields,
            updated_at = greatest(present.updated_at, given.last_at),
            version = given.version
        FROM given
        WHERE present.lead_id = given.lead AND present.version = given.first_seq - 1
        RETURNING present.lead_id
    ), inserted AS (
        INSERT INTO leads (lead_id, fields, created_at, updated_at, version)
        SELECT lead, fields, first_at, last_at, version FROM given WHERE first_seq = 1 ORDER BY lead
        ON CONFLICT DO NOTHING
        RETURNING lead_id
    )
    SELECT (SELECT count(*) FROM updated), (SELECT count(*) FROM inserted) INTO changed, created;
    IF changed + created < json_array_length(_leads) THEN
        RAISE EXCEPTION 'a lead is not where its history goes on' USING ERRCODE = 'WS004';
    END IF;
    RETURN created;
END $$;

CREATE FUNCTION commit_copied(
    _stage text, _topic text, _incarnation text, _partition integer, _expected bigint, _last bigint,
    _leads json, _signals json
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    mine CONSTANT integer := slot_of(_topic, _incarnation, _partition);
    created CONSTANT integer := store_leads(_leads);
BEGIN
    PERFORM move_fence(_stage, mine, _expected, _last);
    INSERT INTO counts AS present (slot_id, what, count) SELECT mine, 'lead', created WHERE created > 0
    ON CONFLICT (slot_id, what) DO UPDATE SET count = present.count + excluded.count;
    IF json_array_length(_signals) > 0 THEN
        PERFORM store_signals(
            mine, ARRAY(SELECT given FROM json_populate_recordset(NULL::given_signal, _signals) AS given));
    END IF;
END $$;
