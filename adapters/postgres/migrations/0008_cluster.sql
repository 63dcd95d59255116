-- Nodes that share this store, and which of them has the sequencer. Only the
-- server's clock counts: a node lives as long as its last beat is younger than
-- the time that everybody names.

CREATE TABLE {schema}.node (
  name text PRIMARY KEY,
  -- Of the process, made up when it starts.
  id bigint NOT NULL,
  http text NOT NULL,
  -- Where other nodes ask it; empty = they cannot.
  peer text NOT NULL,
  build text NOT NULL,
  draining boolean NOT NULL DEFAULT false,
  started_at timestamptz NOT NULL,
  beat_at timestamptz NOT NULL
) WITH (fillfactor = 20);

-- The node that has the sequencer; 0 = none, or one that is no node.
ALTER TABLE {schema}.head ADD COLUMN owner bigint NOT NULL DEFAULT 0;

-- Says that a process lives. False when another one that lives has its name.
CREATE FUNCTION {schema}.node_beat(
  my_name text, my_id bigint, my_http text, my_peer text, my_build text,
  ttl interval
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  -- A beat that a crash of the server takes is followed by the next one.
  PERFORM set_config('synchronous_commit', 'off', true);
  DELETE FROM node WHERE id <> my_id
    AND beat_at < clock_timestamp() - interval '1 day';
  INSERT INTO node VALUES (my_name, my_id, my_http, my_peer, my_build, false,
    clock_timestamp(), clock_timestamp())
  ON CONFLICT (name) DO UPDATE SET id = my_id, http = my_http, peer = my_peer,
    build = my_build, beat_at = clock_timestamp(),
    draining = node.draining AND node.id = my_id,
    started_at = CASE WHEN node.id = my_id THEN node.started_at
                      ELSE clock_timestamp() END
  WHERE node.id = my_id OR node.beat_at < clock_timestamp() - ttl;
  RETURN FOUND;
END $$;

-- Gives the sequencer to a node when nobody who lives has it: raises the fence,
-- so that whoever had it is refused from here on. Returns the fence, of this or
-- of an earlier claim; 0 = somebody who lives has it.
CREATE FUNCTION {schema}.sequencer_claim(
  my_id bigint, claimed bigint, ttl interval
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  had_by bigint;
BEGIN
  SELECT owner INTO had_by FROM head FOR UPDATE;
  IF had_by <> my_id THEN
    IF EXISTS (SELECT 1 FROM node WHERE id = had_by
               AND beat_at >= clock_timestamp() - ttl) THEN
      RETURN 0;
    END IF;
    PERFORM take_over(0, claimed);
    UPDATE head SET owner = my_id;
  END IF;
  RETURN (SELECT fence FROM head);
END $$;

-- Gives back what a node has, and forgets it.
CREATE FUNCTION {schema}.node_leave(my_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  UPDATE head SET owner = 0 WHERE owner = my_id;
  DELETE FROM node WHERE id = my_id;
END $$;

-- Asks a node to give all away and end. False when no such node lives.
CREATE FUNCTION {schema}.node_drain(its_name text, ttl interval)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  UPDATE node SET draining = true WHERE name = its_name
    AND beat_at >= clock_timestamp() - ttl;
  RETURN FOUND;
END $$;
