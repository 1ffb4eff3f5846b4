-- What a node knows. Times are milliseconds, node ids the number of their region code.
-- Raw values and disclosures are sealed (AES-256-GCM, one data key per record, kept in the key store).

CREATE TABLE node_state (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE peers (
    node BIGINT PRIMARY KEY,
    status TEXT NOT NULL,
    descriptor TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE users (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    duties TEXT NOT NULL,
    unit TEXT NOT NULL,
    password TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    status TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE agreements (
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE countersignatures (
    agreement UUID NOT NULL,
    version BIGINT NOT NULL,
    node BIGINT NOT NULL,
    statement TEXT NOT NULL,
    PRIMARY KEY (agreement, version, node)
);

CREATE TABLE leads (
    id UUID PRIMARY KEY,
    sub UUID NOT NULL UNIQUE,
    ver BIGINT NOT NULL,
    status TEXT NOT NULL,
    drafter UUID NOT NULL,
    data_key UUID NOT NULL,
    raw BYTEA NOT NULL
);

CREATE TABLE lead_versions (
    lead UUID NOT NULL,
    ver BIGINT NOT NULL,
    jws TEXT NOT NULL,
    disclosures BYTEA NOT NULL,
    PRIMARY KEY (lead, ver)
);

CREATE TABLE shares (
    lead UUID NOT NULL,
    peer BIGINT NOT NULL,
    agreement UUID NOT NULL,
    agreement_version BIGINT NOT NULL,
    roles TEXT NOT NULL,
    claims TEXT NOT NULL,
    ver BIGINT NOT NULL,
    person_ref TEXT NOT NULL,
    status TEXT NOT NULL,
    PRIMARY KEY (lead, peer)
);

CREATE TABLE received (
    sub UUID NOT NULL,
    ver BIGINT NOT NULL,
    x BYTEA NOT NULL,
    peer BIGINT NOT NULL,
    kind TEXT NOT NULL,
    data_key UUID NOT NULL,
    presentation BYTEA NOT NULL,
    PRIMARY KEY (sub, ver, x)
);

CREATE TABLE received_status (
    sub UUID PRIMARY KEY,
    peer BIGINT NOT NULL,
    ver BIGINT NOT NULL,
    status TEXT NOT NULL
);

CREATE TABLE statements (
    digest TEXT PRIMARY KEY,
    statement TEXT NOT NULL
);

CREATE TABLE drafts (
    id BIGSERIAL PRIMARY KEY,
    payload TEXT NOT NULL
);

CREATE TABLE chains (
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    direction TEXT NOT NULL,
    epoch TEXT,
    seq BIGINT NOT NULL,
    x BYTEA NOT NULL,
    acked BIGINT NOT NULL,
    PRIMARY KEY (peer, lane, direction)
);

CREATE TABLE chain_agreements (
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    agreement UUID NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (peer, lane, agreement, version)
);

CREATE TABLE outbox (
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq BIGINT NOT NULL,
    x BYTEA NOT NULL,
    header TEXT NOT NULL,
    lead UUID,
    ver BIGINT,
    attempts BIGINT NOT NULL,
    state TEXT NOT NULL,
    retry_at BIGINT,
    PRIMARY KEY (peer, lane, epoch, seq)
);

CREATE INDEX outbox_retry ON outbox (retry_at) WHERE retry_at IS NOT NULL;

CREATE TABLE inbox (
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq BIGINT NOT NULL,
    x BYTEA NOT NULL,
    leaf BIGINT NOT NULL,
    PRIMARY KEY (peer, lane, epoch, seq)
);

CREATE UNIQUE INDEX inbox_x ON inbox (x);

CREATE TABLE edits (
    leaf BIGINT PRIMARY KEY,
    lead UUID NOT NULL,
    ver BIGINT NOT NULL
);

CREATE TABLE log_head (
    id BIGINT PRIMARY KEY,
    turn BIGINT NOT NULL,
    size BIGINT NOT NULL,
    frontier BYTEA NOT NULL
);

CREATE TABLE log_entries (
    leaf BIGINT PRIMARY KEY,
    entry TEXT NOT NULL
);

CREATE TABLE log_tiles (
    level BIGINT NOT NULL,
    tile BIGINT NOT NULL,
    hashes BYTEA NOT NULL,
    PRIMARY KEY (level, tile)
);

CREATE TABLE checkpoints (
    size BIGINT PRIMARY KEY,
    root BYTEA NOT NULL,
    at BIGINT NOT NULL
);

CREATE TABLE cosignatures (
    peer BIGINT NOT NULL,
    size BIGINT NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (peer, size)
);

CREATE TABLE peer_heads (
    peer BIGINT NOT NULL,
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (peer, size)
);

CREATE TABLE receipts (
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    header TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (peer, lane, epoch, first, last)
);

CREATE TABLE alarms (
    id BIGSERIAL PRIMARY KEY,
    at BIGINT NOT NULL,
    code TEXT NOT NULL,
    peer BIGINT,
    proof TEXT
);

CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE idempotency (
    officer UUID NOT NULL,
    key TEXT NOT NULL,
    request BYTEA NOT NULL,
    response TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (officer, key)
);

-- The log only grows.
CREATE FUNCTION the_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the log only grows'; END $$;
CREATE TRIGGER log_entries_no_change BEFORE UPDATE OR DELETE ON log_entries FOR EACH ROW EXECUTE FUNCTION the_log_only_grows();

CREATE UNIQUE INDEX received_x ON received (x);
CREATE INDEX outbox_lead ON outbox (lead) WHERE lead IS NOT NULL;
CREATE UNIQUE INDEX inbox_leaf ON inbox (leaf);
