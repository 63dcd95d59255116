#include "adapters/postgres/hot_statements.hpp"

#include "domain/crash_point.hpp"
#include "messages/row_codec.hpp"

#include <initializer_list>

namespace pumpscope::adapters::postgres {

namespace {

using domain::errc;
using messages::commit_outcome;
using type = element_type;

/// Statements answer with small arrays of smallint.
constexpr int binary_format = 1;

/// SQLSTATEs.
constexpr auto check_violation = "23514";
constexpr auto serialization_failure = "40001";

/// Appends arrays of these types and returns the first.
size_t append(std::vector<binary_array>& to,
              std::initializer_list<element_type> types) {
  auto result = to.size();
  for (auto x : types)
    to.emplace_back(x);
  return result;
}

/// Adds one row: a value to each of the arrays from `first` on.
template <class... Ts>
void add_row(std::vector<binary_array>& to, size_t first, const Ts&... xs) {
  auto add = [&](const auto& x) {
    using T = std::decay_t<decltype(x)>;
    auto& array = to[first++];
    if constexpr (std::is_enum_v<T>)
      array.add(static_cast<int64_t>(x));
    else if constexpr (std::is_same_v<T, std::string>)
      array.add(std::string_view{x});
    else if constexpr (std::is_integral_v<
                         T> && std::is_unsigned_v<T> && sizeof(T) <= 8)
      array.add(static_cast<uint64_t>(x));
    else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8)
      array.add(static_cast<int64_t>(x));
    else
      array.add(x);
  };
  (add(xs), ...);
}

void add_head(std::vector<binary_array>& to, const messages::head_row& x) {
  auto& array = to.emplace_back(type::int8);
  for (auto value : {x.fence, x.epoch, x.jpos})
    array.add(value);
  array.add(x.chain_time);
  for (auto value :
       {x.sealed_slot, x.first_slot, x.open_slot, x.open_slot_jpos})
    array.add(value);
}

int16_t int2_at(const char* bytes) {
  auto byte = [&](int i) { return static_cast<uint8_t>(bytes[i]); };
  return static_cast<int16_t>(byte(0) << 8 | byte(1));
}

commit_outcome to_outcome(int16_t x) {
  switch (x) {
    case 0:
      return commit_outcome::committed;
    case 1:
      return commit_outcome::fenced;
    default:
      return commit_outcome::stale;
  }
}

} // namespace

hot_statements::hot_statements(const postgres_options& options,
                               messages::store_identity id)
  : text_(connection_text(options)), place_(place_of(options)), id_(id) {
}

int64_t hot_statements::hash_of(const domain::pubkey& key) const {
  return static_cast<int64_t>(domain::key_hash(key, id_.hash_seed)
                              % domain::hash_slots);
}

PGconn* hot_statements::connection() {
  if (connection_ && PQstatus(connection_.get()) == CONNECTION_OK)
    return connection_.get();
  prepared_.clear();
  connection_.reset(PQconnectdb(text_.c_str()));
  if (!connection_ || PQstatus(connection_.get()) != CONNECTION_OK) {
    auto text = std::string{connection_ ? PQerrorMessage(connection_.get())
                                        : "no memory"};
    connection_.reset();
    throw failure{to_error(place_, "08001", text)};
  }
  // What the server says beside its answers is not for standard error.
  PQsetNoticeProcessor(
    connection_.get(), [](void*, const char*) {}, nullptr);
  return connection_.get();
}

