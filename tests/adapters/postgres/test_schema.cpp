#include "tests/adapters/postgres/test_schema.hpp"

#include <atomic>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <unistd.h>

#include <libpq-fe.h>

// libpqxx 6.4 loses the last result of a connection that breaks.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libpqxx";
}
extern "C" const char* __lsan_default_options();
extern "C" const char* __lsan_default_options() {
  return "print_suppressions=0";
}

namespace pumpscope::test {

namespace {

std::string run(const std::string& url, const std::string& sql) {
  auto connection = std::unique_ptr<PGconn, decltype(&PQfinish)>{
    PQconnectdb(url.c_str()), PQfinish};
  auto result = std::unique_ptr<PGresult, decltype(&PQclear)>{
    PQexec(connection.get(), sql.c_str()), PQclear};
  auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
    throw std::runtime_error(PQerrorMessage(connection.get()));
  if (PQntuples(result.get()) == 0)
    return {};
  return PQgetvalue(result.get(), 0, 0);
}

} // namespace

std::optional<std::string> test_server() {
  auto url = std::getenv("PUMPSCOPE_TEST_POSTGRES");
  if (url == nullptr)
    return std::nullopt;
  return url;
}

test_schema::test_schema() {
  static auto count = std::atomic<int>{0};
  options_.url = test_server().value();
  options_.schema = "test_" + std::to_string(::getpid()) + "_"
                    + std::to_string(++count);
  // Names the connections, so that a test can cut its own.
  options_.url += "?application_name=" + options_.schema;
  options_.create = true;
  options_.partitions = 4;
  options_.hash_seed = 0xFEED'FACE'0123'4567;
}

test_schema::~test_schema() {
  try {
    run(options_.url, "SET client_min_messages = warning; DROP SCHEMA IF "
                      "EXISTS "
                        + options_.schema + " CASCADE");
  } catch (const std::exception&) {
    // The server goes with the test run, and what is left with it.
  }
}

std::string test_schema::query(const std::string& sql) const {
  return run(options_.url, "SET search_path = " + options_.schema + "; " + sql);
}

void test_schema::end_connections() const {
  query("SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND application_name = '"
        + options_.schema + "'");
}

} // namespace pumpscope::test
