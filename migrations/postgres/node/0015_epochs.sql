-- The epochs of this node's log, and the index of the first entry of each.
CREATE TABLE epochs (
    counter BIGINT PRIMARY KEY,
    epoch TEXT NOT NULL,
    first BIGINT NOT NULL
);
INSERT INTO epochs (counter, epoch, first) SELECT 1, value, 0 FROM node_state WHERE name = 'epoch';

-- The counter of the epoch in which entries may be added, 0 while none may be: an instance that is still in another
-- one adds nothing.
ALTER TABLE log_head ADD COLUMN epoch BIGINT NOT NULL DEFAULT 1;

-- A log is known by its origin: a restored node goes on under another one. Whatever was kept is of first epochs.
ALTER TABLE cosignatures ADD COLUMN counter BIGINT NOT NULL DEFAULT 1;
ALTER TABLE cosignatures DROP CONSTRAINT cosignatures_pkey;
ALTER TABLE cosignatures ADD PRIMARY KEY (peer, counter, size);
ALTER TABLE cosignatures ALTER COLUMN counter DROP DEFAULT;

ALTER TABLE peer_heads ADD COLUMN counter BIGINT NOT NULL DEFAULT 1;
ALTER TABLE peer_heads DROP CONSTRAINT peer_heads_pkey;
ALTER TABLE peer_heads ADD PRIMARY KEY (peer, counter, size);
ALTER TABLE peer_heads ALTER COLUMN counter DROP DEFAULT;

-- A restored receiver settles again what it lost: the counter of its epoch tells the two receipts apart.
ALTER TABLE receipts ADD COLUMN counter BIGINT NOT NULL DEFAULT 1;
ALTER TABLE receipts DROP CONSTRAINT receipts_pkey;
ALTER TABLE receipts ADD PRIMARY KEY (peer, lane, epoch, first, last, counter);
ALTER TABLE receipts ALTER COLUMN counter DROP DEFAULT;
CREATE INDEX receipts_counter ON receipts (peer, counter);

-- For whom a draft waits: the peer has not said yet where the chain to it goes on.
ALTER TABLE drafts ADD COLUMN held_for BIGINT;

-- What a restored node lost, as its peers tell it: records in a version that is not here, and messages.
CREATE TABLE lost_records (
    peer BIGINT NOT NULL,
    sub UUID NOT NULL,
    ver BIGINT NOT NULL,
    lead UUID,
    PRIMARY KEY (peer, sub)
);
CREATE INDEX lost_records_lead ON lost_records (lead) WHERE lead IS NOT NULL;

CREATE TABLE lost_messages (
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (peer, lane, epoch)
);
