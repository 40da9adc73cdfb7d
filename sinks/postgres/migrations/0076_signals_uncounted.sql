-- Signals are told and no longer counted beside: nobody read the counts, and every commit with signals wrote them.
-- Leads are counted as before (`history verify` compares). Who commits still passes the slot.
CREATE OR REPLACE FUNCTION store_signals(_slot integer, _signals given_signal[]) RETURNS void
LANGUAGE sql SET search_path FROM CURRENT AS $$
    WITH stored AS (
        INSERT INTO signals (
            signal_id, kind, entity, at, severity, recipients, title, evidence, rule, rule_book, model, region,
            topic, incarnation, partition, log_offset, output_index)
        SELECT signal_id, kind, entity, at, severity, "to", title, coalesce(evidence, '{}'), rule, rule_book, model,
            region, (origin).topic, (origin).incarnation, (origin).partition, (origin)."offset", (origin).index
        FROM unnest(_signals)
        ON CONFLICT DO NOTHING
        RETURNING signal_id
    )
    INSERT INTO notices (recipient, signal_id, region)
    SELECT DISTINCT ON (given.place, recipient) recipient, given.signal_id, given.region
    FROM unnest(_signals) WITH ORDINALITY AS given (
        signal_id, kind, entity, at, severity, recipients, title, evidence, rule, rule_book, model, region,
        origin, place)
    JOIN stored USING (signal_id), unnest(given.recipients) AS recipient
    ORDER BY given.place, recipient
    ON CONFLICT DO NOTHING;
$$;

DELETE FROM counts WHERE what LIKE 'signal:%';
