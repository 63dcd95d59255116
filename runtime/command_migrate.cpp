#include "runtime/command_migrate.hpp"

#include "runtime/json_text.hpp"
#include "runtime/log.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url", "store.schema",
                                     "store.partitions", "store.writer-role",
                                     "store.reader-role"};

class migrate_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "migrate";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Bring the schema of a PostgreSQL store up to date.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  outcome<void> run(const config::options& options) override {
    if (options.store.url.kind != config::store_kind::postgres)
      return refuse_usage("--store: only postgresql: stores are migrated by "
                          "hand; a SQLite file is when it is opened");
    auto done = checked(adapters::migrate_postgres(
      postgres_settings(options.store),
      {options.store.writer_role, options.store.reader_role}));
    if (!done)
      return tl::unexpected{std::move(done.error())};
    if (!done->token_search_indexed)
      warning_line("migrate: the database has no extension pg_trgm, and this "
                   "role may not create it: each search for a token reads the "
                   "whole table; create it and migrate again");
    auto out = output{};
    for (const auto& x : done->steps)
      out.write(json_object{}
                  .number("version", x.version)
                  .text("name", x.name)
                  .flag("applied", x.applied)
                  .str()
                + "\n");
    return out.finish();
  }
};

} // namespace

command_ptr make_migrate_command() {
  return std::make_unique<migrate_command>();
}

} // namespace pumpscope::runtime
