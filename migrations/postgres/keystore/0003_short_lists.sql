-- A list made an array is taken for ten values, not for a hundred: the planner then goes by the index, where it read
-- the whole table.
CREATE OR REPLACE FUNCTION json_each(list TEXT) RETURNS TABLE (value TEXT)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 10
    AS $$ SELECT unnest(ARRAY(SELECT json_array_elements_text($1::json))) $$;
