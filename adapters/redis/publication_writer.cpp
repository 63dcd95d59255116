#include "adapters/redis/publication_writer.hpp"

#include "adapters/publication_json/data_json.hpp"
#include "adapters/publication_json/json_writer.hpp"
#include "adapters/publication_json/publication_json.hpp"
#include "adapters/redis/msgpack.hpp"
#include "domain/base58.hpp"
#include "domain/idl.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace pumpscope::redis {

namespace {

using namespace publication_json;
using domain::token_window;

/// Fields of a hash, written by one command.
class fields {
public:
  void add(std::string_view name, std::string_view value) {
    append_word(words_, name);
    append_word(words_, value);
    ++count_;
  }

  void add(std::string_view name, uint64_t x) {
    auto buffer = std::array<char, 20>{};
    auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), x);
    add(name, {buffer.data(), end.ptr});
  }

  void add(std::string_view name, domain::i128 x) {
    add(name, std::string_view{domain::to_string(x)});
  }

  void add(std::string_view name, double x) {
    add(name, std::string_view{number_text(x)});
  }

  void add(std::string_view name, const domain::pubkey& x) {
    add(name, domain::to_base58(x).view());
  }

  /// Unknown values are empty texts: a field is never stale.
  template <class T>
  void add(std::string_view name, const std::optional<T>& x) {
    if (x)
      add(name, *x);
    else
      add(name, std::string_view{});
  }

  void write(command_buffer& out, std::string_view key,
             int64_t lifetime) const {
    out.begin(2 * count_ + 2);
    out.word("HSET");
    out.word(key);
    out.words(words_);
    out.add({"EXPIRE", key, std::to_string(lifetime)});
  }

private:
  std::string words_ = {};
  size_t count_ = 0;
};

std::string key_text(const domain::pubkey& x) {
  return x == domain::pubkey{} ? std::string{} : domain::to_string(x);
}

std::string time_or_empty(int64_t x) {
  return x == 0 ? std::string{} : time_text(x);
}

void add_stamp(fields& to, const messages::publication_stamp& x,
               uint64_t fence) {
  to.add("seq", x.seq);
  to.add("rev", x.rev);
  to.add("fence", fence);
  to.add("slot", x.slot);
}

void add_token_fields(fields& to, const domain::token_summary& x) {
  auto rate = domain::usd_per_quote(x.quote_mint, x.sol_usd_micros);
  auto price = domain::chart_price(x.spot, x.quote_mint, x.decimals);
  to.add("mint", x.mint);
  to.add("quote_mint", key_text(x.quote_mint));
  to.add("name", x.name);
  to.add("symbol", x.symbol);
  to.add("uri", x.uri);
  to.add("creator", x.created ? domain::to_string(x.creator) : std::string{});
  to.add("created_at", time_or_empty(x.created ? x.created_at : 0));
  to.add("program", domain::idl::name_of(x.venue));
  to.add("pool", key_text(x.pool));
  to.add("graduated", std::string_view{x.graduated ? "true" : "false"});
  to.add("latest_price_sol", price);
  to.add("latest_price_usd",
         price && rate ? std::optional{*price * *rate} : std::nullopt);
  to.add("latest_market_cap", x.market_cap);
  to.add("latest_market_cap_usd", usd_of(x, x.market_cap));
  to.add("last_trade_at", time_or_empty(x.last_trade_at));
  to.add("last_trade_type",
         x.last_side ? side_text(*x.last_side) : std::string_view{});
  to.add("trades", x.trades);
}

void add_metric_fields(fields& to, const domain::token_summary& x) {
  to.add("market_cap", x.market_cap);
  to.add("liquidity", x.liquidity.quote_units);
  to.add("liquidity_usd", usd_of(x, x.liquidity.quote_units));
  to.add("liquidity_basis", domain::to_string(x.liquidity.basis));
  to.add("progress", x.progress);
  auto scores = scores_of(x);
  to.add("score", scores ? std::optional{scores->score} : std::nullopt);
  to.add("score_seed",
         scores ? std::optional{scores->score_seed} : std::nullopt);
  for (auto window : domain::all_token_windows) {
    auto& of = x.windows[static_cast<size_t>(window)];
    // One text for all names of a window.
    auto suffix = std::string{"_"} + std::string{window_text(window)};
    auto text = std::string{};
    auto name = [&](std::string_view what) -> std::string_view {
      text.assign(what);
      return text += suffix;
    };
    to.add(name("volume"), of.sums.volume_quote);
    to.add(name("trades"), of.sums.trades);
    to.add(name("buys"), of.sums.buys);
    to.add(name("sells"), of.sums.sells);
    to.add(name("wallets"), of.wallets);
    to.add(name("price_change"),
           of.change ? std::optional{of.change->ratio} : std::nullopt);
  }
}

