-- What entries of the log can be found by. Rebuilt from the log, which holds no values; in no backup.
-- A term is the first eight bytes of the SHA-256 of a property of the entry.
CREATE TABLE log_terms (
    term INTEGER NOT NULL,
    leaf INTEGER NOT NULL,
    PRIMARY KEY (term, leaf)
) STRICT, WITHOUT ROWID;

-- The log's time: the newest one up to an entry, wherever it moves on. It never goes back, whatever a clock did.
CREATE TABLE log_times (
    reached INTEGER PRIMARY KEY,
    leaf INTEGER NOT NULL
) STRICT;

-- How far the index goes, and the leaf hash of the last entry in it: of another log it is made anew.
CREATE TABLE log_indexed (
    id INTEGER PRIMARY KEY,
    size INTEGER NOT NULL,
    reached INTEGER NOT NULL,
    last BLOB NOT NULL
) STRICT;
