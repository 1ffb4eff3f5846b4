-- json_each and unhex come with the node schema, in the same database.
SELECT 1;
