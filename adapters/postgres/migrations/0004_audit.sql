-- What the audit found: states that were not the fold of their journal.

CREATE TABLE {schema}.audit (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  found_at bigint NOT NULL,
  kind smallint NOT NULL,
  key bytea NOT NULL,
  jpos bigint NOT NULL,
  what text NOT NULL
);

-- Adds one; the last 1,000 stay.
CREATE FUNCTION {schema}.record_audit(
  found_at bigint, kind smallint, key bytea, jpos bigint, what text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  DELETE FROM audit WHERE number <= (SELECT max(number) - 999 FROM audit);
  INSERT INTO audit (found_at, kind, key, jpos, what)
    VALUES ($1, $2, $3, $4, left($5, 1000));
$$;
