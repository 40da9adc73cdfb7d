-- Which rule book was applied, by whom and when (ms since 1970 UTC). `told_at` is when every partition of `facts` held
-- it; null where that failed half way, so that applying it again is called for. The last one told is in force.
CREATE TABLE rule_books (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    version text NOT NULL,
    document text NOT NULL, -- its canonical JSON, byte for byte: the version is derived from it
    applied_by text NOT NULL,
    applied_at bigint NOT NULL,
    told_at bigint
);
CREATE INDEX rule_books_by_version ON rule_books (version, seq);
