-- Own leads that somebody wants erased, or that are: no values. A row stays as the lead's tombstone.
CREATE TABLE own_erasures (
    lead UUID PRIMARY KEY,
    sub UUID NOT NULL,
    basis TEXT NOT NULL,
    reference BYTEA NOT NULL,
    data_key UUID NOT NULL,
    asked_by UUID NOT NULL,
    asked_at BIGINT NOT NULL,
    actor TEXT,
    granted_at BIGINT,
    erased_at BIGINT,
    copies_gone_by BIGINT
);
CREATE INDEX own_erasures_unfinished ON own_erasures (granted_at) WHERE erased_at IS NULL;
