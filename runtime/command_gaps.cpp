#include "runtime/command_gaps.hpp"

#include "runtime/json_text.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url", "store.schema"};

class gaps_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "gaps";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "List the ranges of slots that the journal lacks.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app.add_option("ACTION", action_, "list")
      ->required()
      ->check(CLI::IsMember({"list"}));
    app.add_flag("--all", all_, "Filled gaps too.");
  }

  outcome<void> run(const config::options& options) override {
    auto store = open_store(options.store, store_access::read);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    auto rows = checked((*store)->load_gaps(!all_));
    if (!rows)
      return tl::unexpected{std::move(rows.error())};
    auto out = output{};
    for (const auto& x : *rows)
      out.write(json_object{}
                  .number("from_slot", x.from_slot)
                  .number("to_slot", x.to_slot)
                  .signed_number("opened_at", x.opened_at)
                  .text("reason", x.reason)
                  .flag("filled", x.filled)
                  .str()
                + "\n");
    return out.finish();
  }

private:
  std::string action_;
  bool all_ = false;
};

} // namespace

command_ptr make_gaps_command() {
  return std::make_unique<gaps_command>();
}

} // namespace pumpscope::runtime
