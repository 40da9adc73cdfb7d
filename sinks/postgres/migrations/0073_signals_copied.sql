-- Large batches: signals that tell nobody come by COPY, as the history does, and are counted here by kind (`_copied`); those
-- with recipients come as before. The function of 0041 stays: workers of an earlier release call it.
CREATE FUNCTION commit_copied(
    _stage text, _topic text, _incarnation text, _partition integer, _expected bigint, _last bigint,
    _leads json, _signals json, _copied json
) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM commit_copied(_stage, _topic, _incarnation, _partition, _expected, _last, _leads, _signals);
    INSERT INTO counts AS present (slot_id, what, count)
    SELECT slot_of(_topic, _incarnation, _partition), 'signal:' || key, value::bigint FROM json_each_text(_copied)
    ON CONFLICT (slot_id, what) DO UPDATE SET count = present.count + excluded.count;
END $$;
