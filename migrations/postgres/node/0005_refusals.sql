-- The visible list of messages that peers refused for good, and which message an alarm is about.

CREATE TABLE refusals (
    id BIGSERIAL PRIMARY KEY,
    at BIGINT NOT NULL,
    peer BIGINT NOT NULL,
    lane TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq BIGINT NOT NULL,
    x BYTEA NOT NULL,
    code TEXT NOT NULL
);

-- What was refused before; when, was not kept then.
INSERT INTO refusals (at, peer, lane, epoch, seq, x, code)
SELECT 0, peer, lane, epoch, seq, x, substr(state, 9) FROM outbox
WHERE state LIKE 'refused:%' AND retry_at IS NULL AND state NOT IN
('refused:agreement_not_yet_known', 'refused:agreement_not_countersigned', 'refused:not_yet_valid', 'refused:key_unknown')
ORDER BY peer, lane, epoch, seq;

ALTER TABLE alarms ADD COLUMN x BYTEA;
