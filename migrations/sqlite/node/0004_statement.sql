-- The digest of the statement that holds the current version: another one under the same version is refused.
-- None for what was received before; the next presentation of it says which.
ALTER TABLE received_status ADD COLUMN statement BLOB;
