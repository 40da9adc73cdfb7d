-- Signals, once each; their ids are derived, so what comes again is known.
CREATE TABLE signals (
    signal_id text PRIMARY KEY,
    kind text NOT NULL,
    entity text NOT NULL,
    at bigint NOT NULL,
    severity text NOT NULL,
    recipients text[] NOT NULL,
    title jsonb NOT NULL,
    evidence jsonb NOT NULL,
    rule text NOT NULL,
    rule_book text NOT NULL,
    model text,
    region text,
    topic text NOT NULL,
    incarnation text NOT NULL,
    partition integer NOT NULL,
    log_offset bigint NOT NULL,
    output_index integer NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);

-- A signal in a recipient's inbox. `region` is the signal's, so that an inbox is read from one index.
CREATE TABLE notices (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient text NOT NULL,
    signal_id text NOT NULL, -- no foreign key: store_signals writes both, and a check per row would cost the most
    region text,
    acked_at bigint,
    acked_by text,
    UNIQUE (signal_id, recipient)
);
CREATE INDEX notices_of_recipient ON notices (recipient, seq);

-- A region limits what comes through a role; what is addressed to a person is always theirs to see.
CREATE FUNCTION may_see(notice notices, _regions text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN _regions IS NULL OR notice.region IS NULL OR notice.region = ANY (_regions) OR notice.recipient NOT LIKE 'role:%';

-- How many leads and signals of each kind there are, counted per slot: each slot has one writer, so nobody waits,
-- and a live page need not count a million rows every second.
CREATE TABLE counts (
    slot_id integer NOT NULL REFERENCES slots,
    what text NOT NULL,
    count bigint NOT NULL,
    PRIMARY KEY (slot_id, what)
) WITH (fillfactor = 50);

CREATE TYPE given_signal AS (
    signal_id text, kind text, entity text, at bigint, severity text, "to" text[], title jsonb, evidence jsonb,
    rule text, rule_book text, model text, region text, origin given_origin
);

CREATE FUNCTION store_signals(_slot integer, _signals given_signal[]) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    WITH stored AS (
        INSERT INTO signals (
            signal_id, kind, entity, at, severity, recipients, title, evidence, rule, rule_book, model, region,
            topic, incarnation, partition, log_offset, output_index)
        SELECT signal_id, kind, entity, at, severity, "to", title, coalesce(evidence, '{}'), rule, rule_book, model,
            region, (origin).topic, (origin).incarnation, (origin).partition, (origin)."offset", (origin).index
        FROM unnest(_signals)
        ON CONFLICT DO NOTHING
        RETURNING signal_id, kind
    ), told AS (
        INSERT INTO notices (recipient, signal_id, region)
        SELECT DISTINCT ON (given.place, recipient) recipient, given.signal_id, given.region
        FROM unnest(_signals) WITH ORDINALITY AS given (
            signal_id, kind, entity, at, severity, recipients, title, evidence, rule, rule_book, model, region,
            origin, place)
        JOIN stored USING (signal_id), unnest(given.recipients) AS recipient
        ORDER BY given.place, recipient
        ON CONFLICT DO NOTHING
    )
    INSERT INTO counts AS present (slot_id, what, count)
    SELECT _slot, 'signal:' || kind, count(*) FROM stored GROUP BY kind
    ON CONFLICT (slot_id, what) DO UPDATE SET count = present.count + excluded.count;
$$;
