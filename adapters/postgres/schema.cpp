#include "adapters/postgres/schema.hpp"

#include <bit>
#include <random>

namespace pumpscope::adapters::postgres {

namespace {

using domain::errc;

/// Names the lock that one migration at a time holds: "pump" in ASCII, and a
/// hash of the schema.
constexpr auto lock_statement = "SELECT pg_advisory_xact_lock(1886744944, "
                                "hashtext($1))";

std::string with_schema(std::string_view sql, const std::string& schema) {
  constexpr auto mark = std::string_view{"{schema}"};
  auto result = std::string{};
  for (;;) {
    auto next = sql.find(mark);
    result.append(sql.substr(0, next));
    if (next == std::string_view::npos)
      return result;
    result.append("\"").append(schema).append("\"");
    sql.remove_prefix(next + mark.size());
  }
}

/// The version of the store in the schema; 0 = there is none.
uint32_t read_version(pqxx::transaction_base& tx,
                      const postgres_options& options,
                      const std::string& place) {
  auto number = tx.exec1("SHOW server_version_num")[0].as<int>();
  if (number < 150'000)
    throw failure{{errc::store_unavailable,
                   place + ": PostgreSQL 15 or later is needed, the server is "
                     + std::to_string(number / 10'000)}};
  auto table = tx.exec_params1("SELECT to_regclass($1) IS NOT NULL",
                               "\"" + options.schema + "\".schema_migration");
  if (!table[0].as<bool>())
    return 0;
  auto version = tx.exec1("SELECT coalesce(max(version), 0) FROM \""
                          + options.schema + "\".schema_migration");
  return version[0].as<uint32_t>();
}

[[noreturn]] void fail_newer(const std::string& place, uint32_t version) {
  throw failure{{errc::store_version, place + " has store version "
                                        + std::to_string(version)
                                        + ", this program knows up to version "
                                        + std::to_string(schema_version())
                                        + ": use a newer program"}};
}

void create(pqxx::work& tx, const postgres_options& options) {
  if (!std::has_single_bit(options.partitions) || options.partitions > 64)
    throw failure{
      {errc::invalid_config, "partitions: a power of two up to 64 is needed"}};
  auto device = std::random_device{};
  auto seed = options.hash_seed.value_or(uint64_t{device()} << 32 | device());
  tx.exec_params0("INSERT INTO identity VALUES (1, $1, $2)",
                  static_cast<int64_t>(seed), options.partitions);
  tx.exec_params0("INSERT INTO cursor SELECT kind, part, 0, 0, 0, 0 "
                  "FROM generate_series(0, 1) kind, "
                  "generate_series(0, $1 - 1) part",
                  static_cast<int>(options.partitions));
}

/// Gives the roles what they need, and all others nothing: whoever may call a
/// function may write, and PostgreSQL lets everybody call a new one.
void grant(pqxx::work& tx, const postgres_options& options,
           const postgres_roles& roles) {
  auto in_schema = " IN SCHEMA \"" + options.schema + "\" ";
  tx.exec0("REVOKE EXECUTE ON ALL FUNCTIONS" + in_schema + "FROM PUBLIC");
  auto give = [&](const std::string& role, const std::string& right) {
    if (!role.empty())
      tx.exec0("GRANT " + right + "TO " + tx.quote_name(role));
  };
  for (auto* role : {&roles.reader, &roles.writer}) {
    give(*role, "USAGE ON SCHEMA \"" + options.schema + "\" ");
    give(*role, "SELECT ON ALL TABLES" + in_schema);
  }
  give(roles.writer, "EXECUTE ON ALL FUNCTIONS" + in_schema);
}

} // namespace

uint32_t stored_version(session& from, const postgres_options& options) {
  return from.read([&](pqxx::transaction_base& tx) {
    return read_version(tx, options, from.place());
  });
}

messages::store_identity read_identity(session& from,
                                       const postgres_options& options) {
  return from.read([&](pqxx::transaction_base& tx) {
    auto version = read_version(tx, options, from.place());
    if (version > schema_version())
      fail_newer(from.place(), version);
    if (version < schema_version())
      throw failure{
        {errc::store_version,
         from.place()
           + (version == 0 ? " holds no store" : " has an older store version")
           + ": run `pumpscope migrate --store URL`"}};
    auto row = tx.exec1("SELECT hash_seed, partitions FROM identity");
    auto result = messages::store_identity{};
    result.hash_seed = static_cast<uint64_t>(row[0].as<int64_t>());
    result.partitions = row[1].as<uint32_t>();
    result.version = version;
    return result;
  });
}

postgres_migrations migrate(const postgres_options& options,
                            const postgres_roles& roles) {
  auto unhurried = options;
  unhurried.read_only = false;
  unhurried.statement_timeout = std::chrono::milliseconds{0};
  unhurried.lock_timeout = std::chrono::milliseconds{0};
  auto to = session{unhurried};
  return to.write([&](pqxx::work& tx) {
    tx.exec_params1(lock_statement, options.schema);
    auto version = read_version(tx, options, to.place());
    if (version > schema_version())
      fail_newer(to.place(), version);
    if (version == 0) {
      // Who may not create schemas uses one that was made for them.
      auto known = tx.exec_params1("SELECT to_regnamespace($1) IS NOT NULL",
                                   "\"" + options.schema + "\"");
      if (!known[0].as<bool>())
        tx.exec0("CREATE SCHEMA \"" + options.schema + "\"");
      tx.exec0("CREATE TABLE \"" + options.schema
               + "\".schema_migration (version integer PRIMARY KEY, "
                 "name text NOT NULL, "
                 "applied_at timestamptz NOT NULL DEFAULT now())");
    }
    auto result = postgres_migrations{};
    for (auto& step : migration_texts()) {
      auto& row = result.steps.emplace_back();
      row.version = static_cast<uint32_t>(result.steps.size());
      row.name = step.name;
      row.applied = row.version > version;
      if (!row.applied)
        continue;
      tx.exec0(with_schema(step.sql, options.schema));
      tx.exec_params0("INSERT INTO schema_migration VALUES ($1, $2)",
                      row.version, row.name);
    }
    if (version == 0)
      create(tx, options);
    result.token_search_indexed
      = tx.exec1("SELECT prepare_token_search()")[0].as<bool>();
    grant(tx, options, roles);
    return result;
  });
}

} // namespace pumpscope::adapters::postgres
