-- What SQLite has built in: a JSON array as rows of text, and the bytes of a UUID from its hexadecimal form.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT json_array_elements_text($1::json) $$;
CREATE FUNCTION unhex(digits TEXT) RETURNS UUID
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT $1::uuid $$;

-- One wrapped data key per record: nonce (12), encrypted key (32), tag (16).
CREATE TABLE data_keys (
    id      UUID   PRIMARY KEY,
    wrapped BYTEA  NOT NULL CHECK (length(wrapped) = 60),
    made_at BIGINT NOT NULL
);
CREATE INDEX data_keys_made_at ON data_keys (made_at);
