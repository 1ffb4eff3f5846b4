-- What goes to a peer once more is found without a look at all that ever went to it; how much that is, too.
CREATE INDEX outbox_due ON outbox (peer, lane, retry_at) WHERE retry_at IS NOT NULL;
