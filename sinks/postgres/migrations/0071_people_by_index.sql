-- The two look-ups in `people` as one join could become a walk over the whole table for each lead: in a plan that was
-- made while the table was empty, and is kept until the table is analyzed. Apart, each can only use its index.
-- Leads and all that hang together with them, `_most` + 1 at most, as rows of several kinds.
CREATE OR REPLACE FUNCTION evidence_around(_leads text[], _most integer)
RETURNS TABLE (what text, a text, b text, c text, n bigint, at bigint, blob bytea, more json)
LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE
    region text[];
BEGIN
    WITH RECURSIVE together (lead) AS (
        SELECT unnest(_leads)
        UNION
        SELECT beside.lead FROM together CROSS JOIN LATERAL (
            SELECT right_lead AS lead FROM evidence_edges WHERE left_lead = together.lead
            UNION ALL SELECT left_lead FROM evidence_edges WHERE right_lead = together.lead
            UNION ALL SELECT right_lead FROM identity_decisions WHERE left_lead = together.lead
            UNION ALL SELECT left_lead FROM identity_decisions WHERE right_lead = together.lead
            UNION ALL SELECT other.lead
            FROM (SELECT person FROM people WHERE people.lead = together.lead LIMIT 1) AS mine
            CROSS JOIN LATERAL (SELECT people.lead FROM people WHERE people.person = mine.person OFFSET 0) AS other
        ) AS beside
    )
    SELECT coalesce(array_agg(bounded.lead), '{}') INTO region
    FROM (SELECT lead FROM together LIMIT greatest(_most + 1, cardinality(_leads))) AS bounded;
    RETURN QUERY
        SELECT 'around', NULL::text, NULL::text, NULL::text, cardinality(region)::bigint,
            greatest(
                (SELECT max(no) FROM evidence_edges), (SELECT max(no) FROM identity_decisions),
                (SELECT max(no) FROM people_log), 0),
            NULL::bytea, NULL::json
        UNION ALL
        SELECT 'record', node, lead, event_id, record_no, evidence_records.at, profile, NULL FROM evidence_records
        WHERE lead = ANY (region)
        UNION ALL
        SELECT 'edge', left_node, right_node, verdict, no, NULL, findings,
            json_build_array(left_lead, right_lead, score)
        FROM evidence_edges WHERE left_lead = ANY (region) AND right_lead = ANY (region)
        UNION ALL
        SELECT 'person', lead, person, address, version, NULL, NULL, NULL FROM people WHERE lead = ANY (region)
        UNION ALL
        SELECT 'decision', left_lead, right_lead, answer, no, identity_decisions.at, NULL,
            json_build_array(decided_by, event_id)
        FROM identity_decisions WHERE left_lead = ANY (region) AND right_lead = ANY (region)
        UNION ALL
        SELECT 'question', left_lead, right_lead, reason, NULL, questions.at, NULL,
            json_build_array(score, evidence, source, file, event_id, closed)
        FROM questions WHERE left_lead = ANY (region) AND right_lead = ANY (region);
END $$;
