-- What owners took back: a presentation of that lead by that owner in a version under `below` is refused,
-- whether or not it ever came. All versions: 4294967295.
CREATE TABLE tombstones (
    sub BLOB NOT NULL,
    peer INTEGER NOT NULL,
    below INTEGER NOT NULL,
    PRIMARY KEY (sub, peer)
) STRICT;

-- Each purge of what was received. Its rows are gone when it is added; `erasing` names the data keys and the
-- messages until the keys are destroyed, the files scrubbed and the receipt is on its way.
CREATE TABLE purges (
    id BLOB PRIMARY KEY,
    sub BLOB NOT NULL,
    peer INTEGER NOT NULL,
    below INTEGER NOT NULL,
    cause TEXT NOT NULL,
    agreement BLOB NOT NULL,
    agreement_version INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    erasing TEXT,
    erased_at INTEGER,
    copies_gone_by INTEGER,
    receipt TEXT
) STRICT;

CREATE INDEX purges_unfinished ON purges (due_at) WHERE erased_at IS NULL;
CREATE INDEX purges_finished ON purges (erased_at) WHERE erased_at IS NOT NULL;

-- What was taken back from a recipient of an own lead, and the receipt that answered it.
CREATE TABLE withdrawals (
    lead BLOB NOT NULL,
    peer INTEGER NOT NULL,
    below INTEGER NOT NULL,
    reason TEXT NOT NULL,
    deadline INTEGER NOT NULL,
    receipt TEXT,
    PRIMARY KEY (lead, peer, below)
) STRICT;

CREATE INDEX withdrawals_unanswered ON withdrawals (deadline) WHERE receipt IS NULL;

-- Purge receipts of recipients, as signed.
CREATE TABLE purge_receipts (
    digest TEXT PRIMARY KEY,
    lead BLOB NOT NULL,
    peer INTEGER NOT NULL,
    below INTEGER NOT NULL,
    cause TEXT NOT NULL,
    live_erased_at INTEGER NOT NULL,
    copies_gone_by INTEGER NOT NULL,
    statement TEXT NOT NULL
) STRICT;

CREATE INDEX purge_receipts_at ON purge_receipts (live_erased_at);

-- Under which agreement a lead came, when it must go, and why then.
ALTER TABLE received ADD COLUMN agreement BLOB;
ALTER TABLE received ADD COLUMN agreement_version INTEGER;
ALTER TABLE received ADD COLUMN purge_at INTEGER;
ALTER TABLE received ADD COLUMN purge_cause TEXT;
CREATE INDEX received_purge_at ON received (purge_at);

-- The only claims that a narrowed recipient still gets, as JSON.
ALTER TABLE shares ADD COLUMN kept TEXT;
-- When the recipient must have purged what it was given last.
ALTER TABLE shares ADD COLUMN keep_until INTEGER;
CREATE INDEX shares_keep_until ON shares (keep_until) WHERE status NOT IN ('withdrawn', 'purged');

-- How often the sender took something back: what was judged before is judged again.
ALTER TABLE chains ADD COLUMN recalls INTEGER NOT NULL DEFAULT 0;
