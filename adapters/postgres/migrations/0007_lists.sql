-- What the lists for people need: who holds a token, tokens by their texts.

-- Only of what never changes: an update of a position that changes no indexed
-- column touches no index (HOT), and units change with every trade. That also
-- needs room on the page of the row, and each index more makes an update
-- without it dearer. With these shares HOT are 72 and 100 of 100 updates, not 29
-- and 45, and the tables are no larger in the end.
CREATE INDEX position_mint ON {schema}.position (mint);
ALTER TABLE {schema}.position SET (fillfactor = 60);
ALTER TABLE {schema}.token SET (fillfactor = 50);

-- The state of a token is packed sooner than by pglz, in the same room.
DO $$
BEGIN
  ALTER TABLE {schema}.token ALTER COLUMN extra SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  NULL;
END $$;

-- Makes the index of names and symbols where the database has pg_trgm or may
-- get it, and tells whether it is there. `migrate` asks each time: without the
-- extension searches read the whole table until an administrator brings it.
CREATE FUNCTION {schema}.prepare_token_search() RETURNS boolean
LANGUAGE plpgsql SET search_path = {schema}, pg_temp AS $$
DECLARE
  home name;
BEGIN
  IF to_regclass('token_text') IS NOT NULL THEN
    RETURN true;
  END IF;
  -- Never into a schema of ours: what goes with one store would take the
  -- indexes of others along.
  IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_trgm') THEN
    -- Two stores at a time: the second one waits and finds it.
    PERFORM pg_advisory_xact_lock(1886744946, 0);
    CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public;
  END IF;
  SELECT n.nspname INTO STRICT home FROM pg_extension e
    JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_trgm';
  EXECUTE format('CREATE INDEX token_text ON token USING gin '
                 '(symbol %1$I.gin_trgm_ops, name %1$I.gin_trgm_ops) '
                 'WITH (gin_pending_list_limit = 1024)', home);
  RETURN true;
EXCEPTION
  -- Not allowed, not installed, no schema public.
  WHEN insufficient_privilege OR feature_not_supported OR undefined_file
    OR invalid_schema_name THEN
    RETURN false;
END $$;
