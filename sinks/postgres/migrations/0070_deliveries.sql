-- Messages to people outside the live page: one row per signal, channel and target, made from notices by whichever
-- notifier is active. Times are ms since 1970 UTC.
CREATE TABLE deliveries (
    delivery_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    signal_id text NOT NULL,
    recipient text NOT NULL, -- whose notice it is
    channel text NOT NULL,
    target text NOT NULL, -- whom the channel addresses; empty where it is one group, which is told a signal once
    language text NOT NULL,
    severity text NOT NULL,
    status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'sent', 'dead')),
    wanted bigint NOT NULL, -- when it is to be told: quiet hours have passed
    due bigint NOT NULL, -- when it is tried next
    attempts integer NOT NULL DEFAULT 0,
    error text,
    message_id text, -- of the message that was sent: several signals may have come as one
    sent_at bigint,
    UNIQUE (signal_id, channel, target)
);
CREATE INDEX deliveries_waiting ON deliveries (channel, due, delivery_id) WHERE status = 'waiting';
CREATE INDEX deliveries_dead ON deliveries (delivery_id) WHERE status = 'dead';
CREATE INDEX deliveries_sent ON deliveries (channel, sent_at) WHERE status = 'sent';

-- Who is active, by a lease on the database's clock, and up to which notice deliveries have been made. The epoch
-- grows with every new holder: what a former one writes is refused.
CREATE TABLE notifier (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    holder text NOT NULL,
    epoch bigint NOT NULL,
    held_until timestamptz NOT NULL,
    position bigint NOT NULL
);

-- Takes or renews the lease; returns its epoch and the position, nothing while somebody else holds it. The very first
-- notifier begins with what comes from now on.
CREATE FUNCTION hold_notifier(_holder text, _seconds double precision)
RETURNS TABLE (held_epoch bigint, held_position bigint)
LANGUAGE sql SET search_path FROM CURRENT AS $$
    INSERT INTO notifier AS present (holder, epoch, held_until, position)
    SELECT _holder, 1, clock_timestamp() + make_interval(secs => _seconds), coalesce(max(seq), 0) FROM notices
    ON CONFLICT (one) DO UPDATE SET
        epoch = present.epoch + (present.holder <> excluded.holder)::integer,
        holder = excluded.holder,
        held_until = clock_timestamp() + make_interval(secs => _seconds)
    WHERE present.holder = excluded.holder OR present.held_until < clock_timestamp()
    RETURNING epoch, position
$$;

CREATE FUNCTION check_notifier(_epoch bigint) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM notifier WHERE epoch = _epoch FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another notifier is active' USING ERRCODE = 'WS002';
    END IF;
END $$;

-- Deliveries of the notices up to a position, and the position, in one transaction.
CREATE FUNCTION make_deliveries(_epoch bigint, _expected bigint, _position bigint, _deliveries json) RETURNS void
LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    UPDATE notifier SET position = _position WHERE epoch = _epoch AND position = _expected;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another notifier is active, or has moved on' USING ERRCODE = 'WS002';
    END IF;
    INSERT INTO deliveries (signal_id, recipient, channel, target, language, severity, wanted, due)
    SELECT signal_id, recipient, channel, target, language, severity, due, due
    FROM json_to_recordset(_deliveries) AS given (
        signal_id text, recipient text, channel text, target text, language text, severity text,
        due bigint)
    ON CONFLICT DO NOTHING;
END $$;