void add_day_fields(fields& to, const domain::token_summary& x) {
  auto& day = x.windows[static_cast<size_t>(token_window::h24)];
  to.add("volume", day.sums.volume_quote);
  to.add("volume_usd", usd_of(x, day.sums.volume_quote));
  to.add("trades", day.sums.trades);
  to.add("buys", day.sums.buys);
  to.add("sells", day.sums.sells);
  to.add("wallets", day.wallets);
  to.add("price_change",
         day.change ? std::optional{day.change->ratio} : std::nullopt);
}

/// Event and room of a message in Socket.IO clusters.
struct socketio_address {
  std::string_view event;
  std::string room;
};

struct socketio_addressing {
  socketio_address operator()(const messages::trade_publication& x) const {
    return {"trade", "token:" + domain::to_string(x.trade().mint)};
  }
  socketio_address operator()(const messages::lifecycle_publication& x) const {
    auto is_new = x.event().kind == domain::token_event_kind::created;
    return {is_new ? "token:new" : "graduation", "market:global"};
  }
  socketio_address operator()(const messages::candle_publication& x) const {
    return {"candle", "token:" + domain::to_string(x.mint)};
  }
  socketio_address operator()(const messages::token_publication& x) const {
    return {"token", "token:" + domain::to_string(x.token.mint)};
  }
  socketio_address operator()(const messages::wallet_publication& x) const {
    return {"wallet", "wallet:" + domain::to_string(x.wallet.wallet)};
  }
  socketio_address operator()(const messages::board_publication& x) const {
    return {"leaderboard",
            "leaderboard:" + std::string{domain::to_string(x.window)}};
  }
  socketio_address operator()(const messages::market_publication&) const {
    return {"market:snapshot", "market:global"};
  }
};

/// Servers count every other sender as one of them, and wait for its answers.
constexpr std::string_view emitter_id = "emitter";

} // namespace

void append_packet(std::string& out, std::string_view event,
                   std::string_view message, std::string_view room) {
  // [sender, packet, options]
  append_msgpack_array(out, 3);
  append_msgpack_text(out, emitter_id);
  append_msgpack_map(out, 3);
  append_msgpack_text(out, "type");
  append_msgpack_integer(out, 2);
  append_msgpack_text(out, "data");
  append_msgpack_array(out, 2);
  append_msgpack_text(out, event);
  append_msgpack(out, message);
  append_msgpack_text(out, "nsp");
  append_msgpack_text(out, "/");
  append_msgpack_map(out, 3);
  append_msgpack_text(out, "rooms");
  append_msgpack_array(out, 1);
  append_msgpack_text(out, room);
  append_msgpack_text(out, "flags");
  append_msgpack_map(out, 0);
  append_msgpack_text(out, "except");
  append_msgpack_array(out, 0);
}

std::string publication_writer::named(std::string_view name) const {
  return prefix_ + std::string{name};
}

void publication_writer::publish(command_buffer& out) {
  out.add({"PUBLISH", channel_, message_});
}

void publication_writer::add(command_buffer& out,
                             const messages::publication& x, uint64_t fence,
                             int64_t now_ms) {
  channel_ = prefix_;
  append_channel(channel_, x);
  message_.clear();
  append_message(message_, x, fence, now_ms);
  // Keys first: whoever hears of a change and looks finds it.
  add_keys(out, x, fence);
  publish(out);
  if (format_ == socketio_format::streams)
    add_stream_entry(out, x);
  else if (format_ == socketio_format::classic)
    add_packet(out, x);
}

void publication_writer::add_tick(command_buffer& out, const domain::trade& x,
                                  int64_t now_ms) {
  channel_ = prefix_;
  append_tick_channel(channel_, x);
  message_.clear();
  append_tick(message_, x, now_ms);
  publish(out);
}

