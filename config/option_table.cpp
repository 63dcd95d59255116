#include "config/option_table.hpp"

#include "config/option_access.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

namespace pumpscope::config {

namespace {

using namespace access;

std::string assign_store_url(options& x, std::string_view text) {
  return store(x.store.url, parse_store_url(text));
}

std::string show_store_url(const options& x) {
  return to_text(x.store.url);
}

std::string assign_partitions(options& x, std::string_view text) {
  auto value = parse_integer(text, 1, 64);
  if (!value || !std::has_single_bit(*value))
    return "\"" + std::string{text} + "\" is not a power of two from 1 to 64";
  x.store.partitions = static_cast<uint32_t>(*value);
  return {};
}

std::string assign_retention(options& x, std::string_view text) {
  constexpr auto days_max = uint32_t{36'500};
  if (text == "never") {
    x.retention.trade_days = 0;
    return {};
  }
  if (text.ends_with('d'))
    if (auto days = parse_integer(text.substr(0, text.size() - 1),
                                  retention_days_min, days_max)) {
      x.retention.trade_days = static_cast<uint32_t>(*days);
      return {};
    }
  return "\"" + std::string{text}
         + "\" is neither never nor a number of days "
           "from "
         + std::to_string(retention_days_min) + "d to "
         + std::to_string(days_max) + "d: windows reach back 7 days";
}

std::string show_retention(const options& x) {
  return x.retention.trade_days == 0
           ? "never"
           : std::to_string(x.retention.trade_days) + "d";
}

using durability_name = std::pair<std::string_view, durability>;

constexpr auto durability_names
  = std::array{durability_name{"auto", durability::automatic},
               durability_name{"power-loss", durability::power_loss},
               durability_name{"process-crash", durability::process_crash}};

std::string assign_durability(options& x, std::string_view text) {
  for (const auto& [name, value] : durability_names) {
    if (name == text) {
      x.store.durability = value;
      return {};
    }
  }
  return "\"" + std::string{text}
         + "\" is none of auto, power-loss, process-crash";
}

std::string show_durability(const options& x) {
  for (const auto& [name, value] : durability_names)
    if (value == x.store.durability)
      return std::string{name};
  return {};
}

std::string assign_endpoints(options& x, std::string_view text) {
  auto endpoints = std::vector<endpoint>{};
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    auto value = parse_endpoint(trim(text.substr(0, end)));
    if (!value)
      return std::move(value.error());
    endpoints.push_back(std::move(*value));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (endpoints.size() > endpoints_max)
    return "more than " + std::to_string(endpoints_max) + " endpoints";
  x.source.endpoints = std::move(endpoints);
  return {};
}

std::string show_endpoints(const options& x) {
  auto result = std::string{};
  for (const auto& endpoint : x.source.endpoints)
    result += (result.empty() ? "" : ",") + to_text(endpoint);
  return result;
}

std::string assign_mode(options& x, std::string_view text) {
  if (text != "parallel" && text != "standby")
    return "\"" + std::string{text} + "\" is none of parallel, standby";
  x.source.mode = text == "standby" ? endpoint_mode::standby
                                    : endpoint_mode::parallel;
  return {};
}

std::string show_mode(const options& x) {
  return x.source.mode == endpoint_mode::standby ? "standby" : "parallel";
}

std::string assign_token_files(options& x, std::string_view text) {
  x.source.x_token_files.clear();
  while (!text.empty()) {
    auto end = std::min(text.find(','), text.size());
    auto name = trim(text.substr(0, end));
    if (name.empty())
      return "a name is missing";
    x.source.x_token_files.emplace_back(name);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return {};
}

std::string show_token_files(const options& x) {
  auto result = std::string{};
  for (const auto& file : x.source.x_token_files)
    result += (result.empty() ? "" : ",") + file;
  return result;
}

std::string assign_from_slot(options& x, std::string_view text) {
  if (text.empty()) {
    x.source.from_slot.reset();
    return {};
  }
  return store(x.source.from_slot,
               parse_integer(text, 0, std::numeric_limits<int64_t>::max()));
}

std::string show_from_slot(const options& x) {
  return x.source.from_slot ? std::to_string(*x.source.from_slot) : "";
}

std::string assign_listen(options& x, std::string_view text) {
  if (text.empty()) {
    x.simulator.listen.reset();
    return {};
  }
  return store(x.simulator.listen, parse_address(text));
}

std::string show_listen(const options& x) {
  return x.simulator.listen ? to_text(*x.simulator.listen) : "";
}

std::string assign_node_listen(options& x, std::string_view text) {
  if (text.empty()) {
    x.cluster.listen.reset();
    return {};
  }
  return store(x.cluster.listen, parse_address(text));
}

std::string show_node_listen(const options& x) {
  return x.cluster.listen ? to_text(*x.cluster.listen) : "";
}

std::string assign_rpc(options& x, std::string_view text) {
  if (text.empty()) {
    x.source.rpc.reset();
    return {};
  }
  return store(x.source.rpc, parse_rpc_url(text));
}

/// Without path and query: they may hold a key.
std::string show_rpc(const options& x) {
  return x.source.rpc ? to_text(*x.source.rpc) : "";
}

std::string assign_webhook(options& x, std::string_view text) {
  if (text == "off")
    x.source.webhook = webhook_mode::off;
  else if (text == "hint")
    x.source.webhook = webhook_mode::hint;
  else if (text == "only")
    x.source.webhook = webhook_mode::only;
  else
    return "\"" + std::string{text} + "\" is none of off, hint, only";
  return {};
}

std::string show_webhook(const options& x) {
  switch (x.source.webhook) {
    case webhook_mode::off:
      break;
    case webhook_mode::hint:
      return "hint";
    case webhook_mode::only:
      return "only";
  }
  return "off";
}

std::string assign_http(options& x, std::string_view text) {
  x.http.listen_is_chosen = true;
  if (text.empty() || text == "off") {
    x.http.listen.reset();
    return {};
  }
  return store(x.http.listen, parse_address(text));
}

std::string show_http(const options& x) {
  return x.http.listen ? to_text(*x.http.listen) : "off";
}

std::string assign_rpc_listen(options& x, std::string_view text) {
  if (text.empty()) {
    x.simulator.rpc_listen.reset();
    return {};
  }
  return store(x.simulator.rpc_listen, parse_address(text));
}

std::string show_rpc_listen(const options& x) {
  return x.simulator.rpc_listen ? to_text(*x.simulator.rpc_listen) : "";
}

std::string assign_rpc_errors(options& x, std::string_view text) {
  return store(x.simulator.rpc_errors, parse_number(text, 0, 1));
}

std::string show_rpc_errors(const options& x) {
  // Six digits are plenty for a share.
  auto text = std::to_string(x.simulator.rpc_errors);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.'))
    text.pop_back();
  return text;
}

std::string assign_faults(options& x, std::string_view text) {
  return store(x.simulator.faults, parse_faults(text));
}

std::string show_faults(const options& x) {
  return to_text(x.simulator.faults);
}

std::string assign_redis_url(options& x, std::string_view text) {
  if (text.empty()) {
    x.redis.url.reset();
    return {};
  }
  return store(x.redis.url, parse_redis_url(text));
}

std::string show_redis_url(const options& x) {
  return x.redis.url ? to_text(*x.redis.url) : "";
}

std::string assign_prefix(options& x, std::string_view text) {
  auto odd = [](char c) { return c < 0x21 || c > 0x7E; };
  if (text.size() > 64 || std::any_of(text.begin(), text.end(), odd))
    return "a prefix has at most 64 visible ASCII characters";
  x.redis.prefix = text;
  return {};
}

/// By `socketio`.
constexpr auto socketio_names
  = std::array<std::string_view, 3>{"off", "streams", "classic"};

std::string assign_socketio(options& x, std::string_view text) {
  for (size_t i = 0; i < socketio_names.size(); ++i)
    if (text == socketio_names[i]) {
      x.redis.socketio = static_cast<socketio>(i);
      return {};
    }
  return "\"" + std::string{text} + "\" is none of off, streams, classic";
}

std::string show_socketio(const options& x) {
  return std::string{socketio_names[static_cast<size_t>(x.redis.socketio)]};
}

std::string assign_price(options& x, std::string_view text) {
  auto value = parse_price(text);
  if (!value)
    return std::move(value.error());
  x.price.source = text;
  return {};
}

/// Without the password that a Redis URL may carry.
std::string show_price(const options& x) {
  auto value = parse_price(x.price.source);
  if (!value || !value->redis)
    return x.price.source;
  return to_text(*value->redis) + "#" + value->redis_key;
}

std::string assign_level(options& x, std::string_view text) {
  return store(x.log.level, parse_log_level(text));
}

std::string show_level(const options& x) {
  return std::string{to_text(x.log.level)};
}

std::string show_secret(const options&) {
  return {};
}

constexpr auto store_section = &options::store;
constexpr auto source_section = &options::source;
constexpr auto redis_section = &options::redis;
constexpr auto pipeline_section = &options::pipeline;
constexpr auto simulator_section = &options::simulator;

constexpr auto price_section = &options::price;
constexpr auto http_section = &options::http;
constexpr auto webhook_section = &options::webhook;
constexpr auto audit_section = &options::audit;
constexpr auto cluster_section = &options::cluster;
constexpr auto console_section = &options::console;

constexpr uint64_t gib = uint64_t{1} << 30;
constexpr uint64_t mib = uint64_t{1} << 20;
constexpr int64_t hour = 3'600'000;
constexpr uint64_t no_limit = std::numeric_limits<int64_t>::max();

using source = source_options;
using redis = redis_options;
using pipeline = pipeline_options;
using simulator = simulator_options;
using price = price_options;
using webhook = webhook_options;

constexpr auto table = std::array{
  option{"store.url", "--store", "URL",
         "Journal and states: sqlite:PATH, sqlite::memory: or postgresql://...",
         false, false, assign_store_url, show_store_url},
  option{"store.partitions", "--partitions", "N",
         "Partitions per kind of a NEW store: a power of two up to 64.", false,
         false, assign_partitions,
         integer<store_section, &store_options::partitions, 1, 64>::show},
  option{"store.durability", "--durability", "WHAT",
         "What a commit survives: power-loss, process-crash (kill -9), or "
         "auto: power-loss live, process-crash in a replay.",
         false, false, assign_durability, show_durability},
  row<size<store_section, &store_options::cache_bytes, mib, 64 * gib>>(
    "store.cache-size", "--cache-size", "SIZE",
    "SQLite: page cache of each connection to the store."),
  row<text_value<store_section, &store_options::schema>>(
    "store.schema", "--schema", "NAME",
    "PostgreSQL: the schema that holds the store."),
  row<duration<store_section, &store_options::connect_timeout, 2'000, hour>>(
    "store.connect-timeout", "--connect-timeout", "TIME",
    "PostgreSQL: limit of one attempt to connect, in whole seconds."),
  row<duration<store_section, &store_options::statement_timeout, 100, hour>>(
    "store.statement-timeout", "--statement-timeout", "TIME",
    "PostgreSQL: how long the server may work on one statement."),
  row<duration<store_section, &store_options::lock_timeout, 10, hour>>(
    "store.lock-timeout", "--lock-timeout", "TIME",
    "PostgreSQL: how long a statement may wait for a lock."),
  row<duration<store_section, &store_options::patience, 0, 24 * hour>>(
    "store.patience", "--patience", "TIME",
    "PostgreSQL: how long a node goes on trying when the server is gone."),
  row<duration<store_section, &store_options::upkeep_interval, 1'000, hour>>(
    "store.upkeep-interval", "--upkeep-interval", "TIME",
    "PostgreSQL: how often partitions are made ahead."),
  row<text_value<store_section, &store_options::writer_role>>(
    "store.writer-role", "--writer-role", "NAME",
    "PostgreSQL: role that may read, and write by the store's functions."),
  row<text_value<store_section, &store_options::reader_role>>(
    "store.reader-role", "--reader-role", "NAME",
    "PostgreSQL: role that may read."),

  option{"retention.trades", "--retention", "DAYS",
         "PostgreSQL: rows of the journal that are older are dropped, and a "
         "baseline of all states is kept: never, or days as in 30d, at least "
         "9d.",
         false, false, assign_retention, show_retention},

  option{"source.endpoint", "--endpoint", "URL",
         "Yellowstone gRPC server, http://HOST:PORT or https://HOST:PORT; may "
         "be given several times. Without one, `run` reads from the built-in "
         "simulator.",
         false, true, assign_endpoints, show_endpoints},
  option{"source.mode", "--endpoint-mode", "MODE",
         "Several endpoints: parallel (all at once, the first copy of an "
         "update wins) or standby (one; the next when it fails).",
         false, false, assign_mode, show_mode},
  row<duration<source_section, &source::standby_timeout, 100, hour>>(
    "source.standby-timeout", "--standby-timeout", "TIME",
    "standby: an endpoint without updates for this long is left."),
  row<duration<source_section, &source::standby_return, 100, 24 * hour>>(
    "source.standby-return", "--standby-return", "TIME",
    "standby: how often the first endpoint is tried while another is read."),
  option{"source.x-token", "", "TOKEN",
         "Secret of all endpoints; only by environment. Sent over TLS, or to "
         "this machine.",
         true, false, text_value<source_section, &source::x_token>::assign,
         show_secret},
  option{"source.x-token-file", "--x-token-file", "FILE",
         "File whose first line is the secret of the endpoints; or one file "
         "for each, in their order (the word none: no secret).",
         false, true, assign_token_files, show_token_files},
  row<text_value<source_section, &source::ca_file>>(
    "source.ca-file", "--ca-file", "FILE",
    "PEM file with the authorities to trust; empty: the system's."),
  option{"source.from-slot", "--from-slot", "SLOT",
         "First slot to ask for in a fresh store; empty: start live.", false,
         false, assign_from_slot, show_from_slot},
  row<integer<source_section, &source::resume_slots, 0, 100'000>>(
    "source.resume-slots", "--resume-slots", "N",
    "A restart asks again for this many slots before the last sealed one."),
  row<duration<source_section, &source::backoff_min, 1, hour>>(
    "source.backoff-min", "--backoff-min", "TIME",
    "Upper end of the random wait before the first reconnect; doubles with "
    "each."),
  row<duration<source_section, &source::backoff_max, 1, hour>>(
    "source.backoff-max", "--backoff-max", "TIME",
    "Largest upper end of the wait before a reconnect."),
  row<duration<source_section, &source::keepalive_period, 1'000, hour>>(
    "source.keepalive-period", "--keepalive-period", "TIME",
    "How often an idle connection is probed."),
  row<duration<source_section, &source::keepalive_timeout, 1'000, hour>>(
    "source.keepalive-timeout", "--keepalive-timeout", "TIME",
    "A probe without answer for this long ends the connection."),
  row<size<source_section, &source::message_bytes_max, mib, gib>>(
    "source.message-size", "--message-size", "SIZE",
    "Largest update that is accepted."),
  option{"source.rpc", "--rpc", "URL",
         "Solana RPC server that missing blocks are fetched from, http:// or "
         "https://; path and query are never shown.",
         false, false, assign_rpc, show_rpc},
  row<integer<source_section, &source::rpc_rate, 1, 10'000>>(
    "source.rpc-rate", "--rpc-rate", "N",
    "Requests per second to the RPC server at most."),
  row<integer<source_section, &source::rpc_parallel, 1, 64>>(
    "source.rpc-parallel", "--rpc-parallel", "N",
    "Requests to the RPC server at a time; each may hold a block in memory."),
  option{"source.webhook", "--webhook", "MODE",
         "Webhooks of Helius: off, hint (beside the stream, for what it leaves "
         "out) or only (no stream; slots are sealed by time). Needs --http.",
         false, false, assign_webhook, show_webhook},

  option{"redis.url", "--redis", "URL",
         "Where publications go: redis://[USER@]HOST[:PORT][/DATABASE] or "
         "unix:/PATH. Empty: nothing is published.",
         false, false, assign_redis_url, show_redis_url},
  option{"redis.password", "", "PASSWORD",
         "Password of the Redis user; only by environment.", true, false,
         text_value<redis_section, &redis::password>::assign, show_secret},
  row<text_value<redis_section, &redis::password_file>>(
    "redis.password-file", "--redis-password-file", "FILE",
    "File whose first line is the password of the Redis user."),
  option{"redis.prefix", "--redis-prefix", "TEXT",
         "Stands before every channel and key.", false, false, assign_prefix,
         text_value<redis_section, &redis::prefix>::show},
  option{"redis.socketio", "--redis-socketio", "FORMAT",
         "What Socket.IO clusters get on top: off, streams (entries of their "
         "Redis streams adapter) or classic (packets of their older Redis "
         "adapter).",
         false, false, assign_socketio, show_socketio},
  row<duration<redis_section, &redis::timeout, 10, 60'000>>(
    "redis.timeout", "--redis-timeout", "TIME",
    "Limit of one attempt to connect to Redis, and of one answer."),
  row<duration<redis_section, &redis::interval, 10, hour>>(
    "redis.interval", "--redis-interval", "TIME",
    "Least time between two messages of one candle, token or wallet."),
  row<duration<redis_section, &redis::board_interval, 100, hour>>(
    "redis.board-interval", "--redis-board-interval", "TIME",
    "Least time between two messages of a leaderboard or the market."),
  row<size<redis_section, &redis::buffer_bytes, mib, 64 * gib>>(
    "redis.buffer-size", "--redis-buffer-size", "SIZE",
    "Memory of the trades that wait for Redis; above it the oldest are left "
    "out, and later messages tell so."),
  row<integer<redis_section, &redis::republish_max, 0, 10'000'000>>(
    "redis.republish", "--redis-republish", "N",
    "Journaled rows that a restart publishes again when it is not known that "
    "they were; the rest is told as a hole."),
  row<integer<redis_section, &redis::ticks_max, 0, 4'096>>(
    "redis.tick-batches", "--redis-tick-batches", "N",
    "Batches of trades that are not sealed, on their way to Redis; more are "
    "shed. 0: none are published."),

  row<integer<pipeline_section, &pipeline::threads, 0, 1'024>>(
    "pipeline.threads", "--threads", "N",
    "Threads that run actors; 0: one per core."),
  row<integer<pipeline_section, &pipeline::parsers, 0, 1'024>>(
    "pipeline.parsers", "--parsers", "N", "Parser actors; 0: one per thread."),
  row<integer<pipeline_section, &pipeline::epoch_trades, 1, 5'000>>(
    "pipeline.epoch-trades", "--epoch-trades", "N",
    "An epoch (one commit of the journal) closes at this many trades."),
  row<duration<pipeline_section, &pipeline::epoch_interval, 1, 60'000>>(
    "pipeline.epoch-interval", "--epoch-interval", "TIME",
    "An epoch closes after this time, however few trades it has."),
  row<duration<pipeline_section, &pipeline::checkpoint_interval, 10, hour>>(
    "pipeline.checkpoint-interval", "--checkpoint-interval", "TIME",
    "How often changed states are stored; a restart folds the rest again."),
  row<integer<pipeline_section, &pipeline::dirty_max, 1, no_limit>>(
    "pipeline.dirty-entities", "--dirty-entities", "N",
    "Changed wallets (or tokens) that may wait; at the bound a checkpoint is "
    "made before its time."),
  row<integer<pipeline_section, &pipeline::live_wallets_max, 1, no_limit>>(
    "pipeline.live-wallets", "--live-wallets", "N",
    "Wallet actors in memory; idle ones above are stored and put to sleep."),
  row<integer<pipeline_section, &pipeline::live_tokens_max, 1, no_limit>>(
    "pipeline.live-tokens", "--live-tokens", "N",
    "Token actors in memory; idle ones above are stored and put to sleep."),
  row<integer<pipeline_section, &pipeline::batches_max, 2, 1'024>>(
    "pipeline.batches", "--batches", "N",
    "Batches (up to 256 updates or 4 MiB) between source and sequencer; at the "
    "bound the source is not read."),
  row<integer<pipeline_section, &pipeline::epochs_max, 1, 1'024>>(
    "pipeline.epochs", "--epochs", "N",
    "Epochs between sequencer and partitions; at the bound the source is not "
    "read."),
  row<integer<pipeline_section, &pipeline::pending_transactions_max, 1'000,
              no_limit>>(
    "pipeline.pending-transactions", "--pending-transactions", "N",
    "Transactions of slots that cannot be sealed yet; above it the oldest slot "
    "becomes a gap."),
  row<integer<pipeline_section, &pipeline::sealed_slots_kept, 1, 100'000>>(
    "pipeline.sealed-slots", "--sealed-slots", "N",
    "Sealed slots whose keys stay in memory to recognise duplicates."),
  row<integer<pipeline_section, &pipeline::gap_slots_max, 1, 100'000>>(
    "pipeline.gap-slots", "--gap-slots", "N",
    "A slot that stays missing becomes a gap after this many later slots."),
  row<duration<pipeline_section, &pipeline::gap_wait, 100, hour>>(
    "pipeline.gap-wait", "--gap-wait", "TIME",
    "Or after this time, whichever comes first; not in a replay."),

  option{"simulator.listen", "--listen", "ADDR",
         "Where the simulator serves, HOST:PORT; port 0: any free one.", false,
         false, assign_listen, show_listen},
  option{"simulator.rpc-listen", "--rpc-listen", "ADDR",
         "Where the simulator answers JSON-RPC (getBlock, getBlocks, getSlot), "
         "HOST:PORT; needs --listen.",
         false, false, assign_rpc_listen, show_rpc_listen},
  option{"simulator.rpc-errors", "--rpc-errors", "SHARE",
         "Share of the questions by JSON-RPC that are answered badly.", false,
         false, assign_rpc_errors, show_rpc_errors},
  option{"simulator.x-token", "", "TOKEN",
         "Secret that clients of the simulator must send; only by environment.",
         true, false,
         text_value<simulator_section, &simulator::x_token>::assign,
         show_secret},
  row<text_value<simulator_section, &simulator::x_token_file>>(
    "simulator.x-token-file", "--require-token-file", "FILE",
    "File whose first line is the secret that clients must send."),
  row<integer<simulator_section, &simulator::seed, 0, no_limit>>(
    "simulator.seed", "--seed", "N",
    "The same seed gives the same market, byte for byte."),
  row<integer<simulator_section, &simulator::rate, 0, 10'000'000>>(
    "simulator.rate", "--rate", "N",
    "Transactions per second; 0: as fast as possible."),
  row<integer<simulator_section, &simulator::slots, 0, no_limit>>(
    "simulator.slots", "--slots", "N", "Slots to serve; 0: without end."),
  row<integer<simulator_section, &simulator::trades, 0, no_limit>>(
    "simulator.trades", "--trades", "N",
    "Trades after which no further slot begins; 0: without end."),
  row<integer<simulator_section, &simulator::start_time, 0, 4'102'444'800>>(
    "simulator.start-time", "--start-time", "SECONDS",
    "Block time of the first slot, unix seconds; 0: now when it serves, "
    "1790000000 in a recording."),
  row<integer<simulator_section, &simulator::wallets, 1, 100'000'000>>(
    "simulator.wallets", "--wallets", "N", "Wallets that may appear."),
  row<integer<simulator_section, &simulator::tokens, 1, 10'000'000>>(
    "simulator.tokens", "--tokens", "N", "Tokens that live at a time."),
  option{"simulator.faults", "--faults", "LIST",
         "Faults, e.g. duplicate=0.1,reorder=0.05,fork=0.01,cut=30s,"
         "omit=0.001,late=0.01,out_of_range.",
         false, false, assign_faults, show_faults},

  option{"price.source", "--price", "SOURCE",
         "SOL/USD rate: off, fixed:USD, the URL of a price endpoint, redis:KEY "
         "or a Redis URL with #KEY.",
         false, false, assign_price, show_price},
  row<duration<price_section, &price::poll_interval, 100, hour>>(
    "price.poll-interval", "--price-poll-interval", "TIME",
    "How often the price endpoint or key is asked."),
  row<integer<price_section, &price::requests_per_second, 1, 1'000>>(
    "price.requests-per-second", "--price-requests-per-second", "N",
    "Requests to the price endpoint or key per second at most."),
  row<duration<price_section, &price::stale_after, 1'000, 24 * hour>>(
    "price.stale-after", "--price-stale-after", "TIME",
    "A rate that is older at a trade's block time counts as unknown."),

  option{"http.listen", "--http", "ADDR",
         "Where the server of HTTP listens, HOST:PORT; port 0: any free one; "
         "off: there is none.",
         false, false, assign_http, show_http},
  row<text_value<http_section, &http_options::pages>>(
    "http.pages", "--pages", "FOLDER",
    "The dashboard as it was built; empty: that of the build or the package."),
  row<text_value<http_section, &http_options::allowed_origins>>(
    "http.allowed-origins", "--allowed-origins", "LIST",
    "Origins whose pages may read the API (CORS), separated by commas; *: any; "
    "empty: none."),
  row<integer<http_section, &http_options::rate_limit, 0, 1'000'000>>(
    "http.rate-limit", "--rate-limit", "N",
    "Requests per second and client; whoever asks more gets 429 for 60 s. 0: "
    "no limit."),
  row<text_value<http_section, &http_options::trusted_proxies>>(
    "http.trusted-proxies", "--trusted-proxies", "LIST",
    "Addresses and networks of proxies whose X-Forwarded-For is believed, "
    "separated by commas."),
  row<text_value<http_section, &http_options::api_keys_file>>(
    "http.api-keys-file", "--api-keys-file", "FILE",
    "File with a key on each line: the API asks for one of them. Empty: it is "
    "open."),
  row<integer<http_section, &http_options::streams_max, 1, 1'000'000>>(
    "http.streams-max", "--streams-max", "N",
    "Subscribers of the live stream at a time."),
  row<integer<http_section, &http_options::readers, 1, 32>>(
    "http.readers", "--http-readers", "N",
    "Threads that read history for the API."),

  option{"webhook.secret", "", "TEXT",
         "What the header Authorization of a webhook must be; only by "
         "environment.",
         true, false, text_value<webhook_section, &webhook::secret>::assign,
         show_secret},
  row<text_value<webhook_section, &webhook::secret_file>>(
    "webhook.secret-file", "--webhook-secret-file", "FILE",
    "File whose first line is the secret of the webhooks."),
  row<integer<webhook_section, &webhook::inbox_payloads_max, 1, no_limit>>(
    "webhook.inbox-payloads", "--webhook-inbox-payloads", "N",
    "Payloads that wait in the store; above it the answer is 503."),
  row<size<webhook_section, &webhook::inbox_bytes_max, 8 * mib, 64 * gib>>(
    "webhook.inbox-size", "--webhook-inbox-size", "SIZE",
    "Their bytes; above it the answer is 503."),
  row<duration<webhook_section, &webhook::watermark, 100, hour>>(
    "webhook.watermark", "--webhook-watermark", "TIME",
    "only: how long after its last transaction a slot is sealed."),
  row<duration<webhook_section, &webhook::hint_wait, 1'000, 24 * hour>>(
    "webhook.hint-wait", "--webhook-hint-wait", "TIME",
    "hint: how long a transaction waits for its slot; then it is a dead "
    "letter."),

  row<integer<audit_section, &audit_options::keys_per_minute, 0, 60'000>>(
    "audit.keys-per-minute", "--audit-keys-per-minute", "N",
    "Wallets and tokens that are folded again and compared; 0: none."),

  row<yes_or_no<cluster_section, &cluster_options::enabled>>(
    "cluster.enabled", "--cluster", "",
    "Be one of several nodes that share a store in PostgreSQL."),
  row<text_value<cluster_section, &cluster_options::name>>(
    "cluster.name", "--node-name", "NAME",
    "What this node is called; empty: made of the machine and its HTTP port."),
  option{
    "cluster.listen", "--node-listen", "ADDR",
    "Where other nodes ask this one, and have it host partitions, HOST:PORT "
    "as they reach it; port 0: any free one; empty: they cannot.",
    false, false, assign_node_listen, show_node_listen},
  row<text_value<cluster_section, &cluster_options::certificate_file>>(
    "cluster.cert", "--node-cert", "FILE",
    "PEM file with the certificate of this node; needed off this machine."),
  row<text_value<cluster_section, &cluster_options::key_file>>(
    "cluster.key", "--node-key", "FILE", "PEM file with its key."),
  row<text_value<cluster_section, &cluster_options::ca_file>>(
    "cluster.ca", "--node-ca", "FILE",
    "PEM file with the authority that signed the certificates of all nodes."),
  row<duration<cluster_section, &cluster_options::ttl, 1'000, hour>>(
    "cluster.ttl", "--node-ttl", "TIME",
    "Nodes that are silent for this long count as dead: the same on all."),

  option{"console.token", "", "TEXT",
         "Admin token of the console's actions; only by environment.", true,
         false, text_value<console_section, &console_options::token>::assign,
         show_secret},
  row<text_value<console_section, &console_options::token_file>>(
    "console.token-file", "--console-token-file", "FILE",
    "File whose first line is the admin token of the console; without one "
    "there are no actions."),

  option{"log.level", "--log-level", "LEVEL",
         "Least important lines that are shown: error, warning, info or debug.",
         false, false, assign_level, show_level},
};

} // namespace

std::span<const option> option_table() {
  return table;
}

const option* find_option(std::string_view key) {
  const auto* found = std::find_if(
    table.begin(), table.end(), [key](const auto& x) { return x.key == key; });
  return found == table.end() ? nullptr : found;
}

std::string environment_name(std::string_view key) {
  auto result = std::string{"PUMPSCOPE_"};
  for (auto c : key) {
    if (c == '.' || c == '-')
      result += '_';
    else
      result += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return result;
}

} // namespace pumpscope::config
