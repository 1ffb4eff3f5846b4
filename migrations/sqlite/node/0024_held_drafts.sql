-- What goes to a peer once more is found in the order in which it is due; and so are the peers that messages are held for.
CREATE INDEX outbox_turn ON outbox (peer, retry_at, lane, seq) WHERE retry_at IS NOT NULL;
CREATE INDEX drafts_held ON drafts (held_for) WHERE held_for IS NOT NULL;
