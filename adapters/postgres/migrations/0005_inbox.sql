-- Payloads of webhooks that are not in the journal yet.

CREATE TABLE {schema}.inbox (
  id bigint PRIMARY KEY,
  payload bytea NOT NULL
);

CREATE TABLE {schema}.inbox_total (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  last_id bigint NOT NULL,
  payloads bigint NOT NULL,
  bytes bigint NOT NULL
);
INSERT INTO {schema}.inbox_total VALUES (true, 0, 0, 0);

-- Appends one and returns its id, or null when it does not fit. The row of
-- totals is locked until the end of the transaction, so ids ascend in the order
-- of commits: who reads on behind an id misses none.
CREATE FUNCTION {schema}.append_inbox(
  payload bytea, payloads_max bigint, bytes_max bigint
) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH total AS (
    UPDATE inbox_total
      SET last_id = last_id + 1, payloads = payloads + 1,
        bytes = bytes + octet_length($1)
      WHERE payloads < $2 AND bytes + octet_length($1) <= $3
      RETURNING last_id
  )
  INSERT INTO inbox SELECT last_id, $1 FROM total RETURNING id;
$$;

CREATE FUNCTION {schema}.remove_inbox(up_to bigint) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  WITH gone AS (
    DELETE FROM inbox WHERE id <= $1 RETURNING octet_length(payload) AS size
  )
  UPDATE inbox_total
    SET payloads = payloads - (SELECT count(*) FROM gone),
      bytes = bytes - (SELECT coalesce(sum(size), 0) FROM gone);
$$;
