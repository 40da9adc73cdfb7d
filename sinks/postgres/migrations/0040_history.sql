-- Leads and identifiers may change, but none may go: what is no longer true is ended or unset, and the history says so.
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON leads
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE leads ENABLE ALWAYS TRIGGER never_removed;
CREATE TRIGGER never_removed BEFORE DELETE OR TRUNCATE ON identifiers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE identifiers ENABLE ALWAYS TRIGGER never_removed;

-- Who was shown personal data in full: append-only. `what` is the command, `about` the lead or the query.
CREATE TABLE disclosures (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    who text NOT NULL,
    database_role text NOT NULL DEFAULT current_user,
    at timestamptz NOT NULL DEFAULT now(),
    what text NOT NULL,
    about text NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON disclosures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
ALTER TABLE disclosures ENABLE ALWAYS TRIGGER append_only;

-- What became of records of the topic `rejected`, by the place they came from (topic.partition.incarnation.offset).
-- Times are ms since 1970 UTC.
CREATE TABLE rejected_marks (
    place text PRIMARY KEY,
    payload bytea,
    repaired_by text,
    repaired_at bigint,
    event_id text,
    resent_by text,
    resent_at bigint
);

-- Leads as their history has them: of each field the last value by seq. What `leads` must equal.
CREATE VIEW leads_by_history AS
SELECT history.lead AS lead_id, jsonb_object_agg(field, new ORDER BY seq) AS fields, -- of equal keys the last one stays
    (array_agg(at ORDER BY seq))[1] AS created_at, max(at) AS updated_at, max(seq) AS version
FROM history GROUP BY history.lead;
