-- A lead is known by its public id and its owner: the same id under another owner is another lead.
ALTER TABLE received_status DROP CONSTRAINT received_status_pkey;
ALTER TABLE received_status ADD PRIMARY KEY (sub, peer);

-- The version of the agreement by the digest of its terms: two proposals may have one number. What was stored
-- before gets it when the node opens, with all else that older rows lack.
ALTER TABLE received ADD COLUMN agreement_digest BYTEA;
ALTER TABLE shares ADD COLUMN agreement_digest BYTEA;
ALTER TABLE purges ADD COLUMN agreement_digest BYTEA;
