-- Which place of a message an alarm is about: claim, code point and kind, never a value.
ALTER TABLE alarms ADD COLUMN place TEXT;