hot_statements::answer
hot_statements::call(const char* name, std::vector<binary_array>& parameters) {
  auto to = connection();
  auto count = parameters.size();
  auto values = std::vector<const char*>{};
  auto lengths = std::vector<int>{};
  for (auto& x : parameters) {
    auto bytes = x.bytes();
    values.push_back(bytes.data());
    lengths.push_back(static_cast<int>(bytes.size()));
  }
  auto formats = std::vector<int>(count, binary_format);
  if (!prepared_.contains(name)) {
    auto sql = "SELECT " + std::string{name} + "(";
    auto types = std::vector<Oid>{};
    for (size_t i = 1; i <= count; ++i) {
      sql += (i == 1 ? "$" : ", $") + std::to_string(i);
      types.push_back(array_type_of(parameters[i - 1].type()));
    }
    auto prepared = answer{PQprepare(to, name, (sql + ")").c_str(),
                                     static_cast<int>(count), types.data())};
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK) {
      auto state = PQresultErrorField(prepared.get(), PG_DIAG_SQLSTATE);
      auto error = to_error(place_, state == nullptr ? "08006" : state,
                            PQresultErrorMessage(prepared.get()));
      if (state == nullptr)
        connection_.reset();
      throw failure{std::move(error)};
    }
    prepared_.emplace(name);
  }
  domain::crash_point(domain::crash_step::before_send);
  auto rows = answer{};
  if (PQsendQueryPrepared(to, name, static_cast<int>(count), values.data(),
                          lengths.data(), formats.data(), binary_format)
      != 0) {
    domain::crash_point(domain::crash_step::after_send);
    // The last result counts; behind it comes the end of the statement.
    while (auto next = PQgetResult(to))
      rows.reset(next);
  }
  if (PQresultStatus(rows.get()) == PGRES_TUPLES_OK)
    return rows;
  const char* state = PQresultErrorField(rows.get(), PG_DIAG_SQLSTATE);
  // Without a state it is the client that gave up; class 57P is the server
  // going down, maybe behind the commit.
  if (state == nullptr || std::string_view{state}.starts_with("57P")
      || PQstatus(to) != CONNECTION_OK) {
    connection_.reset();
    return nullptr;
  }
  // A row was on its way to a partition that another one took the place of. No
  // CHECK of ours is without a name.
  if (std::string_view{state} == check_violation
      && PQresultErrorField(rows.get(), PG_DIAG_CONSTRAINT_NAME) == nullptr)
    state = serialization_failure;
  throw failure{to_error(place_, state, PQresultErrorMessage(rows.get()))};
}

commit_outcome hot_statements::commit(const messages::epoch& x) {
  auto parameters = std::vector<binary_array>{};
  add_head(parameters, x.before);
  add_head(parameters, x.after);
  add_rows(x, parameters);
  auto rows = call("commit_epoch", parameters);
  if (!rows)
    return commit_outcome::unknown;
  return to_outcome(int2_at(PQgetvalue(rows.get(), 0, 0)));
}

void hot_statements::add_rows(const messages::epoch& x,
                              std::vector<binary_array>& to) {
  using domain::u128;
  auto at = append(to, {type::int8, type::int8, type::int8, type::int8,
                        type::int8, type::int2, type::int2, type::int2,
                        type::bytea, type::bytea, type::bytea, type::bytea,
                        type::numeric, type::numeric, type::bytea});
  for (auto& row : x.trades) {
    pack_body(packer_, row);
    add_row(to, at, row.jpos, row.position.slot, row.position.tx_index,
            row.position.ix_path, row.block_time, hash_of(row.wallet),
            hash_of(row.mint), row.side, row.wallet, row.mint, row.quote_mint,
            row.signature, u128{row.token_units}, u128{row.quote_units},
            packer_.bytes());
  }
  at = append(to, {type::int8, type::int8, type::int8, type::int8, type::int8,
                   type::int2, type::int2, type::bytea, type::bytea,
                   type::bytea, type::bytea});
  for (auto& row : x.token_events) {
    pack_body(packer_, row);
    add_row(to, at, row.jpos, row.position.slot, row.position.tx_index,
            row.position.ix_path, row.block_time, hash_of(row.mint), row.kind,
            row.wallet, row.mint, row.signature, packer_.bytes());
  }
  at = append(to, {type::int8, type::int8, type::int8, type::int8, type::int8,
                   type::int8, type::int8, type::int8, type::int8});
  for (auto& row : x.slots)
    add_row(to, at, row.slot, row.parent, row.block_time,
            row.executed_transactions, row.trades, row.token_events,
            row.ignored, row.dead_letters, row.failed_transactions);
  at = append(to, {type::int8, type::int8, type::int8, type::int8, type::int2,
                   type::int2, type::int8, type::bytea, type::bytea});
  for (auto& row : x.dead_letters)
    add_row(to, at, row.position.slot, row.position.tx_index,
            row.position.ix_path, row.block_time, row.program, row.reason,
            row.decoder_version, row.signature, row.raw);
  at = append(to, {type::int8, type::int8, type::int8});
  for (auto& key : x.dead_letters_resolved)
    add_row(to, at, key.slot, key.tx_index, key.ix_path);
  at = append(to, {type::int8});
  for (auto slot : x.slots_voided)
    add_row(to, at, slot);
  at = append(to, {type::int8, type::int8, type::int8, type::text});
  for (auto& row : x.gaps_opened)
    add_row(to, at, row.from_slot, row.to_slot, row.opened_at, row.reason);
  at = append(to, {type::int8, type::int8});
  for (auto& row : x.gaps_filled)
    add_row(to, at, row.from_slot, row.to_slot);
  at = append(to, {type::int2, type::bytea, type::int8});
  for (auto& row : x.repairs)
    add_row(to, at, row.kind, row.key, row.jpos);
  at = append(to, {type::bytea, type::bytea, type::bytea});
  for (auto& row : x.pools)
    add_row(to, at, row.pool, row.base_mint, row.quote_mint);
}

