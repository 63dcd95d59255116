#include "runtime/command_dump.hpp"

#include "runtime/dump.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

#include <map>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url", "store.schema"};

const auto kinds = std::map<std::string, dump_kind>{
  {"positions", dump_kind::positions},     {"candles", dump_kind::candles},
  {"wallets", dump_kind::wallets},         {"trades", dump_kind::trades},
  {"leaderboard", dump_kind::leaderboard}, {"metrics", dump_kind::metrics}};

const auto windows = std::map<std::string, domain::board_window>{
  {"24h", domain::board_window::h24},
  {"7d", domain::board_window::d7},
  {"all", domain::board_window::all}};

const auto sums = std::map<std::string, domain::board_by>{
  {"net", domain::board_by::net}, {"losses", domain::board_by::losses}};

class dump_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "dump";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Write a canonical CSV of a store to standard output.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app
      .add_option("KIND", kind_,
                  "positions, candles, wallets, leaderboard, metrics or trades")
      ->required()
      ->check(CLI::IsMember(kinds));
    app.add_option("--window", window_, "Of the leaderboard: 24h, 7d or all.")
      ->check(CLI::IsMember(windows))
      ->capture_default_str();
    app.add_option("--by", by_, "Of the leaderboard: net or losses.")
      ->check(CLI::IsMember(sums))
      ->capture_default_str();
  }

  outcome<void> run(const config::options& options) override {
    auto store = open_store(options.store, store_access::read);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    auto request = dump_request{kinds.at(kind_), windows.at(window_),
                                sums.at(by_)};
    // The journal is always whole; all else may lag behind it.
    auto told = request.kind == dump_kind::trades ? warn_when_dropped(**store)
                                                  : warn_when_behind(**store);
    if (!told)
      return told;
    auto out = output{};
    auto done = dump(**store, request,
                     [&out](std::string_view text) { out.write(text); });
    if (!done)
      return done;
    return out.finish();
  }

private:
  std::string kind_;
  std::string window_ = "24h";
  std::string by_ = "net";
};

} // namespace

command_ptr make_dump_command() {
  return std::make_unique<dump_command>();
}

} // namespace pumpscope::runtime
