-- Drafts held for peers that are away are no work for each round.
CREATE INDEX drafts_ready ON drafts (id) WHERE held_for IS NULL;
