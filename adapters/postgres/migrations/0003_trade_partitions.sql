-- Partitions of trade by ranges of slots, made before they are needed. Together
-- they cover all slots below a bound without a hole; trade_default takes what
-- is above it.

CREATE TABLE {schema}.trade_partition (
  to_slot bigint PRIMARY KEY,
  -- null: from the beginning
  from_slot bigint,
  name text NOT NULL
);

-- Makes partitions of `width` slots up to `ahead` whole ones above the last
-- sealed slot, and returns how many it made. Rows that came before their
-- partition did become one: they stay where they are, and trade_default starts
-- empty again. So it is at most scanned while it is small, but for the first
-- time in an older store. Two at a time: the second one does nothing.
CREATE FUNCTION {schema}.prepare_trade_partitions(
  width bigint, ahead integer
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  -- Slots below have partitions; null = there is none.
  bound bigint;
  next bigint;
  sealed bigint;
  highest bigint;
  made integer := 0;
BEGIN
  IF width < 1 OR ahead NOT BETWEEN 0 AND 16 THEN
    RAISE 'no such partitions' USING ERRCODE = '22023';
  END IF;
  IF NOT pg_try_advisory_xact_lock(1886744945, hashtext(current_schema())) THEN
    RETURN 0;
  END IF;
  SELECT max(to_slot) INTO bound FROM trade_partition;
  IF EXISTS (SELECT FROM trade_default) THEN
    -- The parent first, as an epoch takes its locks.
    LOCK TABLE trade IN ACCESS EXCLUSIVE MODE;
    SELECT max(slot) INTO highest FROM trade_default;
    next := (highest / width + 1) * width;
    ALTER TABLE trade DETACH PARTITION trade_default;
    EXECUTE format('ALTER TABLE trade_default RENAME TO %I', 'trade_to_' || next);
    PERFORM add_trade_partition(bound, next);
    CREATE TABLE trade_default (LIKE trade INCLUDING ALL EXCLUDING INDEXES);
    ALTER TABLE trade ATTACH PARTITION trade_default DEFAULT;
    bound := next;
    made := 1;
  END IF;
  SELECT greatest(sealed_slot, open_slot) INTO sealed FROM head;
  IF sealed = 0 THEN
    RETURN made;
  END IF;
  -- What the chain jumped over is one partition.
  next := greatest(sealed / width * width, coalesce(bound, 0));
  WHILE coalesce(bound, 0) < (sealed / width + 1 + ahead) * width LOOP
    IF next > coalesce(bound, 0) THEN
      -- A table of its own that is attached: CREATE … PARTITION OF would keep
      -- epochs out while it works.
      EXECUTE format('CREATE TABLE %I (LIKE trade INCLUDING ALL EXCLUDING INDEXES)',
                     'trade_to_' || next);
      PERFORM add_trade_partition(bound, next);
      bound := next;
      made := made + 1;
    END IF;
    next := (next / width + 1) * width;
  END LOOP;
  RETURN made;
END $$;

-- Attaches the table trade_to_<high>.
CREATE FUNCTION {schema}.add_trade_partition(low bigint, high bigint)
RETURNS void
LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE trade ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                 'trade_to_' || high, coalesce(low::text, 'MINVALUE'), high);
  INSERT INTO trade_partition VALUES (high, low, 'trade_to_' || high);
END $$;

-- What an older store has.
DO $$
BEGIN
  PERFORM {schema}.prepare_trade_partitions(216000, 2);
END $$;
