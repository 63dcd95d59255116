-- The journal, the states that are folded from it, and the two statements that
-- write them. docs/reference/store.md says what the columns mean.
--
-- {schema} stands for the schema of the store. Times are unix seconds; slots,
-- positions and times are bigint because SQL has no unsigned types, amounts
-- that may need more than 63 bits are numeric.

CREATE TABLE {schema}.identity (
  id smallint PRIMARY KEY CHECK (id = 1),
  hash_seed bigint NOT NULL,
  partitions integer NOT NULL CHECK (partitions IN (1, 2, 4, 8, 16, 32, 64)),
  created_at timestamptz NOT NULL DEFAULT now()
);

-- One row that every epoch rewrites: room on its page keeps the update HOT.
CREATE TABLE {schema}.head (
  id smallint PRIMARY KEY CHECK (id = 1),
  fence bigint NOT NULL,
  epoch bigint NOT NULL,
  jpos bigint NOT NULL,
  chain_time bigint NOT NULL,
  sealed_slot bigint NOT NULL,
  first_slot bigint NOT NULL,
  open_slot bigint NOT NULL,
  open_slot_jpos bigint NOT NULL,
  trades bigint NOT NULL,
  token_events bigint NOT NULL
) WITH (fillfactor = 10);
INSERT INTO {schema}.head VALUES (1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

-- Append-only. What no query asks for is packed in body.
CREATE TABLE {schema}.trade (
  jpos bigint NOT NULL,
  slot bigint NOT NULL,
  tx_index bigint NOT NULL,
  ix_path bigint NOT NULL,
  block_time bigint NOT NULL,
  wallet_hash smallint NOT NULL,
  mint_hash smallint NOT NULL,
  side smallint NOT NULL,
  wallet bytea NOT NULL,
  mint bytea NOT NULL,
  quote_mint bytea NOT NULL,
  signature bytea NOT NULL,
  token_units numeric(20, 0) NOT NULL,
  quote_units numeric(20, 0) NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (slot, tx_index, ix_path)
) PARTITION BY RANGE (slot);
CREATE TABLE {schema}.trade_default PARTITION OF {schema}.trade DEFAULT;
CREATE INDEX trade_jpos ON {schema}.trade (jpos);
CREATE INDEX trade_wallet ON {schema}.trade (wallet, jpos);
CREATE INDEX trade_mint ON {schema}.trade (mint, jpos);
CREATE INDEX trade_time ON {schema}.trade USING brin (block_time)
  WITH (autosummarize = on);

CREATE TABLE {schema}.token_event (
  jpos bigint NOT NULL,
  slot bigint NOT NULL,
  tx_index bigint NOT NULL,
  ix_path bigint NOT NULL,
  block_time bigint NOT NULL,
  mint_hash smallint NOT NULL,
  kind smallint NOT NULL,
  wallet bytea NOT NULL,
  mint bytea NOT NULL,
  signature bytea NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (slot, tx_index, ix_path)
);
CREATE INDEX token_event_jpos ON {schema}.token_event (jpos);
CREATE INDEX token_event_mint ON {schema}.token_event (mint, jpos);

-- Both in one: kind 0 is a trade, above it token_event.kind + 1.
CREATE VIEW {schema}.journal AS
  SELECT jpos, 0::smallint AS kind, slot, tx_index, ix_path, block_time,
    wallet, mint, signature, body FROM {schema}.trade
  UNION ALL
  SELECT jpos, (kind + 1)::smallint, slot, tx_index, ix_path, block_time,
    wallet, mint, signature, body FROM {schema}.token_event;

CREATE TABLE {schema}.slot (
  slot bigint PRIMARY KEY,
  parent bigint NOT NULL,
  block_time bigint NOT NULL,
  executed_transactions bigint NOT NULL,
  trades bigint NOT NULL,
  token_events bigint NOT NULL,
  ignored bigint NOT NULL,
  dead_letters bigint NOT NULL,
  failed_transactions bigint NOT NULL
);
CREATE TABLE {schema}.gap (
  from_slot bigint NOT NULL,
  to_slot bigint NOT NULL,
  opened_at bigint NOT NULL,
  reason text NOT NULL,
  filled boolean NOT NULL,
  PRIMARY KEY (from_slot, to_slot)
);
CREATE TABLE {schema}.dead_letter (
  slot bigint NOT NULL,
  tx_index bigint NOT NULL,
  ix_path bigint NOT NULL,
  block_time bigint NOT NULL,
  program smallint NOT NULL,
  reason smallint NOT NULL,
  decoder_version bigint NOT NULL,
  signature bytea NOT NULL,
  raw bytea NOT NULL,
  PRIMARY KEY (slot, tx_index, ix_path)
);
CREATE TABLE {schema}.repair (
  kind smallint NOT NULL,
  key bytea NOT NULL,
  jpos bigint NOT NULL,
  PRIMARY KEY (kind, key, jpos)
);
CREATE TABLE {schema}.pool (
  pool bytea PRIMARY KEY,
  base_mint bytea NOT NULL,
  quote_mint bytea NOT NULL
);

-- One row per partition of each kind. The fence stands here as well, so that a
-- take-over waits for checkpoints that are at work and refuses all later ones.
CREATE TABLE {schema}.cursor (
  kind smallint NOT NULL,
  part smallint NOT NULL,
  fence bigint NOT NULL,
  jpos bigint NOT NULL,
  chain_time bigint NOT NULL,
  published_jpos bigint NOT NULL,
  PRIMARY KEY (kind, part)
) WITH (fillfactor = 20);

-- hash: the 10 bits of the key that give its partition.
CREATE TABLE {schema}.wallet (
  wallet bytea PRIMARY KEY,
  hash smallint NOT NULL,
  realized numeric(39, 0) NOT NULL,
  state bytea NOT NULL,
  extra bytea NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX wallet_hash ON {schema}.wallet (hash);
CREATE TABLE {schema}.position (
  wallet bytea NOT NULL,
  mint bytea NOT NULL,
  quote_mint bytea NOT NULL,
  hash smallint NOT NULL,
  units numeric(39, 0) NOT NULL,
  realized numeric(39, 0) NOT NULL,
  state bytea NOT NULL,
  lots bytea NOT NULL,
  PRIMARY KEY (wallet, mint, quote_mint)
) WITH (fillfactor = 80);
CREATE INDEX position_hash ON {schema}.position (hash);
CREATE TABLE {schema}.wallet_bucket (
  hash smallint NOT NULL,
  length integer NOT NULL,
  start bigint NOT NULL,
  wallet bytea NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (hash, length, start, wallet)
) WITH (fillfactor = 80);
CREATE TABLE {schema}.token (
  mint bytea PRIMARY KEY,
  hash smallint NOT NULL,
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
  extra bytea NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX token_hash ON {schema}.token (hash);
CREATE TABLE {schema}.candle (
  mint bytea NOT NULL,
  quote_mint bytea NOT NULL,
  length integer NOT NULL,
  open_time bigint NOT NULL,
  hash smallint NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (mint, quote_mint, length, open_time)
) WITH (fillfactor = 80);
CREATE INDEX candle_recent ON {schema}.candle (hash, open_time);

-- Raises the fence: from here on every earlier writer is refused. False when
-- held is not 0 and not the fence: another owner came meanwhile.
CREATE FUNCTION {schema}.take_over(held bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
BEGIN
  UPDATE head SET fence = fence + 1 WHERE held IN (0, fence);
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  -- In the order of commit_checkpoints, so that they never wait in a circle.
  PERFORM 1 FROM cursor ORDER BY kind, part FOR UPDATE;
  UPDATE cursor SET fence = (SELECT head.fence FROM head);
  RETURN true;
END $$;

-- Appends one epoch. Returns 0 = committed, 1 = fenced, 2 = stale (nothing was
-- written then). before and after: fence, epoch, jpos, chain_time, sealed_slot,
-- first_slot, open_slot, open_slot_jpos.
CREATE FUNCTION {schema}.commit_epoch(
  before bigint[], after bigint[],
  t_jpos bigint[], t_slot bigint[], t_tx_index bigint[], t_ix_path bigint[],
  t_block_time bigint[], t_wallet_hash smallint[], t_mint_hash smallint[],
  t_side smallint[], t_wallet bytea[], t_mint bytea[], t_quote_mint bytea[],
  t_signature bytea[], t_token_units numeric[], t_quote_units numeric[],
  t_body bytea[],
  e_jpos bigint[], e_slot bigint[], e_tx_index bigint[], e_ix_path bigint[],
  e_block_time bigint[], e_mint_hash smallint[], e_kind smallint[],
  e_wallet bytea[], e_mint bytea[], e_signature bytea[], e_body bytea[],
  s_slot bigint[], s_parent bigint[], s_block_time bigint[],
  s_executed_transactions bigint[], s_trades bigint[], s_token_events bigint[],
  s_ignored bigint[], s_dead_letters bigint[], s_failed_transactions bigint[],
  d_slot bigint[], d_tx_index bigint[], d_ix_path bigint[],
  d_block_time bigint[], d_program smallint[], d_reason smallint[],
  d_decoder_version bigint[], d_signature bytea[], d_raw bytea[],
  resolved_slot bigint[], resolved_tx_index bigint[], resolved_ix_path bigint[],
  voided_slot bigint[],
  g_from_slot bigint[], g_to_slot bigint[], g_opened_at bigint[],
  g_reason text[],
  filled_from_slot bigint[], filled_to_slot bigint[],
  r_kind smallint[], r_key bytea[], r_jpos bigint[],
  p_pool bytea[], p_base_mint bytea[], p_quote_mint bytea[]
) RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  changed bigint;
BEGIN
  UPDATE head SET epoch = after[2], jpos = after[3], chain_time = after[4],
    sealed_slot = after[5], first_slot = after[6], open_slot = after[7],
    open_slot_jpos = after[8], trades = trades + cardinality(t_jpos),
    token_events = token_events + cardinality(e_jpos)
  WHERE (fence, epoch, jpos, chain_time, sealed_slot, first_slot, open_slot,
         open_slot_jpos)
    = (before[1], before[2], before[3], before[4], before[5], before[6],
       before[7], before[8]);
  IF NOT FOUND THEN
    RETURN CASE WHEN (SELECT fence FROM head) = before[1] THEN 2 ELSE 1 END;
  END IF;

  IF cardinality(t_jpos) > 0 THEN
    INSERT INTO trade SELECT * FROM unnest(t_jpos, t_slot, t_tx_index,
      t_ix_path, t_block_time, t_wallet_hash, t_mint_hash, t_side, t_wallet,
      t_mint, t_quote_mint, t_signature, t_token_units, t_quote_units, t_body);
  END IF;
  IF cardinality(e_jpos) > 0 THEN
    INSERT INTO token_event SELECT * FROM unnest(e_jpos, e_slot, e_tx_index,
      e_ix_path, e_block_time, e_mint_hash, e_kind, e_wallet, e_mint,
      e_signature, e_body);
    IF EXISTS (
      SELECT FROM unnest(e_slot, e_tx_index, e_ix_path) k (slot, tx, ix)
      WHERE EXISTS (SELECT FROM trade t WHERE t.slot = k.slot
                      AND t.tx_index = k.tx AND t.ix_path = k.ix)) THEN
      RAISE 'a token event has the key of a trade' USING ERRCODE = 'PS001';
    END IF;
  END IF;
  -- Few slots of an epoch hold events at all.
  IF cardinality(t_jpos) > 0 AND EXISTS (
    SELECT FROM token_event e
    WHERE e.slot BETWEEN (SELECT min(x) FROM unnest(t_slot) x)
                     AND (SELECT max(x) FROM unnest(t_slot) x)
      AND (e.slot, e.tx_index, e.ix_path) IN (
        SELECT * FROM unnest(t_slot, t_tx_index, t_ix_path))) THEN
    RAISE 'a trade has the key of a token event' USING ERRCODE = 'PS001';
  END IF;

  INSERT INTO slot SELECT * FROM unnest(s_slot, s_parent, s_block_time,
    s_executed_transactions, s_trades, s_token_events, s_ignored,
    s_dead_letters, s_failed_transactions);

  IF cardinality(d_slot) > 0 THEN
    INSERT INTO dead_letter SELECT * FROM unnest(d_slot, d_tx_index, d_ix_path,
      d_block_time, d_program, d_reason, d_decoder_version, d_signature, d_raw)
    ON CONFLICT DO NOTHING;
  END IF;
  IF cardinality(resolved_slot) > 0 THEN
    DELETE FROM dead_letter WHERE (slot, tx_index, ix_path) IN (
      SELECT * FROM unnest(resolved_slot, resolved_tx_index, resolved_ix_path));
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> cardinality(resolved_slot) THEN
      RAISE 'a dead letter that is resolved does not exist'
        USING ERRCODE = 'PS001';
    END IF;
  END IF;
  IF cardinality(voided_slot) > 0 THEN
    DELETE FROM slot WHERE slot = ANY (voided_slot);
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> cardinality(voided_slot) THEN
      RAISE 'a slot that is voided is not sealed' USING ERRCODE = 'PS001';
    END IF;
    DELETE FROM dead_letter WHERE slot = ANY (voided_slot);
  END IF;
  IF cardinality(g_from_slot) > 0 THEN
    INSERT INTO gap SELECT *, false FROM unnest(g_from_slot, g_to_slot,
      g_opened_at, g_reason);
  END IF;
  IF cardinality(filled_from_slot) > 0 THEN
    UPDATE gap SET filled = true WHERE NOT filled AND (from_slot, to_slot) IN (
      SELECT * FROM unnest(filled_from_slot, filled_to_slot));
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> cardinality(filled_from_slot) THEN
      RAISE 'a gap that is filled is not open' USING ERRCODE = 'PS001';
    END IF;
  END IF;
  IF cardinality(r_kind) > 0 THEN
    INSERT INTO repair SELECT * FROM unnest(r_kind, r_key, r_jpos);
  END IF;
  -- What a pool holds never changes: naming it again is no violation.
  IF cardinality(p_pool) > 0 THEN
    INSERT INTO pool SELECT DISTINCT ON (pool) * FROM unnest(p_pool,
      p_base_mint, p_quote_mint) x (pool, base_mint, quote_mint)
    ON CONFLICT (pool) DO UPDATE SET base_mint = excluded.base_mint,
      quote_mint = excluded.quote_mint;
  END IF;
  RETURN 0;
END $$;

-- Writes the states of some partitions, all or none. Returns one number per
-- partition: 0 = its cursor is as expected, 1 = fenced, 2 = stale. Anything was
-- written only when all are 0. hash_first and hash_last: the hashes of the
-- partition; expired_5m, expired_1h: buckets below go, 0 = none.
CREATE FUNCTION {schema}.commit_checkpoints(
  c_fence bigint[], c_kind smallint[], c_part smallint[],
  before_jpos bigint[], before_chain_time bigint[],
  before_published_jpos bigint[],
  after_jpos bigint[], after_chain_time bigint[], after_published_jpos bigint[],
  hash_first smallint[], hash_last smallint[],
  expired_5m bigint[], expired_1h bigint[],
  replaced_wallet bytea[], replaced_hash smallint[], replaced_mint bytea[],
  w_wallet bytea[], w_hash smallint[], w_realized numeric[], w_state bytea[],
  w_extra bytea[],
  p_wallet bytea[], p_mint bytea[], p_quote_mint bytea[], p_hash smallint[],
  p_units numeric[], p_realized numeric[], p_state bytea[], p_lots bytea[],
  b_hash smallint[], b_length integer[], b_start bigint[], b_wallet bytea[],
  b_state bytea[],
  empty_hash smallint[], empty_length integer[], empty_start bigint[],
  empty_wallet bytea[],
  t_mint bytea[], t_hash smallint[], t_quote_mint bytea[], t_name text[],
  t_symbol text[], t_uri text[], t_creator bytea[], t_created_at bigint[],
  t_last_price_quote numeric[], t_last_price_token numeric[],
  t_last_trade_at bigint[], t_graduated smallint[], t_market_cap numeric[],
  t_reserve_breaks bigint[], t_extra bytea[],
  k_mint bytea[], k_quote_mint bytea[], k_length integer[],
  k_open_time bigint[], k_hash smallint[], k_state bytea[],
  done_kind smallint[], done_key bytea[], done_jpos bigint[]
) RETURNS smallint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  outcomes smallint[];
  hashes smallint[];
BEGIN
  -- Until the end of the transaction: a checkpoint that a crash of the server
  -- takes is folded again from the journal.
  PERFORM set_config('synchronous_commit', 'off', true);
  PERFORM 1 FROM cursor c WHERE (c.kind, c.part) IN (
    SELECT * FROM unnest(c_kind, c_part)) ORDER BY c.kind, c.part FOR UPDATE;
  SELECT array_agg(CASE
      WHEN c.fence <> x.fence THEN 1
      WHEN (c.jpos, c.chain_time, c.published_jpos)
        <> (x.jpos, x.chain_time, x.published_jpos) THEN 2
      ELSE 0 END::smallint ORDER BY x.number)
    INTO outcomes
    FROM unnest(c_fence, c_kind, c_part, before_jpos, before_chain_time,
                before_published_jpos) WITH ORDINALITY
      x (fence, kind, part, jpos, chain_time, published_jpos, number)
    JOIN cursor c ON c.kind = x.kind AND c.part = x.part;
  IF cardinality(outcomes) IS DISTINCT FROM cardinality(c_kind) THEN
    RAISE 'a partition has no cursor' USING ERRCODE = 'PS001';
  END IF;
  IF 1 = ANY (outcomes) OR 2 = ANY (outcomes) THEN
    RETURN outcomes;
  END IF;
  IF (SELECT max(x) FROM unnest(after_jpos) x) > (SELECT jpos FROM head) THEN
    RAISE 'a checkpoint is ahead of the journal' USING ERRCODE = 'PS001';
  END IF;

  IF cardinality(replaced_wallet) > 0 THEN
    DELETE FROM position WHERE wallet = ANY (replaced_wallet);
    DELETE FROM wallet_bucket WHERE hash = ANY (replaced_hash)
      AND wallet = ANY (replaced_wallet);
  END IF;
  IF cardinality(replaced_mint) > 0 THEN
    DELETE FROM candle WHERE mint = ANY (replaced_mint);
  END IF;
  IF cardinality(w_wallet) > 0 THEN
    INSERT INTO wallet SELECT * FROM unnest(w_wallet, w_hash, w_realized,
      w_state, w_extra)
    ON CONFLICT (wallet) DO UPDATE SET realized = excluded.realized,
      state = excluded.state, extra = excluded.extra;
  END IF;
  IF cardinality(p_wallet) > 0 THEN
    INSERT INTO position SELECT * FROM unnest(p_wallet, p_mint, p_quote_mint,
      p_hash, p_units, p_realized, p_state, p_lots)
    ON CONFLICT (wallet, mint, quote_mint) DO UPDATE SET
      units = excluded.units, realized = excluded.realized,
      state = excluded.state, lots = excluded.lots;
  END IF;
  IF cardinality(b_wallet) > 0 THEN
    INSERT INTO wallet_bucket SELECT * FROM unnest(b_hash, b_length, b_start,
      b_wallet, b_state)
    ON CONFLICT (hash, length, start, wallet) DO UPDATE SET
      state = excluded.state;
  END IF;
  IF cardinality(empty_wallet) > 0 THEN
    DELETE FROM wallet_bucket WHERE (hash, length, start, wallet) IN (
      SELECT * FROM unnest(empty_hash, empty_length, empty_start,
        empty_wallet));
  END IF;
  IF cardinality(t_mint) > 0 THEN
    INSERT INTO token SELECT x.mint, hash, quote_mint, name, symbol, uri,
      creator, created_at, price_quote, price_token, last_trade_at,
      graduated <> 0, market_cap, reserve_breaks, extra
    FROM unnest(t_mint, t_hash, t_quote_mint, t_name, t_symbol, t_uri,
      t_creator, t_created_at, t_last_price_quote, t_last_price_token,
      t_last_trade_at, t_graduated, t_market_cap, t_reserve_breaks, t_extra)
      x (mint, hash, quote_mint, name, symbol, uri, creator, created_at,
         price_quote, price_token, last_trade_at, graduated, market_cap,
         reserve_breaks, extra)
    ON CONFLICT (mint) DO UPDATE SET quote_mint = excluded.quote_mint,
      name = excluded.name, symbol = excluded.symbol, uri = excluded.uri,
      creator = excluded.creator, created_at = excluded.created_at,
      last_price_quote = excluded.last_price_quote,
      last_price_token = excluded.last_price_token,
      last_trade_at = excluded.last_trade_at, graduated = excluded.graduated,
      market_cap = excluded.market_cap,
      reserve_breaks = excluded.reserve_breaks, extra = excluded.extra;
  END IF;
  IF cardinality(k_mint) > 0 THEN
    INSERT INTO candle SELECT * FROM unnest(k_mint, k_quote_mint, k_length,
      k_open_time, k_hash, k_state)
    ON CONFLICT (mint, quote_mint, length, open_time) DO UPDATE SET
      state = excluded.state;
  END IF;
  FOR i IN 1 .. cardinality(c_kind) LOOP
    CONTINUE WHEN expired_5m[i] = 0 AND expired_1h[i] = 0;
    -- One by one they are as many seeks, a range would read all there is.
    hashes := ARRAY(SELECT generate_series(hash_first[i]::integer, hash_last[i]));
    IF expired_5m[i] <> 0 THEN
      DELETE FROM wallet_bucket WHERE length = 300 AND start < expired_5m[i]
        AND hash = ANY (hashes);
    END IF;
    IF expired_1h[i] <> 0 THEN
      DELETE FROM wallet_bucket WHERE length = 3600 AND start < expired_1h[i]
        AND hash = ANY (hashes);
    END IF;
  END LOOP;
  IF cardinality(done_kind) > 0 THEN
    DELETE FROM repair WHERE (kind, key, jpos) IN (
      SELECT * FROM unnest(done_kind, done_key, done_jpos));
  END IF;
  UPDATE cursor c SET jpos = x.jpos, chain_time = x.chain_time,
    published_jpos = x.published_jpos
  FROM unnest(c_kind, c_part, after_jpos, after_chain_time,
              after_published_jpos)
    x (kind, part, jpos, chain_time, published_jpos)
  WHERE c.kind = x.kind AND c.part = x.part;
  RETURN outcomes;
END $$;
