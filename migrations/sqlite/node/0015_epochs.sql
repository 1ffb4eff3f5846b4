-- The epochs of this node's log, and the index of the first entry of each.
CREATE TABLE epochs (
    counter INTEGER PRIMARY KEY,
    epoch TEXT NOT NULL,
    first INTEGER NOT NULL
) STRICT;
INSERT INTO epochs (counter, epoch, first) SELECT 1, value, 0 FROM node_state WHERE name = 'epoch';

-- The counter of the epoch in which entries may be added, 0 while none may be: an instance that is still in another
-- one adds nothing.
ALTER TABLE log_head ADD COLUMN epoch INTEGER NOT NULL DEFAULT 1;

-- A log is known by its origin: a restored node goes on under another one. Whatever was kept is of first epochs.
CREATE TABLE cosignatures_by_log (
    peer INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    size INTEGER NOT NULL,
    line TEXT NOT NULL,
    PRIMARY KEY (peer, counter, size)
) STRICT;
INSERT INTO cosignatures_by_log (peer, counter, size, line) SELECT peer, 1, size, line FROM cosignatures;
DROP TABLE cosignatures;
ALTER TABLE cosignatures_by_log RENAME TO cosignatures;
CREATE INDEX cosignatures_size ON cosignatures (size, peer);

CREATE TABLE peer_heads_by_log (
    peer INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (peer, counter, size)
) STRICT;
INSERT INTO peer_heads_by_log (peer, counter, size, root, note) SELECT peer, 1, size, root, note FROM peer_heads;
DROP TABLE peer_heads;
ALTER TABLE peer_heads_by_log RENAME TO peer_heads;

-- A restored receiver settles again what it lost: the counter of its epoch tells the two receipts apart.
CREATE TABLE receipts_by_log (
    peer INTEGER NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    counter INTEGER NOT NULL,
    header TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (peer, lane, epoch, first, last, counter)
) STRICT;
INSERT INTO receipts_by_log (peer, lane, epoch, first, last, counter, header, body)
    SELECT peer, lane, epoch, first, last, 1, header, body FROM receipts;
DROP TABLE receipts;
ALTER TABLE receipts_by_log RENAME TO receipts;
CREATE INDEX receipts_counter ON receipts (peer, counter);

-- For whom a draft waits: the peer has not said yet where the chain to it goes on.
ALTER TABLE drafts ADD COLUMN held_for INTEGER;

-- What a restored node lost, as its peers tell it: records in a version that is not here, and messages.
CREATE TABLE lost_records (
    peer INTEGER NOT NULL,
    sub BLOB NOT NULL,
    ver INTEGER NOT NULL,
    lead BLOB,
    PRIMARY KEY (peer, sub)
) STRICT;
CREATE INDEX lost_records_lead ON lost_records (lead) WHERE lead IS NOT NULL;

CREATE TABLE lost_messages (
    peer INTEGER NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (peer, lane, epoch)
) STRICT;
