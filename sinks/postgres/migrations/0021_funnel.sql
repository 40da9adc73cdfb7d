-- The funnel, from the history of the field `stage` that the detector `funnel` writes: who was in which stage when.
-- Times are ms since 1970 UTC. A lead that is still in its stage has no `left_at`.
CREATE INDEX history_of_stages ON history (at) INCLUDE (lead, seq, old, new) WHERE field = 'stage';

CREATE VIEW funnel_passages AS
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
JOIN leads ON leads.lead_id = passage.lead;

-- Entries, exits and times per stage, for what entered from `_from` until before `_until`, by any one dimension.
CREATE FUNCTION funnel(_dimension text, _from bigint DEFAULT 0, _until bigint DEFAULT 9223372036854775807)
RETURNS TABLE (value text, stage text, entries bigint, exits bigint, inside bigint, median_ms double precision)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    SELECT CASE _dimension
            WHEN 'source' THEN source WHEN 'region' THEN region WHEN 'rep' THEN rep_id WHEN 'variant' THEN variant
            WHEN 'all' THEN 'all' END,
        stage, count(*), count(left_at), count(*) - count(left_at),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY left_at - entered_at)
    FROM funnel_passages
    WHERE entered_at >= _from AND entered_at < _until
    GROUP BY 1, 2
    ORDER BY 1, 2
$$;

-- What an A/B comparison may count: leads that had `_window` (ms) since they began by `_now`, and those of them that
-- reached the stage within it. A lead whose time is not over counts neither way, or the quicker variant would look better.
CREATE FUNCTION funnel_trials(_stage text, _window bigint, _now bigint)
RETURNS TABLE (variant text, trials bigint, successes bigint)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    WITH began AS (
        SELECT lead, variant, entered_at FROM funnel_passages
        WHERE came_from IS NULL AND variant IS NOT NULL AND entered_at + _window <= _now
    )
    SELECT began.variant, count(*), count(*) FILTER (WHERE EXISTS (
        SELECT FROM history
        WHERE history.lead = began.lead AND history.field = 'stage' AND history.new = _stage
            AND history.at <= began.entered_at + _window))
    FROM began GROUP BY 1 ORDER BY 1
$$;
