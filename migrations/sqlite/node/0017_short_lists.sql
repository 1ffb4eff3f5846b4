-- json_each is built in; the PostgreSQL side changes its own.
SELECT 1;
