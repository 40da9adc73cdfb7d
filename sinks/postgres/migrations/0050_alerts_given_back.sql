-- Signals that were told of several leads under one name, and are one lead's own again since they parted: the signal
-- `leads_unmerged` (or `leads_merged`) that says so names them in its evidence, {"alerts": {lead: [signal ids]}}. So
-- what was told stays as it was told, and whose it is follows from the log.
CREATE INDEX signals_given_back ON signals USING gin (jsonb_path_query_array(evidence, '$.alerts.*[*]'))
    WHERE kind IN ('leads_merged', 'leads_unmerged');

-- The lead that a signal was given back to last, NULL for nearly all.
CREATE FUNCTION given_back_to(_signal text) RETURNS text
LANGUAGE sql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
    SELECT given.key FROM signals AS said, jsonb_each(said.evidence -> 'alerts') AS given
    WHERE said.kind IN ('leads_merged', 'leads_unmerged')
        AND jsonb_path_query_array(said.evidence, '$.alerts.*[*]') ? _signal AND given.value ? _signal
    ORDER BY said.at DESC, said.signal_id DESC LIMIT 1
$$;
