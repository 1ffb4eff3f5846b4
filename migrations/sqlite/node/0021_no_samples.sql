-- SQLite keeps no samples of columns.
SELECT 1;
