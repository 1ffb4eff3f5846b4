-- Who held a lease the how manieth, and how many in a row took it and did not live to renew it.

ALTER TABLE leases ADD COLUMN token BIGINT NOT NULL DEFAULT 1;
ALTER TABLE leases ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
