-- One partition of one incarnation of a topic, and how far each stage's results of it are stored.
CREATE TABLE slots (
    slot_id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic text NOT NULL,
    incarnation text NOT NULL,
    partition integer NOT NULL,
    UNIQUE (topic, incarnation, partition)
);

CREATE TABLE fences (
    stage text NOT NULL,
    slot_id integer NOT NULL REFERENCES slots,
    log_offset bigint NOT NULL,
    moved_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stage, slot_id)
) WITH (fillfactor = 50); -- updated in place with every batch: leave room for HOT updates

CREATE FUNCTION slot_of(_topic text, _incarnation text, _partition integer) RETURNS integer
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    found_id integer;
BEGIN
    SELECT slot_id INTO found_id FROM slots
    WHERE topic = _topic AND incarnation = _incarnation AND partition = _partition;
    IF found_id IS NULL THEN
        INSERT INTO slots (topic, incarnation, partition) VALUES (_topic, _incarnation, _partition)
        ON CONFLICT DO NOTHING;
        SELECT slot_id INTO found_id FROM slots
        WHERE topic = _topic AND incarnation = _incarnation AND partition = _partition;
    END IF;
    RETURN found_id;
END $$;

-- Compare and set. A fence that is not where the caller believes raises WS002, and the row stays locked until commit.
CREATE FUNCTION move_fence(_stage text, _slot integer, _expected bigint, _last bigint) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    moved integer;
BEGIN
    IF _expected = -1 THEN
        INSERT INTO fences (stage, slot_id, log_offset) VALUES (_stage, _slot, _last) ON CONFLICT DO NOTHING;
    ELSE
        UPDATE fences SET log_offset = _last, moved_at = now()
        WHERE stage = _stage AND slot_id = _slot AND log_offset = _expected;
    END IF;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved = 0 THEN
        RAISE EXCEPTION 'the fence is not at %', _expected USING ERRCODE = 'WS002';
    END IF;
END $$;