std::vector<commit_outcome>
hot_statements::commit(std::span<const messages::checkpoint* const> xs) {
  auto result = std::vector<commit_outcome>(xs.size(), commit_outcome::unknown);
  // Those that are refused leave the others to try again without them.
  auto open = std::vector<size_t>{};
  for (size_t i = 0; i < xs.size(); ++i)
    open.push_back(i);
  while (!open.empty()) {
    auto group = std::vector<const messages::checkpoint*>{};
    for (auto i : open)
      group.push_back(xs[i]);
    auto outcomes = commit_together(group);
    if (!outcomes)
      return result;
    auto refused = false;
    for (size_t i = 0; i < open.size(); ++i)
      refused |= (*outcomes)[i] != commit_outcome::committed;
    auto again = std::vector<size_t>{};
    for (size_t i = 0; i < open.size(); ++i)
      if (refused && (*outcomes)[i] == commit_outcome::committed)
        again.push_back(open[i]);
      else
        result[open[i]] = (*outcomes)[i];
    open = std::move(again);
  }
  return result;
}

std::optional<std::vector<commit_outcome>> hot_statements::commit_together(
  std::span<const messages::checkpoint* const> xs) {
  auto parameters = std::vector<binary_array>{};
  auto at = append(parameters,
                   {type::int8, type::int2, type::int2, type::int8, type::int8,
                    type::int8, type::int8, type::int8, type::int8, type::int2,
                    type::int2, type::int8, type::int8});
  auto slots = domain::hash_slots / id_.partitions;
  for (auto x : xs) {
    auto first = x->after.partition * slots;
    add_row(parameters, at, x->fence, x->after.kind, x->after.partition,
            x->before.jpos, x->before.chain_time, x->before.published_jpos,
            x->after.jpos, x->after.chain_time, x->after.published_jpos, first,
            first + slots - 1, x->buckets_5m_before, x->buckets_1h_before);
  }
  at = append(parameters, {type::bytea, type::int2});
  for (auto x : xs)
    for (auto& key : x->wallets_replaced)
      add_row(parameters, at, key, hash_of(key));
  at = append(parameters, {type::bytea});
  for (auto x : xs)
    for (auto& key : x->tokens_replaced)
      add_row(parameters, at, key);
  at = append(parameters, {type::bytea, type::int2, type::numeric, type::bytea,
                           type::bytea});
  for (auto x : xs)
    for (auto& row : x->wallets) {
      pack_state(packer_, row.totals);
      add_row(parameters, at, row.wallet, hash_of(row.wallet),
              row.totals.realized, packer_.bytes(), row.blob);
    }
  at = append(parameters,
              {type::bytea, type::bytea, type::bytea, type::int2, type::numeric,
               type::numeric, type::bytea, type::bytea});
  for (auto x : xs)
    for (auto& row : x->positions) {
      pack_state(packer_, row.position);
      add_row(parameters, at, row.wallet, row.position.key.mint,
              row.position.key.quote_mint, hash_of(row.wallet),
              row.position.units, row.position.realized, packer_.bytes(),
              row.blob);
    }
  at = append(parameters,
              {type::int2, type::int4, type::int8, type::bytea, type::bytea});
  auto empty = append(parameters,
                      {type::int2, type::int4, type::int8, type::bytea});
  for (auto x : xs)
    for (auto& row : x->wallet_buckets) {
      if (row.trades == 0 && row.realizations == 0) {
        add_row(parameters, empty, hash_of(row.wallet), row.length, row.start,
                row.wallet);
        continue;
      }
      pack_state(packer_, row);
      add_row(parameters, at, hash_of(row.wallet), row.length, row.start,
              row.wallet, packer_.bytes());
    }
  at = append(parameters, {type::bytea, type::int2, type::bytea, type::text,
                           type::text, type::text, type::bytea, type::int8,
                           type::numeric, type::numeric, type::int8, type::int2,
                           type::numeric, type::int8, type::bytea});
  constexpr size_t market_cap_column = 12;
  for (auto x : xs)
    for (auto& row : x->tokens) {
      add_row(parameters, at, row.mint, hash_of(row.mint), row.quote_mint,
              row.name, row.symbol, row.uri, row.creator, row.created_at,
              row.last_price.quote, row.last_price.token, row.last_trade_at,
              int64_t{row.graduated});
      if (row.market_cap)
        parameters[at + market_cap_column].add(*row.market_cap);
      else
        parameters[at + market_cap_column].add_null();
      add_row(parameters, at + market_cap_column + 1, row.reserve_breaks,
              row.blob);
    }
  at = append(parameters, {type::bytea, type::bytea, type::int4, type::int8,
                           type::int2, type::bytea});
  for (auto x : xs)
    for (auto& row : x->candles) {
      pack_state(packer_, row.candle);
      add_row(parameters, at, row.mint, row.quote_mint, row.interval,
              row.candle.open_time, hash_of(row.mint), packer_.bytes());
    }
  at = append(parameters, {type::int2, type::bytea, type::int8});
  for (auto x : xs)
    for (auto& row : x->repairs_done)
      add_row(parameters, at, row.kind, row.key, row.jpos);
  auto rows = call("commit_checkpoints", parameters);
  if (!rows)
    return std::nullopt;
  // Header of an array (20 bytes), then length and value of each.
  auto bytes = PQgetvalue(rows.get(), 0, 0);
  if (PQgetlength(rows.get(), 0, 0) != static_cast<int>(20 + 6 * xs.size()))
    throw failure{{errc::internal, place_ + ": an answer of another shape"}};
  auto result = std::vector<commit_outcome>{};
  for (size_t i = 0; i < xs.size(); ++i)
    result.push_back(to_outcome(int2_at(bytes + 20 + 6 * i + 4)));
  return result;
}

