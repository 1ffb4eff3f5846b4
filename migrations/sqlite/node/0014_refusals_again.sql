-- When an officer had a message that was refused for good sent once more.

ALTER TABLE refusals ADD COLUMN again_at INTEGER;
