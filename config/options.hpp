#pragma once

#include "config/endpoint.hpp"
#include "config/log_level.hpp"
#include "config/redis_url.hpp"
#include "config/rpc_url.hpp"
#include "config/store_url.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pumpscope::config {

/// What a committed epoch must survive.
enum class durability : uint8_t {
  /// `power_loss` for a live source, `process_crash` for a recording, which
  /// can be read again.
  automatic = 0,
  /// A loss of power: each commit waits for the disk.
  power_loss = 1,
  /// A kill -9 of the process; a loss of power may take the last seconds.
  process_crash = 2,
};

/// Where the journal and the states are kept.
struct store_options {
  store_url url = {};
  /// Partitions per kind: a power of two in [1, 64]. Fixed when the store is
  /// created; an existing store keeps its own.
  uint32_t partitions = 64;
  config::durability durability = config::durability::automatic;
  /// SQLite: page cache of each connection to the store, in bytes.
  uint64_t cache_bytes = uint64_t{64} << 20;
  /// PostgreSQL: the schema that holds the store.
  std::string schema = "pumpscope";
  /// PostgreSQL: limits of one attempt to connect, of the work on one
  /// statement and of the wait for one lock.
  std::chrono::milliseconds connect_timeout = std::chrono::seconds{5};
  std::chrono::milliseconds statement_timeout = std::chrono::seconds{60};
  std::chrono::milliseconds lock_timeout = std::chrono::seconds{10};
  /// PostgreSQL: how long a node goes on trying when the server is gone.
  std::chrono::milliseconds patience = std::chrono::minutes{10};
  /// PostgreSQL: how often a node makes the partitions that are needed next.
  std::chrono::milliseconds upkeep_interval = std::chrono::minutes{1};
  /// PostgreSQL: roles that `migrate` gives their rights; empty = none.
  std::string writer_role = {};
  std::string reader_role = {};
};

/// Days of rows that are kept at least: the longest window is 7 days and begins
/// with a whole hour, so that with 2 days more no board ever lacks a row.
inline constexpr uint32_t retention_days_min = 9;

/// What is kept of the journal.
struct retention_options {
  /// PostgreSQL: days after which trades and token events are dropped; 0 =
  /// never.
  uint32_t trade_days = 0;
};

/// How several endpoints are read.
enum class endpoint_mode : uint8_t {
  /// All at once: the first copy of an update wins, and they are compared.
  parallel = 0,
  /// One; another one when it fails.
  standby = 1,
};

/// Endpoints that can be configured.
inline constexpr size_t endpoints_max = 8;

/// What webhooks are for.
enum class webhook_mode : uint8_t {
  off = 0,
  /// They bring what the stream leaves out.
  hint = 1,
  /// They are all there is: slots are sealed by time.
  only = 2,
};

/// Where updates come from.
struct source_options {
  /// Yellowstone servers, at most `endpoints_max`; empty = the built-in
  /// simulator.
  std::vector<endpoint> endpoints = {};
  endpoint_mode mode = endpoint_mode::parallel;
  /// standby: an endpoint without updates for this long is left, and the first
  /// of the list is tried again this often.
  std::chrono::milliseconds standby_timeout = std::chrono::seconds{10};
  std::chrono::milliseconds standby_return = std::chrono::minutes{5};
  /// Secret sent as metadata `x-token`; empty = none. Never printed.
  std::string x_token = {};
  /// Files that hold a token on their first line: one for all endpoints, or one
  /// for each in their order; the word `none` stands for no token.
  std::vector<std::string> x_token_files = {};
  /// The tokens of the endpoints, in their order, when the files are several.
  std::vector<std::string> x_tokens = {};
  /// PEM file with the authorities to trust; empty = the system's.
  std::string ca_file = {};
  /// First slot to ask for in a fresh store; absent = start live.
  std::optional<uint64_t> from_slot = {};
  /// How many slots before the last sealed one a restart asks for again.
  uint64_t resume_slots = 32;
  /// The wait before the n-th attempt is random in [0, min(max, min * 2^n)].
  std::chrono::milliseconds backoff_min = std::chrono::milliseconds{250};
  std::chrono::milliseconds backoff_max = std::chrono::seconds{30};
  /// gRPC keepalive: period and patience.
  std::chrono::milliseconds keepalive_period = std::chrono::seconds{30};
  std::chrono::milliseconds keepalive_timeout = std::chrono::seconds{10};
  /// Largest update that is accepted, in bytes.
  uint64_t message_bytes_max = uint64_t{64} << 20;
  /// Server of JSON-RPC that missing blocks are fetched from; absent = none.
  std::optional<rpc_url> rpc = {};
  /// Requests per second that it is asked at most, and at a time.
  uint32_t rpc_rate = 10;
  uint32_t rpc_parallel = 4;
  webhook_mode webhook = webhook_mode::off;
};