void publication_writer::add_stream_entry(command_buffer& out,
                                          const messages::publication& x) {
  auto to = std::visit(socketio_addressing{}, x);
  auto entry = std::string{R"({"packet":{"type":2,"data":[")"};
  entry += to.event;
  entry += "\",";
  entry += message_;
  entry += R"(],"nsp":"/"},"opts":{"rooms":[")";
  entry += to.room;
  entry += R"("],"except":[],"flags":{}}})";
  out.add({"XADD", named("socket.io"), "MAXLEN", "~",
           std::to_string(socketio_entries_max), "*", "uid", emitter_id, "nsp",
           "/", "type", "3", "data", entry});
}

void publication_writer::add_packet(command_buffer& out,
                                    const messages::publication& x) {
  auto to = std::visit(socketio_addressing{}, x);
  auto packet = std::string{};
  append_packet(packet, to.event, message_, to.room);
  out.add({"PUBLISH", named("socket.io#/#" + to.room + "#"), packet});
}

void publication_writer::add_keys(command_buffer& out,
                                  const messages::publication& x,
                                  uint64_t fence) {
  if (auto token = std::get_if<messages::token_publication>(&x)) {
    add_token_keys(out, *token, fence);
  } else if (std::holds_alternative<messages::wallet_publication>(x)) {
    out.add(
      {"SET", channel_, message_, "EX", std::to_string(wallet_key_seconds)});
  } else if (std::holds_alternative<messages::board_publication>(x)) {
    out.add({"SET", channel_, message_});
  } else if (auto market = std::get_if<messages::market_publication>(&x)) {
    out.add({"SET", channel_, message_});
    add_rank(out, "tokens:by_volume", *market->lists[0], true);
    add_rank(out, "tokens:by_mcap", *market->lists[1], false);
  }
}

void publication_writer::add_token_keys(command_buffer& out,
                                        const messages::token_publication& x,
                                        uint64_t fence) {
  auto base = named("token:") + domain::to_string(x.token.mint);
  auto token = fields{};
  add_stamp(token, x.stamp, fence);
  add_token_fields(token, x.token);
  token.write(out, base, token_key_seconds);
  auto metrics = fields{};
  add_stamp(metrics, x.stamp, fence);
  add_metric_fields(metrics, x.token);
  metrics.add("holders_traded", x.holders);
  metrics.write(out, base + ":metrics", token_key_seconds);
  auto day = fields{};
  add_stamp(day, x.stamp, fence);
  add_day_fields(day, x.token);
  day.write(out, base + ":24h", day_key_seconds);
  add_price(out, x.token.mint, x);
}

void publication_writer::add_price(command_buffer& out,
                                   const domain::pubkey& mint,
                                   const messages::token_publication& x) {
  auto price = domain::chart_price(x.token.spot, x.token.quote_mint,
                                   x.token.decimals);
  if (!price || x.token.last_trade_at == 0)
    return;
  auto key = named("token:") + domain::to_string(mint) + ":prices";
  auto minute_at = domain::open_time(x.token.last_trade_at,
                                     domain::interval::m1);
  auto minute = std::to_string(minute_at);
  auto day_ago = std::to_string(
    domain::open_time(x.chain_time, domain::interval::m1) - day_key_seconds);
  // One member a minute: the last price replaces those before.
  out.add({"ZREMRANGEBYSCORE", key, minute, minute});
  out.add({"ZADD", key, minute, minute + ":" + number_text(*price)});
  out.add({"ZREMRANGEBYSCORE", key, "-inf", "(" + day_ago});
  out.add({"EXPIRE", key, std::to_string(day_key_seconds)});
}

void publication_writer::add_rank(command_buffer& out, std::string_view key,
                                  const messages::market& list,
                                  bool by_volume) {
  auto name = named(key);
  out.add({"DEL", name});
  if (list.rows.empty())
    return;
  out.begin(2 + 2 * list.rows.size());
  out.word("ZADD");
  out.word(name);
  for (auto& row : list.rows) {
    auto units = by_volume ? row.day.volume_quote
                           : row.quote.market_cap.value_or(0);
    out.word(number_text(static_cast<double>(units)));
    out.word(domain::to_base58(row.mint).view());
  }
}

} // namespace pumpscope::redis
