-- Entries are found by the agreements of the messages that they name, too: the index is made again from the log.
DELETE FROM log_indexed;
DELETE FROM log_terms;
DELETE FROM log_times;
