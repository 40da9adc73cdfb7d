-- By which grammar all records that stood at a time have their blocking keys (see `sinks/postgres/blocking_keys`).
CREATE TABLE key_grammars (
    grammar integer PRIMARY KEY,
    given_at timestamptz NOT NULL DEFAULT now()
);
