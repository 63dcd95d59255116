#include "adapters/postgres/connection.hpp"

#include <algorithm>
#include <thread>

#include <libpq-fe.h>

namespace pumpscope::adapters::postgres {

namespace {

using domain::errc;

constexpr auto pause_max = std::chrono::milliseconds{500};

struct free_options {
  void operator()(PQconninfoOption* x) const {
    PQconninfoFree(x);
  }
};

using conninfo = std::unique_ptr<PQconninfoOption[], free_options>;

[[noreturn]] void refuse(std::string what) {
  throw failure{{errc::invalid_config, std::move(what)}};
}

conninfo parse(const std::string& url) {
  char* error = nullptr;
  auto result = conninfo{PQconninfoParse(url.c_str(), &error)};
  if (!result) {
    // The text of libpq repeats the URL, and a URL may hold a password.
    PQfreemem(error);
    refuse("the URL of the store is not postgresql://USER@HOST:PORT/DATABASE");
  }
  return result;
}

void check_schema(const std::string& name) {
  auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (c >= '0' && c <= '9') || c == '_';
  };
  if (name.empty() || name.size() > 63
      || !std::all_of(name.begin(), name.end(), allowed))
    refuse("\"" + name
           + "\" is no name for a schema: 1 to 63 letters, digits "
             "and underscores");
}

/// Adds `key='value'` with quotes as libpq reads them.
void add_setting(std::string& to, std::string_view key,
                 std::string_view value) {
  to.append(key).append("='");
  for (auto c : value) {
    if (c == '\'' || c == '\\')
      to += '\\';
    to += c;
  }
  to += "' ";
}

std::string milliseconds(std::chrono::milliseconds x) {
  return std::to_string(x.count());
}

std::string limit_lists(const postgres_options& options) {
  // 0 = no limit.
  auto limit = options.statement_timeout.count() == 0
                 ? list_time_max
                 : std::min(options.statement_timeout, list_time_max);
  return "SET LOCAL statement_timeout = " + milliseconds(limit);
}

} // namespace

std::string connection_text(const postgres_options& options) {
  check_schema(options.schema);
  auto result = std::string{};
  auto settings = std::string{};
  auto parsed = parse(options.url);
  auto given = [&parsed](std::string_view key) {
    for (auto x = parsed.get(); x->keyword != nullptr; ++x)
      if (x->keyword == key)
        return x->val != nullptr;
    return false;
  };
  for (auto x = parsed.get(); x->keyword != nullptr; ++x)
    if (x->val != nullptr) {
      if (std::string_view{x->keyword} == "options")
        settings = std::string{x->val} + " ";
      else
        add_setting(result, x->keyword, x->val);
    }
  auto add_default = [&](std::string_view key, const std::string& value) {
    if (!given(key))
      add_setting(result, key, value);
  };
  add_default("connect_timeout",
              std::to_string(options.connect_timeout.count()));
  add_default("tcp_user_timeout", milliseconds(options.network_timeout));
  add_default("keepalives_idle", "10");
  add_default("keepalives_interval", "3");
  add_default("keepalives_count", "3");
  add_default("application_name", "pumpscope");
  settings += "-c search_path=" + options.schema + " -c statement_timeout="
              + milliseconds(options.statement_timeout) + " -c lock_timeout="
              + milliseconds(options.lock_timeout)
              // A client that froze or was cut off inside a transaction must
              // not hold locks: whoever takes over waits for them.
              + " -c idle_in_transaction_session_timeout="
              + milliseconds(options.idle_timeout)
              // A client that is gone without a word: the server would keep
              // its connection for two hours.
              + " -c tcp_keepalives_idle=2 -c tcp_keepalives_interval=1"
                " -c tcp_keepalives_count=3"
              // All that a cursor finds is read: by default the server plans
              // for the first tenth, which may cost more than the whole.
              + " -c cursor_tuple_fraction=1"
              + " -c client_min_messages=warning -c bytea_output=hex"
              + " -c TimeZone=UTC -c client_encoding=UTF8";
  if (!options.synchronous)
    settings += " -c synchronous_commit=off";
  if (options.read_only)
    settings += " -c default_transaction_read_only=on";
  add_setting(result, "options", settings);
  return result;
}

