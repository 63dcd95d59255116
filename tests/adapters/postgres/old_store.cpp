#include "tests/adapters/postgres/old_store.hpp"

#include "tests/support/source_folder.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace pumpscope::test {

void make_old_store(const test_schema& schema, uint32_t version) {
  auto folder = source_folder() / "adapters/postgres/migrations";
  auto files = std::set<std::filesystem::path>{};
  for (auto& x : std::filesystem::directory_iterator{folder})
    files.insert(x.path());
  auto& name = schema.options().schema;
  schema.query("CREATE SCHEMA " + name
               + "; CREATE TABLE schema_migration (version integer PRIMARY KEY,"
                 " name text NOT NULL, applied_at timestamptz NOT NULL "
                 "DEFAULT now())");
  auto number = uint32_t{0};
  for (auto& file : files) {
    if (++number > version)
      break;
    auto in = std::ifstream{file};
    auto sql = std::string{std::istreambuf_iterator<char>{in}, {}};
    constexpr auto mark = std::string_view{"{schema}"};
    for (auto i = sql.find(mark); i != std::string::npos; i = sql.find(mark, i))
      sql.replace(i, mark.size(), name);
    schema.query(sql + "; INSERT INTO schema_migration VALUES ("
                 + std::to_string(number) + ", '" + file.stem().string()
                 + "')");
  }
  schema.query("INSERT INTO identity VALUES (1, 1, 4); "
               "INSERT INTO cursor SELECT kind, part, 0, 0, 0, 0 "
               "FROM generate_series(0, 1) kind, generate_series(0, 3) part");
}

void copy_journal(const test_schema& from, const test_schema& to) {
  auto source = from.options().schema;
  to.query("DELETE FROM head; INSERT INTO head SELECT id, fence, epoch, jpos, "
           "chain_time, sealed_slot, first_slot, open_slot, open_slot_jpos, "
           "trades, token_events FROM "
           + source + ".head; INSERT INTO trade SELECT * FROM " + source
           + ".trade; INSERT INTO token_event SELECT * FROM " + source
           + ".token_event");
}

} // namespace pumpscope::test
