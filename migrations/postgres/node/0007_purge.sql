-- What owners took back: a presentation of that lead by that owner in a version under `below` is refused,
-- whether or not it ever came. All versions: 4294967295.
CREATE TABLE tombstones (
    sub UUID NOT NULL,
    peer BIGINT NOT NULL,
    below BIGINT NOT NULL,
    PRIMARY KEY (sub, peer)
);

-- Each purge of what was received. Its rows are gone when it is added; `erasing` names the data keys and the
-- messages until the keys are destroyed, the files scrubbed and the receipt is on its way.
CREATE TABLE purges (
    id UUID PRIMARY KEY,
    sub UUID NOT NULL,
    peer BIGINT NOT NULL,
    below BIGINT NOT NULL,
    cause TEXT NOT NULL,
    agreement UUID NOT NULL,
    agreement_version BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    erasing TEXT,
    erased_at BIGINT,
    copies_gone_by BIGINT,
    receipt TEXT
);

CREATE INDEX purges_unfinished ON purges (due_at) WHERE erased_at IS NULL;
CREATE INDEX purges_finished ON purges (erased_at) WHERE erased_at IS NOT NULL;

-- What was taken back from a recipient of an own lead, and the receipt that answered it.
CREATE TABLE withdrawals (
    lead UUID NOT NULL,
    peer BIGINT NOT NULL,
    below BIGINT NOT NULL,
    reason TEXT NOT NULL,
    deadline BIGINT NOT NULL,
    receipt TEXT,
    PRIMARY KEY (lead, peer, below)
);

CREATE INDEX withdrawals_unanswered ON withdrawals (deadline) WHERE receipt IS NULL;

-- Purge receipts of recipients, as signed.
CREATE TABLE purge_receipts (
    digest TEXT PRIMARY KEY,
    lead UUID NOT NULL,
    peer BIGINT NOT NULL,
    below BIGINT NOT NULL,
    cause TEXT NOT NULL,
    live_erased_at BIGINT NOT NULL,
    copies_gone_by BIGINT NOT NULL,
    statement TEXT NOT NULL
);

CREATE INDEX purge_receipts_at ON purge_receipts (live_erased_at);

-- Under which agreement a lead came, when it must go, and why then.
ALTER TABLE received ADD COLUMN agreement UUID;
ALTER TABLE received ADD COLUMN agreement_version BIGINT;
ALTER TABLE received ADD COLUMN purge_at BIGINT;
ALTER TABLE received ADD COLUMN purge_cause TEXT;
CREATE INDEX received_purge_at ON received (purge_at);

-- The only claims that a narrowed recipient still gets, as JSON.
ALTER TABLE shares ADD COLUMN kept TEXT;
-- When the recipient must have purged what it was given last.
ALTER TABLE shares ADD COLUMN keep_until BIGINT;
CREATE INDEX shares_keep_until ON shares (keep_until) WHERE status NOT IN ('withdrawn', 'purged');

-- How often the sender took something back: what was judged before is judged again.
ALTER TABLE chains ADD COLUMN recalls BIGINT NOT NULL DEFAULT 0;
