-- One batch of one stage: fence, history, leads, signals, notices, in the one transaction of this call.
CREATE FUNCTION commit_outputs(
    _stage text, _topic text, _incarnation text, _partition integer, _expected bigint, _last bigint,
    _changes json, _signals json
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    mine CONSTANT integer := slot_of(_topic, _incarnation, _partition);
    created integer;
BEGIN
    PERFORM move_fence(_stage, mine, _expected, _last);
    IF json_array_length(_changes) > 0 THEN
        created := store_changes(ARRAY(SELECT given FROM json_populate_recordset(NULL::given_change, _changes) AS given));
        INSERT INTO counts AS present (slot_id, what, count) SELECT mine, 'lead', created WHERE created > 0
        ON CONFLICT (slot_id, what) DO UPDATE SET count = present.count + excluded.count;
    END IF;
    IF json_array_length(_signals) > 0 THEN
        PERFORM store_signals(
            mine, ARRAY(SELECT given FROM json_populate_recordset(NULL::given_signal, _signals) AS given));
    END IF;
END $$;
