-- json_each and unhex are built in; the PostgreSQL side defines them.
SELECT 1;
