#include "runtime/command_audit.hpp"

#include "domain/base58.hpp"
#include "runtime/json_text.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url", "store.schema"};

std::string to_line(const messages::audit_row& x) {
  auto is_wallet = x.kind == messages::projection::wallet;
  return json_object{}
           .signed_number("found_at", x.found_at)
           .text("kind", is_wallet ? "wallet" : "token")
           .text("key", domain::to_string(x.key))
           .number("jpos", x.jpos)
           .text("what", x.what)
           .str()
         + "\n";
}

class audit_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "audit";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "List what the audit of a running node found.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app
      .add_option("ACTION", action_,
                  "list: the incidents that are kept, newest "
                  "first")
      ->required()
      ->check(CLI::IsMember({"list"}));
    app.add_option("--max", count_, "Incidents to list at most.")
      ->check(CLI::Range(size_t{1}, size_t{messages::audit_rows_max}))
      ->capture_default_str();
  }

  outcome<void> run(const config::options& options) override {
    auto store = open_store(options.store, store_access::read);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    auto rows = checked((*store)->load_audit(count_));
    if (!rows)
      return tl::unexpected{std::move(rows.error())};
    auto out = output{};
    for (const auto& x : *rows)
      out.write(to_line(x));
    return out.finish();
  }

private:
  std::string action_;
  size_t count_ = messages::audit_rows_max;
};

} // namespace

command_ptr make_audit_command() {
  return std::make_unique<audit_command>();
}

} // namespace pumpscope::runtime
