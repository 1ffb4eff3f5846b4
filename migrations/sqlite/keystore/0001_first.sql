-- One wrapped data key per record: nonce (12), encrypted key (32), tag (16).
CREATE TABLE data_keys (
    id      BLOB    PRIMARY KEY CHECK (length(id) = 16),
    wrapped BLOB    NOT NULL CHECK (length(wrapped) = 60),
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX data_keys_made_at ON data_keys (made_at);
