-- Old partitions of trade are dropped when states of all that they touched are
-- kept as a baseline. docs/adr/0010-retention-and-baselines.md says why so.

-- Where the journal begins. Baselines of passes up to `pass` count; 0 = nothing
-- was dropped.
CREATE TABLE {schema}.retention (
  id smallint PRIMARY KEY CHECK (id = 1),
  pass bigint NOT NULL,
  start_slot bigint NOT NULL,
  start_time bigint NOT NULL,
  dropped_trades bigint NOT NULL,
  dropped_token_events bigint NOT NULL,
  dropped_jpos bigint NOT NULL
);
INSERT INTO {schema}.retention VALUES (1, 0, 0, 0, 0, 0, 0);

-- The pass that is under way: rows below to_slot and up to the position up_to
-- become baselines; those of the keys up to done_key of done_kind (0 wallets,
-- 1 tokens, 2 all) are there.
CREATE TABLE {schema}.retention_pass (
  id smallint PRIMARY KEY CHECK (id = 1),
  pass bigint NOT NULL,
  to_slot bigint NOT NULL,
  up_to bigint NOT NULL,
  newest bigint NOT NULL,
  start_time bigint NOT NULL,
  trades bigint NOT NULL,
  token_events bigint NOT NULL,
  highest_jpos bigint NOT NULL,
  done_kind smallint NOT NULL,
  done_key bytea NOT NULL
);

-- Columns as in the tables of the states. Of a key the row of the last pass
-- counts that touched it.
CREATE TABLE {schema}.baseline_wallet (
  wallet bytea NOT NULL,
  pass bigint NOT NULL,
  realized numeric(39, 0) NOT NULL,
  state bytea NOT NULL,
  extra bytea NOT NULL,
  PRIMARY KEY (wallet, pass)
);
CREATE TABLE {schema}.baseline_position (
  wallet bytea NOT NULL,
  mint bytea NOT NULL,
  quote_mint bytea NOT NULL,
  pass bigint NOT NULL,
  units numeric(39, 0) NOT NULL,
  realized numeric(39, 0) NOT NULL,
  state bytea NOT NULL,
  lots bytea NOT NULL,
  PRIMARY KEY (wallet, mint, quote_mint, pass)
);
CREATE TABLE {schema}.baseline_token (
  mint bytea NOT NULL,
  pass bigint NOT NULL,
  quote_mint bytea NOT NULL,
  name text NOT NULL,
  symbol text NOT NULL,
  uri text NOT NULL,
  creator bytea NOT NULL,
  created_at bigint NOT NULL,
  last_price_quote numeric(39, 0) NOT NULL,
  last_price_token numeric(39, 0) NOT NULL,
  last_trade_at bigint NOT NULL,
  graduated boolean NOT NULL,
  market_cap numeric(39, 0),
  reserve_breaks bigint NOT NULL,
  extra bytea NOT NULL,
  PRIMARY KEY (mint, pass)
);

-- A token that is folded again from its baseline does not make the bars again
-- that closed before: they stay.
CREATE FUNCTION {schema}.keep_old_candle() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  IF OLD.open_time < (SELECT start_time - start_time % OLD.length
                      FROM retention WHERE pass > 0) THEN
    RETURN NULL;
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER keep_old_candle BEFORE DELETE ON {schema}.candle
  FOR EACH ROW EXECUTE FUNCTION {schema}.keep_old_candle();

-- Tells whether the journal has rows below a slot with positions in a range.
CREATE FUNCTION {schema}.has_rows_below(slot_end bigint, after bigint,
                                        last bigint) RETURNS boolean
LANGUAGE sql STABLE SET search_path = {schema}, pg_temp AS $$
  SELECT EXISTS (SELECT FROM trade t WHERE t.jpos > after AND t.jpos <= last
                   AND t.slot < slot_end)
    OR EXISTS (SELECT FROM token_event e WHERE e.jpos > after
                 AND e.jpos <= last AND e.slot < slot_end)
