-- What a node knows. Times are milliseconds, node ids the number of their region code.
-- Raw values and disclosures are sealed (AES-256-GCM, one data key per record, kept in the key store).

CREATE TABLE node_state (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE peers (
    node INTEGER PRIMARY KEY,
    status TEXT NOT NULL,
    descriptor TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id BLOB PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    duties TEXT NOT NULL,
    unit TEXT NOT NULL,
    password TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    status TEXT NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT;

CREATE TABLE agreements (
    id BLOB NOT NULL,
    version INTEGER NOT NULL,
    digest BLOB NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT;

CREATE TABLE countersignatures (
    agreement BLOB NOT NULL,
    version INTEGER NOT NULL,
    node INTEGER NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (agreement, version, node)
) STRICT;

CREATE TABLE leads (
    id BLOB PRIMARY KEY,
    sub BLOB NOT NULL UNIQUE,
    ver INTEGER NOT NULL,
    status TEXT NOT NULL,
    drafter BLOB NOT NULL,
    data_key BLOB NOT NULL,
    raw BLOB NOT NULL
) STRICT;

CREATE TABLE lead_versions (
    lead BLOB NOT NULL,
    ver INTEGER NOT NULL,
    jws TEXT NOT NULL,
    disclosures BLOB NOT NULL,
    PRIMARY KEY (lead, ver)
) STRICT;

CREATE TABLE shares (
    lead BLOB NOT NULL,
    peer INTEGER NOT NULL,
    agreement BLOB NOT NULL,
    agreement_version INTEGER NOT NULL,
    roles TEXT NOT NULL,
    claims TEXT NOT NULL,
    ver INTEGER NOT NULL,
    person_ref TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (lead, peer)
) STRICT;

CREATE TABLE received (
    sub BLOB NOT NULL,
    ver INTEGER NOT NULL,
    x BLOB NOT NULL,
    peer INTEGER NOT NULL,
    kind TEXT NOT NULL,
    data_key BLOB NOT NULL,
    presentation BLOB NOT NULL,
    PRIMARY KEY (sub, ver, x)
) STRICT;

CREATE TABLE received_status (
    sub BLOB PRIMARY KEY,
    peer INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    status TEXT NOT NULL
) STRICT;

CREATE TABLE statements (
    digest TEXT PRIMARY KEY,
    statement TEXT NOT NULL
) STRICT;

CREATE TABLE drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    payload TEXT NOT NULL
) STRICT;

CREATE TABLE chains (
    peer INTEGER NOT NULL,
    lane TEXT NOT NULL,
    direction TEXT NOT NULL,
    epoch TEXT,
    seq INTEGER NOT NULL,
    x BLOB NOT NULL,
    acked INTEGER NOT NULL,
    PRIMARY KEY (peer, lane, direction)
) STRICT;

CREATE TABLE chain_agreements (
    peer INTEGER NOT NULL,
    lane TEXT NOT NULL,
    agreement BLOB NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (peer, lane, agreement, version)
) STRICT;

CREATE TABLE outbox (
    peer INTEGER NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    x BLOB NOT NULL,
    header TEXT NOT NULL,
    lead BLOB,
    ver INTEGER,
    attempts INTEGER NOT NULL,
    state TEXT NOT NULL,
    retry_at INTEGER,
    PRIMARY KEY (peer, lane, epoch, seq)
) STRICT;

CREATE INDEX outbox_retry ON outbox (retry_at) WHERE retry_at IS NOT NULL;

CREATE TABLE inbox (
    peer INTEGER NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL,
    x BLOB NOT NULL,
    leaf INTEGER NOT NULL,
    PRIMARY KEY (peer, lane, epoch, seq)
) STRICT;

CREATE UNIQUE INDEX inbox_x ON inbox (x);

CREATE TABLE edits (
    leaf INTEGER PRIMARY KEY,
    lead BLOB NOT NULL,
    ver INTEGER NOT NULL
) STRICT;

CREATE TABLE log_head (
    id INTEGER PRIMARY KEY,
    turn INTEGER NOT NULL,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL
) STRICT;

CREATE TABLE log_entries (
    leaf INTEGER PRIMARY KEY,
    entry TEXT NOT NULL
) STRICT;

CREATE TABLE log_tiles (
    level INTEGER NOT NULL,
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (level, tile)
) STRICT;

CREATE TABLE checkpoints (
    size INTEGER PRIMARY KEY,
    root BLOB NOT NULL,
    at INTEGER NOT NULL
) STRICT;

CREATE TABLE cosignatures (
    peer INTEGER NOT NULL,
    size INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (peer, size)
) STRICT;

CREATE TABLE peer_heads (
    peer INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (peer, size)
) STRICT;

CREATE TABLE receipts (
    peer INTEGER NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    header TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (peer, lane, epoch, first, last)
) STRICT;

CREATE TABLE alarms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    code TEXT NOT NULL,
    peer INTEGER,
    proof TEXT
) STRICT;

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE TABLE idempotency (
    officer BLOB NOT NULL,
    key TEXT NOT NULL,
    request BLOB NOT NULL,
    response TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (officer, key)
) STRICT;

-- The log only grows.
CREATE TRIGGER log_entries_no_update BEFORE UPDATE ON log_entries BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;
CREATE TRIGGER log_entries_no_delete BEFORE DELETE ON log_entries BEGIN SELECT RAISE(ABORT, 'the log only grows'); END;

CREATE UNIQUE INDEX received_x ON received (x);
CREATE INDEX outbox_lead ON outbox (lead) WHERE lead IS NOT NULL;
CREATE UNIQUE INDEX inbox_leaf ON inbox (leaf);
