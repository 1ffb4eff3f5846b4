-- What SQLite has built in: a JSON array as rows of text, and the bytes of a UUID from its hexadecimal form.
CREATE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT)
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT json_array_elements_text($1::json) $$;
CREATE FUNCTION unhex(digits TEXT) RETURNS UUID
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$ SELECT $1::uuid $$;
