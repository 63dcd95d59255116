-- A take-over whose answer was lost is asked for again. The claim tells whose
-- the last one was: a number that each take-over makes up for itself.

ALTER TABLE {schema}.head ADD COLUMN claim bigint NOT NULL DEFAULT 0;

DROP FUNCTION {schema}.take_over(bigint);

-- Raises the fence: from here on every earlier writer is refused. The same
-- claim again changes nothing. False when held is not 0 and not the fence:
-- another owner came meanwhile.
CREATE FUNCTION {schema}.take_over(held bigint, claimed bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  UPDATE head SET fence = fence + 1, claim = claimed
    WHERE claim <> claimed AND held IN (0, fence);
  IF NOT FOUND THEN
    RETURN (SELECT claim = claimed FROM head);
  END IF;
  -- In the order of commit_checkpoints, so that they never wait in a circle.
  PERFORM 1 FROM cursor ORDER BY kind, part FOR UPDATE;
  UPDATE cursor SET fence = (SELECT head.fence FROM head);
  RETURN true;
END $$;
