-- The planner's statistics hold samples of a column, which no erasure reaches: none of what is sealed, said or points to
-- a person. Naming the type again drops those that were taken.
ALTER TABLE leads ALTER COLUMN raw TYPE BYTEA, ALTER COLUMN raw SET STATISTICS 0;
ALTER TABLE lead_versions ALTER COLUMN disclosures TYPE BYTEA, ALTER COLUMN disclosures SET STATISTICS 0;
ALTER TABLE lead_versions ALTER COLUMN jws TYPE TEXT, ALTER COLUMN jws SET STATISTICS 0;
ALTER TABLE received ALTER COLUMN presentation TYPE BYTEA, ALTER COLUMN presentation SET STATISTICS 0;
ALTER TABLE shares ALTER COLUMN person_ref TYPE TEXT, ALTER COLUMN person_ref SET STATISTICS 0;
ALTER TABLE idempotency ALTER COLUMN request TYPE BYTEA, ALTER COLUMN request SET STATISTICS 0;
ALTER TABLE idempotency ALTER COLUMN response TYPE TEXT, ALTER COLUMN response SET STATISTICS 0;
