-- Who is who around some leads is weighed over all of their records, also those that share no key with what was looked
-- for: one that came in between is looked for by its lead.
CREATE OR REPLACE FUNCTION refuse_stale(_newest bigint, _changed bigint, _looked bigint[], _region text[]) RETURNS void
LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    grown boolean := (SELECT max(record_no) FROM evidence_records) > _newest;
BEGIN
    IF grown AND EXISTS (
        SELECT FROM unnest(_looked) AS looked
        WHERE EXISTS (SELECT FROM blocking_keys WHERE key = looked AND record_no > _newest)
    ) THEN
        RAISE EXCEPTION 'a record came in between under the same keys' USING ERRCODE = 'WS001';
    END IF;
    IF cardinality(_region) = 0 THEN
        RETURN;
    END IF;
    IF grown AND EXISTS (SELECT FROM evidence_records WHERE record_no > _newest AND lead = ANY (_region)) THEN
        RAISE EXCEPTION 'a record of the same lead came in between' USING ERRCODE = 'WS001';
    END IF;
    IF EXISTS (SELECT FROM evidence_edges WHERE no > _changed AND (left_lead = ANY (_region) OR right_lead = ANY (_region)))
        OR EXISTS (SELECT FROM identity_decisions WHERE no > _changed AND (left_lead = ANY (_region) OR right_lead = ANY (_region)))
        OR EXISTS (SELECT FROM people_log WHERE no > _changed AND (lead = ANY (_region) OR person = ANY (_region)))
    THEN
        RAISE EXCEPTION 'somebody else decided on the same leads in between' USING ERRCODE = 'WS001';
    END IF;
END $$;