/// The server of HTTP.
struct http_options {
  /// Absent = there is none.
  std::optional<address> listen = address{"127.0.0.1", 8080};
  /// The user said where: nowhere else will do.
  bool listen_is_chosen = false;
  /// Folder of the pages; empty = where the build or the package has them.
  std::string pages = {};
  /// Origins whose pages may read the answers, separated by commas; `*` = any;
  /// empty = none.
  std::string allowed_origins = "*";
  /// Requests per second and client; 0 = no limit.
  uint32_t rate_limit = 100;
  /// Addresses and networks whose `X-Forwarded-For` is believed, separated by
  /// commas.
  std::string trusted_proxies = {};
  /// File with a key on each line that opens the API; empty = it is open.
  std::string api_keys_file = {};
  /// Keys that were read from it. Never printed.
  std::vector<std::string> api_keys = {};
  /// Subscribers of the live stream at a time.
  uint32_t streams_max = 20'000;
  /// Threads that read history, each with a connection of its own.
  uint32_t readers = 2;
};

/// What webhooks bring.
struct webhook_options {
  /// What the header `Authorization` must be; empty = anybody may post. Never
  /// printed.
  std::string secret = {};
  /// File that holds the secret on its first line.
  std::string secret_file = {};
  /// Payloads that wait in the store, and their bytes.
  uint64_t inbox_payloads_max = 100'000;
  uint64_t inbox_bytes_max = uint64_t{1} << 30;
  /// only: how long after its last transaction a slot is sealed.
  std::chrono::milliseconds watermark = std::chrono::seconds{2};
  /// hint: how long a transaction waits for the stream to bring its slot.
  std::chrono::milliseconds hint_wait = std::chrono::minutes{10};
};

/// Bounds and periods of the actors.
struct pipeline_options {
  /// Threads of the actor scheduler; 0 = one per core.
  uint32_t threads = 0;
  /// Parser actors; 0 = one per thread.
  uint32_t parsers = 0;
  /// An epoch closes at this many trades or after `epoch_interval`.
  uint32_t epoch_trades = 1'000;
  std::chrono::milliseconds epoch_interval = std::chrono::milliseconds{100};
  /// How often the states of changed entities are stored.
  std::chrono::milliseconds checkpoint_interval = std::chrono::seconds{1};
  /// Changed entities of one kind at which a checkpoint is made before its
  /// time.
  uint64_t dirty_max = 500'000;
  /// Live actors; idle ones above are put to sleep.
  uint64_t live_wallets_max = 1'000'000;
  uint64_t live_tokens_max = 100'000;
  /// Batches between source and sequencer, of up to 256 updates or 4 MiB.
  uint32_t batches_max = 16;
  /// Epochs between sequencer and partitions.
  uint32_t epochs_max = 16;
  /// Transactions of slots that cannot be sealed yet.
  uint64_t pending_transactions_max = 2'000'000;
  /// Sealed slots whose keys are kept in memory to recognise duplicates.
  uint64_t sealed_slots_kept = 64;
  /// Slots after which a missing parent becomes a gap.
  uint64_t gap_slots_max = 64;
  /// Time after which it does, in a live stream.
  std::chrono::milliseconds gap_wait = std::chrono::seconds{15};
};

/// What existing Socket.IO clusters get.
enum class socketio : uint8_t {
  off = 0,
  /// Entries of the Redis streams adapter.
  streams = 1,
  /// Packets of the older Redis adapter.
  classic = 2,
};

/// Where publications go.
struct redis_options {
  /// Absent = nothing is published.
  std::optional<redis_url> url = {};
  /// Comes before the one in the URL. Never printed.
  std::string password = {};
  /// File that holds the password on its first line.
  std::string password_file = {};
  /// Stands before every channel and key.
  std::string prefix = {};
  config::socketio socketio = config::socketio::off;
  /// Limit of one attempt to connect, and of one answer.
  std::chrono::milliseconds timeout = std::chrono::seconds{2};
  /// Least time between two messages of one candle, token or wallet, and of
  /// boards and lists.
  std::chrono::milliseconds interval = std::chrono::milliseconds{250};
  std::chrono::milliseconds board_interval = std::chrono::seconds{1};
  /// Memory of the trades that wait for Redis.
  uint64_t buffer_bytes = uint64_t{64} << 20;
  /// Rows that a restart publishes again at most.
  uint64_t republish_max = 100'000;
  /// Batches of unsealed trades on their way; 0 = no ticks.
  uint32_t ticks_max = 64;
};

/// Faults of the simulator: probabilities in [0, 1].
struct fault_options {
  /// An update is sent twice.
  double duplicate = 0;
  /// An update is sent later than its successors in the slot.
  double reorder = 0;
  /// A slot gets a dead twin.
  double fork = 0;
  /// A transaction is never sent.
  double omit = 0;
  /// A transaction is sent after its slot was sealed.
  double late = 0;
  /// The connection is cut this often; 0 = never.
  std::chrono::milliseconds cut = std::chrono::milliseconds{0};
  /// Every `from_slot` is answered with "not available".
  bool out_of_range = false;

