-- The funnel counts people: the passages of a lead that goes by another's name are those of the other one, or a person
-- of two leads entered twice, stood in a stage for ever under the one name, and was a trial without success.
CREATE OR REPLACE VIEW funnel_passages AS
SELECT passage.lead, passage.new AS stage, passage.old AS came_from, passage.at AS entered_at,
    passage.left_at, passage.went_to,
    leads.fields ->> 'source' AS source, leads.region, leads.rep_id, leads.fields ->> 'variant' AS variant
FROM (
    SELECT lead, seq, old, new, at,
        lead(at) OVER later AS left_at, lead(new) OVER later AS went_to
    FROM history
    WHERE field = 'stage'
    WINDOW later AS (PARTITION BY lead ORDER BY seq)
) AS passage
JOIN leads ON leads.lead_id = passage.lead
WHERE leads.fields ->> 'merged_into' IS NULL;
