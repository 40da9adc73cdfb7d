-- API keys of front ends: the digest of each (SHA-256), never its text. Times are milliseconds since 1970 UTC.
CREATE TABLE api_keys (
    key_id     text PRIMARY KEY,
    digest     bytea NOT NULL CHECK (octet_length(digest) = 32),
    source     text,
    types      text[] NOT NULL,
    origins    text[] NOT NULL,
    rate       double precision NOT NULL CHECK (rate > 0),
    public     boolean NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint
);
