-- How much each node carries. Programs of before go on with the beat of before,
-- and carry 0.

ALTER TABLE {schema}.node ADD COLUMN partitions integer NOT NULL DEFAULT 0;

-- Says that a process lives, and how many partitions it has. False when another
-- one that lives has its name.
CREATE FUNCTION {schema}.node_beat(
  my_name text, my_id bigint, my_http text, my_peer text, my_build text,
  my_partitions integer, ttl interval
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  IF NOT node_beat(my_name, my_id, my_http, my_peer, my_build, ttl) THEN
    RETURN false;
  END IF;
  UPDATE node SET partitions = my_partitions
  WHERE id = my_id AND partitions <> my_partitions;
  RETURN true;
END $$;