std::string place_of(const postgres_options& options) {
  auto parsed = parse(options.url);
  auto host = std::string{};
  auto port = std::string{};
  auto database = std::string{};
  for (auto x = parsed.get(); x->keyword != nullptr; ++x) {
    auto key = std::string_view{x->keyword};
    auto value = std::string{x->val == nullptr ? "" : x->val};
    if (key == "host")
      host = value;
    else if (key == "port")
      port = value.empty() ? "" : ":" + value;
    else if (key == "dbname")
      database = value;
  }
  return "postgresql://" + host + port + "/" + database + " schema "
         + options.schema;
}

messages::store_error to_error(const std::string& place,
                               std::string_view sqlstate, std::string text) {
  // The first line tells what, the others where in the statement.
  text = text.substr(0, text.find('\n'));
  if (text.starts_with("ERROR:"))
    text = text.substr(text.find_first_not_of(' ', 6));
  auto what = place + ": " + text;
  auto in_class = [&](std::string_view x) { return sqlstate.starts_with(x); };
  if (in_class("23") || in_class("21") || sqlstate == "PS001" || in_class("22")
      || sqlstate == "42883")
    return {errc::internal, what};
  if (sqlstate == "42P01" || sqlstate == "3F000")
    return {errc::store_version, what};
  return {errc::store_unavailable, what};
}

bool is_transient(std::string_view sqlstate) {
  // Connection, resources, conflicts of transactions, locks, operator.
  for (auto x : {"08", "53", "40", "55P03", "57P"})
    if (sqlstate.starts_with(x))
      return true;
  return false;
}

session::session(const postgres_options& options)
  : options_(options),
    text_(connection_text(options)),
    place_(place_of(options)),
    list_limit_(limit_lists(options)),
    page_limit_("SET LOCAL idle_in_transaction_session_timeout = "
                + milliseconds(options.statement_timeout)) {
}

void session::close_cursor(const std::string& name) noexcept {
  if (!connection_ || !connection_->is_open())
    return;
  try {
    auto tx = snapshot{*connection_};
    tx.exec0("CLOSE " + name);
  } catch (const std::exception&) {
    // Broken: the cursor went with the connection.
    disconnect();
  }
}

pqxx::connection& session::connection() {
  if (!connection_ || !connection_->is_open()) {
    disconnect();
    connection_ = std::make_unique<pqxx::connection>(text_);
    quiet_ = std::make_unique<pqxx::quiet_errorhandler>(*connection_);
  }
  return *connection_;
}

pqxx::transaction_base& session::frozen() {
  if (frozen_)
    return *frozen_;
  if (was_frozen_)
    throw failure{{errc::store_unavailable,
                   place_ + ": the snapshot ended with its connection"}};
  frozen_ = std::make_unique<snapshot>(connection());
  was_frozen_ = true;
  if (snapshot_id_.empty())
    snapshot_id_
      = frozen_->exec1("SELECT pg_export_snapshot()")[0].as<std::string>();
  else
    frozen_->exec0("SET TRANSACTION SNAPSHOT " + frozen_->quote(snapshot_id_));
  // Whoever compares thinks for long between two reads.
  frozen_->exec0("SET LOCAL idle_in_transaction_session_timeout = 0");
  return *frozen_;
}

void session::disconnect() {
  frozen_.reset();
  quiet_.reset();
  connection_.reset();
}

void session::fail(const pqxx::failure& e) {
  auto text = std::string{e.what()};
  if (auto refused = dynamic_cast<const pqxx::sql_error*>(&e);
      refused != nullptr && !refused->sqlstate().empty()) {
    // After these the server closes the connection.
    if (refused->sqlstate().starts_with("57P"))
      disconnect();
    throw failure{to_error(place_, refused->sqlstate(), text)};
  }
  disconnect();
  throw failure{to_error(place_, "08006", text)};
}

session::retry::retry(std::chrono::milliseconds patience)
  : until_(std::chrono::steady_clock::now() + patience) {
}

void session::retry::pause_or_fail(session& owner, const pqxx::failure& e) {
  auto refused = dynamic_cast<const pqxx::sql_error*>(&e);
  auto lasting = refused != nullptr && !refused->sqlstate().empty()
                 && !is_transient(refused->sqlstate());
  if (lasting || std::chrono::steady_clock::now() >= until_)
    owner.fail(e);
  owner.disconnect();
  std::this_thread::sleep_for(pause_);
  pause_ = std::min(pause_ * 2, pause_max);
}

} // namespace pumpscope::adapters::postgres
