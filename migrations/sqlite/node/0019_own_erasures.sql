-- Own leads that somebody wants erased, or that are: no values. A row stays as the lead's tombstone.
CREATE TABLE own_erasures (
    lead BLOB PRIMARY KEY,
    sub BLOB NOT NULL,
    basis TEXT NOT NULL,
    reference BLOB NOT NULL,
    data_key BLOB NOT NULL,
    asked_by BLOB NOT NULL,
    asked_at INTEGER NOT NULL,
    actor TEXT,
    granted_at INTEGER,
    erased_at INTEGER,
    copies_gone_by INTEGER
) STRICT;
CREATE INDEX own_erasures_unfinished ON own_erasures (granted_at) WHERE erased_at IS NULL;
