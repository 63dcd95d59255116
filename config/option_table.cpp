#include "config/option_table.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <type_traits>
#include <utility>

namespace pumpscope::config {

namespace {

using std::chrono::milliseconds;

/// Stores a parsed value, or returns what is wrong.
template <class T, class U>
std::string store(T& target, parsed<U> value) {
  if (!value)
    return std::move(value.error());
  if constexpr (std::is_arithmetic_v<U>)
    target = static_cast<T>(*value);
  else
    target = std::move(*value);
  return {};
}

/// The assign and show functions of an integer member in [Min, Max].
template <auto Section, auto Member, uint64_t Min, uint64_t Max>
struct integer {
  static std::string assign(options& x, std::string_view text) {
    return store(x.*Section.*Member, parse_integer(text, Min, Max));
  }

  static std::string show(const options& x) {
    return std::to_string(x.*Section.*Member);
  }
};

/// The same for a size in bytes.
template <auto Section, auto Member, uint64_t Min, uint64_t Max>
struct size {
  static std::string assign(options& x, std::string_view text) {
    return store(x.*Section.*Member, parse_size(text, Min, Max));
  }

  static std::string show(const options& x) {
    return size_text(x.*Section.*Member);
  }
};

/// The same for a duration; bounds in milliseconds.
template <auto Section, auto Member, int64_t Min, int64_t Max>
struct duration {
  static std::string assign(options& x, std::string_view text) {
    return store(x.*Section.*Member,
                 parse_duration(text, milliseconds{Min}, milliseconds{Max}));
  }

  static std::string show(const options& x) {
    return to_text(x.*Section.*Member);
  }
};

/// The same for a text.
template <auto Section, auto Member>
struct text_value {
  static std::string assign(options& x, std::string_view value) {
    x.*Section.*Member = value;
    return {};
  }

  static std::string show(const options& x) {
    return x.*Section.*Member;
  }
};

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
  // Several endpoints need the rule that compares them; until it is there a
  // second one would be silently unused.
  if (endpoints.size() > 1)
    return "this version reads from one endpoint";
  x.source.endpoints = std::move(endpoints);
  return {};
}

std::string show_endpoints(const options& x) {
  auto result = std::string{};
  for (const auto& endpoint : x.source.endpoints)
    result += (result.empty() ? "" : ",") + to_text(endpoint);
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

std::string assign_faults(options& x, std::string_view text) {
  return store(x.simulator.faults, parse_faults(text));
}

std::string show_faults(const options& x) {
  return to_text(x.simulator.faults);
}

std::string assign_price(options& x, std::string_view text) {
  auto value = parse_price(text);
  if (!value)
    return std::move(value.error());
  x.price.source = text;
  return {};
}

std::string assign_level(options& x, std::string_view text) {
  constexpr auto levels = std::array<std::string_view, 6>{
    "off", "error", "warning", "info", "debug", "trace"};
  if (std::find(levels.begin(), levels.end(), text) == levels.end())
    return "\"" + std::string{text}
           + "\" is none of off, error, warning, info, debug, trace";
  x.log.level = text;
  return {};
}

std::string show_secret(const options&) {
  return {};
}

/// Builds a row whose functions come from one of the templates above.
template <class Access>
constexpr option row(std::string_view key, std::string_view flag,
                     std::string_view value_name, std::string_view help) {
  return {key,   flag,  value_name,      help,
          false, false, &Access::assign, &Access::show};
}

constexpr auto store_section = &options::store;
constexpr auto source_section = &options::source;
constexpr auto pipeline_section = &options::pipeline;
constexpr auto simulator_section = &options::simulator;

constexpr auto price_section = &options::price;
constexpr auto audit_section = &options::audit;

constexpr uint64_t gib = uint64_t{1} << 30;
constexpr uint64_t mib = uint64_t{1} << 20;
constexpr int64_t hour = 3'600'000;
constexpr uint64_t no_limit = std::numeric_limits<int64_t>::max();

using source = source_options;
using pipeline = pipeline_options;
using simulator = simulator_options;
using price = price_options;

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

  option{"source.endpoint", "--endpoint", "URL",
         "Yellowstone gRPC server, http://HOST:PORT or https://HOST:PORT. "
         "Without one, `run` reads from the built-in simulator.",
         false, true, assign_endpoints, show_endpoints},
  option{"source.x-token", "", "TOKEN",
         "Secret of the endpoint; only by environment. Sent over TLS, or to "
         "this machine.",
         true, false, text_value<source_section, &source::x_token>::assign,
         show_secret},
  row<text_value<source_section, &source::x_token_file>>(
    "source.x-token-file", "--x-token-file", "FILE",
    "File whose first line is the secret of the endpoint."),
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
  row<integer<simulator_section, &simulator::wallets, 1, 100'000'000>>(
    "simulator.wallets", "--wallets", "N", "Wallets that may appear."),
  row<integer<simulator_section, &simulator::tokens, 1, 10'000'000>>(
    "simulator.tokens", "--tokens", "N", "Tokens that live at a time."),
  option{"simulator.faults", "--faults", "LIST",
         "Faults, e.g. duplicate=0.1,reorder=0.05,fork=0.01,cut=30s,"
         "omit=0.001,late=0.01,out_of_range.",
         false, false, assign_faults, show_faults},

  option{"price.source", "--price", "SOURCE",
         "SOL/USD rate: off, fixed:USD or the URL of a price endpoint.", false,
         false, assign_price, text_value<price_section, &price::source>::show},
  row<duration<price_section, &price::poll_interval, 100, hour>>(
    "price.poll-interval", "--price-poll-interval", "TIME",
    "How often the price endpoint is asked."),
  row<integer<price_section, &price::requests_per_second, 1, 1'000>>(
    "price.requests-per-second", "--price-requests-per-second", "N",
    "Requests to the price endpoint per second at most."),
  row<duration<price_section, &price::stale_after, 1'000, 24 * hour>>(
    "price.stale-after", "--price-stale-after", "TIME",
    "A rate that is older at a trade's block time counts as unknown."),

  row<integer<audit_section, &audit_options::keys_per_minute, 0, 60'000>>(
    "audit.keys-per-minute", "--audit-keys-per-minute", "N",
    "Wallets and tokens that are folded again and compared; 0: none."),

  option{"log.level", "--log-level", "LEVEL",
         "Least important lines that are shown: off, error, warning, info, "
         "debug, trace.",
         false, false, assign_level,
         text_value<&options::log, &log_options::level>::show},
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