$$;

-- Goes on with the pass that is under way, or begins one: the lowest bound of a
-- partition below which all may go. outcome: 0 = there is a pass, 1 = fenced,
-- 2 = nothing may go; held_by says what keeps something that is old enough.
CREATE FUNCTION {schema}.begin_retention_pass(
  held bigint, age bigint, slots_kept bigint,
  OUT outcome smallint, OUT pass bigint, OUT to_slot bigint, OUT up_to bigint,
  OUT done_kind smallint, OUT done_key bytea, OUT held_by text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  h head%ROWTYPE;
  r retention%ROWTYPE;
  p retention_pass%ROWTYPE;
  horizon bigint;
  folded bigint;
  slot_last bigint;
  bound bigint;
  time_before bigint;
  start bigint;
BEGIN
  held_by := '';
  SELECT * INTO h FROM head;
  IF h.fence <> held THEN
    outcome := 1;
    RETURN;
  END IF;
  SELECT * INTO r FROM retention;
  -- A chain whose time ran ahead must not make all of it old.
  horizon := least(h.chain_time, floor(extract(epoch FROM now()))::bigint) - age;
  SELECT * INTO p FROM retention_pass FOR UPDATE;
  IF FOUND THEN
    IF p.newest < horizon AND NOT has_rows_below(p.to_slot, p.up_to, h.jpos) THEN
      outcome := 0;
      pass := p.pass;
      to_slot := p.to_slot;
      up_to := p.up_to;
      done_kind := p.done_kind;
      done_key := p.done_key;
      RETURN;
    END IF;
    DELETE FROM retention_pass;
  END IF;

  outcome := 2;
  SELECT min(least(c.jpos, c.published_jpos)) INTO folded FROM cursor c;
  SELECT s.slot INTO slot_last FROM slot s ORDER BY s.slot DESC
    OFFSET greatest(slots_kept, 64) LIMIT 1;
  IF slot_last IS NULL THEN
    RETURN;
  END IF;
  FOR bound IN SELECT t.to_slot FROM trade_partition t
                 WHERE t.to_slot <= slot_last ORDER BY t.to_slot LOOP
    SELECT s.block_time INTO time_before FROM slot s WHERE s.slot < bound
      ORDER BY s.slot DESC LIMIT 1;
    EXIT WHEN time_before >= horizon;
    -- The block behind a gap tells how old it is.
    IF EXISTS (SELECT FROM gap g WHERE NOT g.filled AND g.from_slot < bound
                 AND (bound <= g.to_slot OR coalesce((
                   SELECT s.block_time FROM slot s
                   WHERE s.slot > g.to_slot AND s.block_time > 0
                   ORDER BY s.slot LIMIT 1), horizon) >= horizon)) THEN
      held_by := 'an open gap below slot ' || bound
        || ' is not old enough, or reaches across it';
      CONTINUE;
    END IF;
    IF has_rows_below(bound, folded, h.jpos) THEN
      held_by := 'not all below slot ' || bound
        || ' is folded, stored and published';
      EXIT;
    END IF;
    IF EXISTS (SELECT FROM repair q
               WHERE has_rows_below(bound, q.jpos - 1, q.jpos)) THEN
      held_by := 'a repair is open below slot ' || bound;
      EXIT;
    END IF;
    SELECT count(*), max(t.jpos), max(t.block_time)
      INTO p.trades, p.highest_jpos, p.newest FROM trade t
      WHERE t.slot < bound AND t.jpos <= h.jpos;
    start := greatest(r.start_time, p.newest - (p.newest % 60 + 60) % 60);
    SELECT count(*), greatest(max(e.jpos), p.highest_jpos),
        greatest(max(e.block_time), p.newest)
      INTO p.token_events, p.highest_jpos, p.newest FROM token_event e
      WHERE e.slot < bound AND e.jpos <= h.jpos;
    EXIT WHEN p.newest >= horizon;
    IF EXISTS (SELECT FROM trade t WHERE t.slot >= bound
                 AND t.block_time < start) THEN
      held_by := 'block times go back behind slot ' || bound;
      CONTINUE;
    END IF;
    -- What a pass left that was given up.
    DELETE FROM baseline_wallet b WHERE b.pass > r.pass;
    DELETE FROM baseline_position b WHERE b.pass > r.pass;
    DELETE FROM baseline_token b WHERE b.pass > r.pass;
    outcome := 0;
    pass := r.pass + 1;
    to_slot := bound;
    up_to := h.jpos;
    done_kind := 0;
    done_key := '';
    held_by := '';
    INSERT INTO retention_pass VALUES (1, pass, bound, up_to,
      coalesce(p.newest, 0), start, p.trades, p.token_events,
      greatest(r.dropped_jpos, p.highest_jpos), done_kind, done_key);
    RETURN;
  END LOOP;
END $$;

-- Adds the baselines of some keys to the pass that is under way. numbers: fence,
-- pass, up_to, done_kind before and after; keys: done_key before and after.
-- Returns 0 = done, 1 = fenced, 2 = the pass is not there: nothing was written.
CREATE FUNCTION {schema}.stage_baselines(
  numbers bigint[], keys bytea[],
  w_wallet bytea[], w_realized numeric[], w_state bytea[], w_extra bytea[],
  p_wallet bytea[], p_mint bytea[], p_quote_mint bytea[], p_units numeric[],
  p_realized numeric[], p_state bytea[], p_lots bytea[],
  t_mint bytea[], t_quote_mint bytea[], t_name text[], t_symbol text[],
  t_uri text[], t_creator bytea[], t_created_at bigint[],
  t_last_price_quote numeric[], t_last_price_token numeric[],
  t_last_trade_at bigint[], t_graduated smallint[], t_market_cap numeric[],
  t_reserve_breaks bigint[], t_extra bytea[]
) RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  this bigint := numbers[2];
BEGIN
  UPDATE retention_pass p SET done_kind = numbers[5], done_key = keys[2]
  WHERE (p.pass, p.up_to, p.done_kind) = (numbers[2], numbers[3], numbers[4])
    AND p.done_key = keys[1] AND numbers[1] = (SELECT fence FROM head);
  IF NOT FOUND THEN
    RETURN CASE WHEN (SELECT fence FROM head) = numbers[1] THEN 2 ELSE 1 END;
  END IF;
  INSERT INTO baseline_wallet SELECT wallet, this, realized, state, extra
    FROM unnest(w_wallet, w_realized, w_state, w_extra)
      x (wallet, realized, state, extra);
  INSERT INTO baseline_position
    SELECT wallet, mint, quote_mint, this, units, realized, state, lots
    FROM unnest(p_wallet, p_mint, p_quote_mint, p_units, p_realized, p_state,
                p_lots)
      x (wallet, mint, quote_mint, units, realized, state, lots);
  INSERT INTO baseline_token SELECT x.mint, this, quote_mint, name, symbol, uri,
      creator, created_at, price_quote, price_token, last_trade_at,
      graduated <> 0, market_cap, reserve_breaks, extra
    FROM unnest(t_mint, t_quote_mint, t_name, t_symbol, t_uri, t_creator,
      t_created_at, t_last_price_quote, t_last_price_token, t_last_trade_at,
      t_graduated, t_market_cap, t_reserve_breaks, t_extra)
      x (mint, quote_mint, name, symbol, uri, creator, created_at, price_quote,
         price_token, last_trade_at, graduated, market_cap, reserve_breaks,
         extra);
  RETURN 0;
END $$;

-- Drops what the pass has baselines of: from here on the journal begins at its
-- to_slot, and the server refuses rows below. Returns 0 = dropped, 1 = fenced,
-- 2 = the pass is not there, not whole, or rows came below it.
CREATE FUNCTION {schema}.finish_retention_pass(held bigint, passed bigint)
RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  p retention_pass%ROWTYPE;
  seen bigint;
  gone bigint;
  part text;
BEGIN
  SELECT jpos INTO seen FROM head WHERE fence = held;
  IF NOT FOUND THEN
    RETURN 1;
  END IF;
  SELECT * INTO p FROM retention_pass WHERE pass = passed AND done_kind = 2
    FOR UPDATE;
  IF NOT FOUND OR has_rows_below(p.to_slot, p.up_to, seen)
      OR EXISTS (SELECT FROM trade t WHERE t.jpos > p.up_to AND t.jpos <= seen
                   AND t.block_time < p.start_time) THEN
    RETURN 2;
  END IF;
  -- What takes long keeps nobody out: no epoch waits yet.
  DELETE FROM token_event e WHERE e.slot < p.to_slot;
  GET DIAGNOSTICS gone = ROW_COUNT;

  -- In the order in which an epoch takes its locks. It waits at the first one.
  PERFORM set_config('lock_timeout', '250ms', true);
  PERFORM 1 FROM head WHERE fence = held FOR UPDATE;
  IF NOT FOUND OR gone <> p.token_events
      OR has_rows_below(p.to_slot, seen, (SELECT jpos FROM head))
      OR EXISTS (SELECT FROM trade t WHERE t.jpos > seen
                   AND t.block_time < p.start_time) THEN
    RAISE 'rows or an owner came while a pass ended' USING ERRCODE = '40001';
  END IF;
  LOCK TABLE trade, token_event IN ACCESS EXCLUSIVE MODE;
  FOR part IN SELECT name FROM trade_partition WHERE to_slot <= p.to_slot LOOP
    EXECUTE format('ALTER TABLE trade DETACH PARTITION %I', part);
    EXECUTE format('DROP TABLE %I', part);
  END LOOP;
  DELETE FROM trade_partition WHERE to_slot <= p.to_slot;
  -- Not checked against the rows that are there: that would read them all. A
  -- name of its own each time: tables that became partitions keep what they had.
  EXECUTE format('ALTER TABLE trade DROP CONSTRAINT IF EXISTS retained_%s, '
                 'ADD CONSTRAINT retained_%s CHECK (slot >= %s AND '
                 'block_time >= %s) NOT VALID',
                 p.pass - 1, p.pass, p.to_slot, p.start_time);
  -- It becomes a partition one day, and those must be checked.
  EXECUTE format('ALTER TABLE trade_default VALIDATE CONSTRAINT retained_%s',
                 p.pass);
  EXECUTE format('ALTER TABLE token_event DROP CONSTRAINT IF EXISTS '
                 'retained_%s, ADD CONSTRAINT retained_%s '
                 'CHECK (slot >= %s) NOT VALID', p.pass - 1, p.pass, p.to_slot);
  UPDATE retention SET pass = p.pass, start_slot = p.to_slot,
    start_time = p.start_time,
    dropped_trades = dropped_trades + p.trades,
    dropped_token_events = dropped_token_events + p.token_events,
    dropped_jpos = p.highest_jpos;
  DELETE FROM retention_pass;
  RETURN 0;
END $$;

-- Deletes what no longer counts: baselines of keys that a later pass touched.
CREATE FUNCTION {schema}.clean_baselines() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
  DELETE FROM baseline_wallet o USING baseline_wallet n, retention r
    WHERE n.wallet = o.wallet AND o.pass < n.pass AND n.pass <= r.pass;
  DELETE FROM baseline_position o USING baseline_position n, retention r
    WHERE (n.wallet, n.mint, n.quote_mint) = (o.wallet, o.mint, o.quote_mint)
      AND o.pass < n.pass AND n.pass <= r.pass;
  DELETE FROM baseline_token o USING baseline_token n, retention r
    WHERE n.mint = o.mint AND o.pass < n.pass AND n.pass <= r.pass;
$$;