  friend bool operator==(const fault_options&, const fault_options&) = default;
};

/// The built-in source of simulated trades.
struct simulator_options {
  /// Where it serves; port 0 = any free one; absent = it does not.
  std::optional<address> listen = {};
  /// Where it answers JSON-RPC; absent = it does not.
  std::optional<address> rpc_listen = {};
  /// Share of the questions by JSON-RPC that it answers badly.
  double rpc_errors = 0;
  /// Secret that clients must send; empty = none. Never printed.
  std::string x_token = {};
  /// File that holds that secret on its first line.
  std::string x_token_file = {};
  uint64_t seed = 1;
  /// Transactions per second; 0 = as fast as the client takes them.
  uint64_t rate = 50;
  /// Slots to serve, then end; 0 = without end.
  uint64_t slots = 0;
  /// Trades after which no further slot begins; 0 = no such end.
  uint64_t trades = 0;
  /// Block time of the first slot, unix seconds; 0 = now when it serves, else a
  /// constant.
  int64_t start_time = 0;
  /// Distinct wallets that may appear.
  uint32_t wallets = 20'000;
  /// Tokens that live at a time.
  uint32_t tokens = 2'000;
  fault_options faults = {};
};

/// Where the SOL/USD rate comes from.
struct price_options {
  /// `off`, `fixed:USD`, a key of Redis or the URL of a price endpoint; see
  /// `parse_price`.
  std::string source = "off";
  /// Time between questions to the endpoint, or looks at the key.
  std::chrono::milliseconds poll_interval = std::chrono::seconds{5};
  /// Questions per second at most, whatever happens.
  uint32_t requests_per_second = 45;
  /// A rate that is older at a trade's block time counts as unknown.
  std::chrono::milliseconds stale_after = std::chrono::minutes{1};
};

/// What `price.source` stands for.
struct price_source {
  /// `fixed:`: the rate in millionths of a USD; 0 = none.
  uint64_t fixed_usd_micros = 0;
  /// An endpoint; its path and query are in `target`, which may hold a key.
  std::optional<endpoint> server = {};
  std::string target = {};
  /// A key of Redis, exactly as it is named there; empty = none.
  std::string redis_key = {};
  /// Where that is; absent = where publications go.
  std::optional<redis_url> redis = {};
};

/// Longest name of a node.
inline constexpr size_t node_name_bytes_max = 63;

/// Longest name of a key that `parse_price` takes.
inline constexpr size_t price_key_bytes_max = 1'024;

/// Reads `off`, `fixed:151.25`, `http[s]://HOST[:PORT]/PATH[?QUERY]`,
/// `redis:KEY` or a Redis URL with `#KEY` behind it. Without `ids=` in it the
/// query of an endpoint asks for wrapped SOL.
parsed<price_source> parse_price(std::string_view text);

/// The comparison of states with their journal while a node runs.
struct audit_options {
  /// Keys per minute; 0 = none.
  uint32_t keys_per_minute = 200;
};

/// Nodes that share a store.
struct cluster_options {
  /// This node is one of them.
  bool enabled = false;
  /// What people call it; empty = made of the machine and its HTTP port.
  std::string name = {};
  /// Where other nodes ask us; absent = they cannot.
  std::optional<address> listen = {};
  /// PEM files: our certificate, its key, and the authority of the others'.
  std::string certificate_file = {};
  std::string key_file = {};
  std::string ca_file = {};
  /// How long a node may be silent before it counts as dead: the same on all
  /// of them. A beat comes five times as often.
  std::chrono::milliseconds ttl = std::chrono::seconds{5};
};

/// The actions of the console.
struct console_options {
  /// What actions must bring; empty = there are none. Never printed.
  std::string token = {};
  /// File that holds the token on its first line.
  std::string token_file = {};
};

/// What is written to standard error.
struct log_options {
  log_level level = log_level::info;
};

/// Everything that can be configured, one struct per concern.
struct options {
  store_options store = {};
  retention_options retention = {};
  source_options source = {};
  redis_options redis = {};
  pipeline_options pipeline = {};
  simulator_options simulator = {};
  price_options price = {};
  http_options http = {};
  webhook_options webhook = {};
  audit_options audit = {};
  cluster_options cluster = {};
  console_options console = {};
  log_options log = {};
};

/// Returns the token of the n-th endpoint; empty = none.
const std::string& token_of(const source_options& x, size_t endpoint);

/// Reads `duplicate=0.1,reorder=0.05,cut=30s,out_of_range`, or `none`.
parsed<fault_options> parse_faults(std::string_view text);

/// @relates fault_options
std::string to_text(const fault_options& x);

} // namespace pumpscope::config
