#include "runtime/command_inspect.hpp"

#include "domain/base58.hpp"
#include "domain/score.hpp"
#include "domain/token_metrics.hpp"
#include "messages/state_blob.hpp"
#include "runtime/json_text.hpp"
#include "runtime/open_store.hpp"
#include "runtime/output.hpp"

#include <CLI/CLI.hpp>

#include <array>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view keys[] = {"store.url", "store.schema"};

std::string price_text(const domain::price& x) {
  return x.token == 0 ? "null"
                      : json_quoted(domain::to_string(x.quote) + "/"
                                    + domain::to_string(x.token));
}

std::string to_line(const messages::wallet_row& x) {
  const auto& t = x.totals;
  return json_object{}
           .text("wallet", domain::to_string(x.wallet))
           .number("trades", t.trades)
           .amount("realized", t.realized)
           .amount("realized_gross", t.realized_gross)
           .amount("realized_fifo", t.realized_fifo)
           .amount("invested", t.invested)
           .amount("proceeds", t.proceeds)
           .number("realizations", t.realizations)
           .number("wins", t.wins)
           .number("loss_streak", t.loss_streak)
           .number("loss_streak_max", t.loss_streak_max)
           .amount("loss_streak_worst", t.loss_streak_worst)
           .number("tokens", t.tokens)
           .signed_number("first_trade_at", t.first_trade_at)
           .signed_number("last_trade_at", t.last_trade_at)
           .str()
         + "\n";
}

std::string to_line(const messages::position_row& row,
                    const domain::position& x) {
  return json_object{}
           .text("wallet", domain::to_string(row.wallet))
           .text("mint", domain::to_string(x.key.mint))
           .text("quote_mint", domain::to_string(x.key.quote_mint))
           .amount("units", x.units)
           .amount("cost_basis", x.cost_basis)
           .amount("bought_units", x.bought_units)
           .amount("sold_units", x.sold_units)
           .amount("invested", x.invested)
           .amount("proceeds", x.proceeds)
           .amount("realized", x.realized)
           .amount("realized_gross", x.realized_gross)
           .amount("realized_fifo", x.realized_fifo)
           .amount("unmatched_units", x.unmatched_units)
           .amount("unmatched_proceeds", x.unmatched_proceeds)
           .number("buys", x.buys)
           .number("sells", x.sells)
           .number("realizations", x.realizations)
           .number("wins", x.wins)
           .number("lots", x.lots.size())
           .str()
         + "\n";
}

std::string to_line(const domain::token_state& x) {
  auto ledger = domain::token_ledger{x};
  auto cap = domain::market_cap(x);
  auto liquidity = domain::liquidity_of(x);
  auto line = json_object{};
  line.text("mint", domain::to_string(x.mint)).flag("created", x.created);
  if (x.created)
    line.text("name", x.name)
      .text("symbol", x.symbol)
      .text("uri", x.uri)
      .text("creator", domain::to_string(x.creator))
      .signed_number("created_at", x.created_at);
  line.signed_number("decimals", x.decimals)
    .flag("curve_complete", x.curve_complete)
    .flag("migrated", x.migrated)
    .raw("price", price_text(ledger.spot()))
    .raw("market_cap",
         cap ? json_quoted(domain::to_string(*cap)) : std::string{"null"})
    .amount("liquidity", liquidity.quote_units)
    .text("liquidity_basis", domain::to_string(liquidity.basis))
    .number("trades", x.trades)
    .number("trades_on_venue", x.trades_on_venue)
    .number("reserve_breaks", x.reserve_breaks)
    .number("venues", x.venues.size())
    .signed_number("last_trade_at", x.last_trade_at);
  return line.str() + "\n";
}

class inspect_command : public command {
public:
  [[nodiscard]] std::string_view name() const override {
    return "inspect";
  }

  [[nodiscard]] std::string_view summary() const override {
    return "Print what a store has of one wallet or token.";
  }

  [[nodiscard]] std::span<const std::string_view> option_keys() const override {
    return keys;
  }

  void declare(CLI::App& app) override {
    app.add_option("KIND", kind_, "wallet or token")
      ->required()
      ->check(CLI::IsMember({"wallet", "token"}));
    app.add_option("KEY", key_, "base58 address")->required();
  }

  outcome<void> run(const config::options& options) override {
    auto key = domain::parse_pubkey(key_);
    if (!key)
      return refuse_usage("KEY \"" + key_ + "\" is no base58 address");
    auto store = open_store(options.store, store_access::read);
    if (!store)
      return tl::unexpected{std::move(store.error())};
    if (auto done = warn_when_behind(**store); !done)
      return done;
    return kind_ == "wallet" ? show_wallet(**store, *key)
                             : show_token(**store, *key);
  }

private:
  [[nodiscard]] outcome<void> show_wallet(messages::store& store,
                                          const domain::pubkey& key) const {
    auto rows = checked(store.load_wallets(std::array{key}));
    if (!rows)
      return tl::unexpected{std::move(rows.error())};
    const auto& found = rows->front();
    if (!found.wallet && found.positions.empty())
      return fail("the store has no wallet " + key_);
    auto out = output{};
    if (found.wallet)
      out.write(to_line(*found.wallet));
    for (const auto& row : found.positions) {
      auto position = messages::to_position(row);
      if (!position)
        return fail("the stored position of " + key_ + " in "
                    + domain::to_string(row.position.key.mint) + ": "
                    + domain::to_string(position.error()));
      out.write(to_line(row, *position));
    }
    return out.finish();
  }

  [[nodiscard]] outcome<void> show_token(messages::store& store,
                                         const domain::pubkey& key) const {
    auto rows = checked(store.load_tokens(std::array{key}));
    if (!rows)
      return tl::unexpected{std::move(rows.error())};
    if (!rows->front())
      return fail("the store has no token " + key_);
    auto state = messages::decode_token_state(rows->front()->blob);
    if (!state)
      return fail("the stored state of token " + key_ + ": "
                  + domain::to_string(state.error()));
    auto out = output{};
    out.write(to_line(*state));
    return out.finish();
  }

  std::string kind_;
  std::string key_;
};

} // namespace

command_ptr make_inspect_command() {
  return std::make_unique<inspect_command>();
}

} // namespace pumpscope::runtime
