-- What entries of the log can be found by. Rebuilt from the log, which holds no values; in no backup.
-- A term is the first eight bytes of the SHA-256 of a property of the entry.
CREATE UNLOGGED TABLE log_terms (
    term BIGINT NOT NULL,
    leaf BIGINT NOT NULL,
    PRIMARY KEY (term, leaf)
);

-- The log's time: the newest one up to an entry, wherever it moves on. It never goes back, whatever a clock did.
CREATE UNLOGGED TABLE log_times (
    reached BIGINT PRIMARY KEY,
    leaf BIGINT NOT NULL
);

-- How far the index goes, and the leaf hash of the last entry in it: of another log it is made anew.
CREATE UNLOGGED TABLE log_indexed (
    id BIGINT PRIMARY KEY,
    size BIGINT NOT NULL,
    reached BIGINT NOT NULL,
    last BYTEA NOT NULL
);