commit_outcome hot_statements::stage(const baseline_batch& x) {
  auto parameters = std::vector<binary_array>{};
  auto& numbers = parameters.emplace_back(type::int8);
  for (auto value : {x.fence, x.pass, x.up_to})
    numbers.add(value);
  numbers.add(x.kind_before);
  numbers.add(x.kind_after);
  auto& keys = parameters.emplace_back(type::bytea);
  keys.add(std::string_view{x.key_before});
  keys.add(std::string_view{x.key_after});
  auto at = append(parameters,
                   {type::bytea, type::numeric, type::bytea, type::bytea});
  for (auto& row : x.wallets) {
    pack_state(packer_, row.totals);
    add_row(parameters, at, row.wallet, row.totals.realized, packer_.bytes(),
            row.blob);
  }
  at = append(parameters, {type::bytea, type::bytea, type::bytea, type::numeric,
                           type::numeric, type::bytea, type::bytea});
  for (auto& row : x.positions) {
    pack_state(packer_, row.position);
    add_row(parameters, at, row.wallet, row.position.key.mint,
            row.position.key.quote_mint, row.position.units,
            row.position.realized, packer_.bytes(), row.blob);
  }
  at = append(parameters,
              {type::bytea, type::bytea, type::text, type::text, type::text,
               type::bytea, type::int8, type::numeric, type::numeric,
               type::int8, type::int2, type::numeric, type::int8, type::bytea});
  constexpr size_t market_cap_column = 11;
  for (auto& row : x.tokens) {
    add_row(parameters, at, row.mint, row.quote_mint, row.name, row.symbol,
            row.uri, row.creator, row.created_at, row.last_price.quote,
            row.last_price.token, row.last_trade_at, int64_t{row.graduated});
    if (row.market_cap)
      parameters[at + market_cap_column].add(*row.market_cap);
    else
      parameters[at + market_cap_column].add_null();
    add_row(parameters, at + market_cap_column + 1, row.reserve_breaks,
            row.blob);
  }
  auto rows = call("stage_baselines", parameters);
  if (!rows)
    return commit_outcome::unknown;
  return to_outcome(int2_at(PQgetvalue(rows.get(), 0, 0)));
}

} // namespace pumpscope::adapters::postgres
