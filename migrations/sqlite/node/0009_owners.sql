-- A lead is known by its public id and its owner: the same id under another owner is another lead.
CREATE TABLE received_status_by_owner (
    sub BLOB NOT NULL,
    peer INTEGER NOT NULL,
    ver INTEGER NOT NULL,
    status TEXT NOT NULL,
    statement BLOB,
    PRIMARY KEY (sub, peer)
) STRICT;
INSERT INTO received_status_by_owner (sub, peer, ver, status, statement)
    SELECT sub, peer, ver, status, statement FROM received_status;
DROP TABLE received_status;
ALTER TABLE received_status_by_owner RENAME TO received_status;

-- The version of the agreement by the digest of its terms: two proposals may have one number. What was stored
-- before gets it when the node opens, with all else that older rows lack.
ALTER TABLE received ADD COLUMN agreement_digest BLOB;
ALTER TABLE shares ADD COLUMN agreement_digest BLOB;
ALTER TABLE purges ADD COLUMN agreement_digest BLOB;
