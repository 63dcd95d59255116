#include "adapters/publication_json/publication_json.hpp"

#include "adapters/publication_json/data_json.hpp"
#include "adapters/publication_json/json_writer.hpp"
#include "domain/base58.hpp"
#include "domain/canonical_dump.hpp"

namespace pumpscope::publication_json {

namespace {

using domain::canonical::to_string;

/// Appends the channel, by kind of message.
struct channel_writer {
  std::string& out;

  void operator()(const messages::trade_publication& x) const {
    keyed("trade:", x.trade().mint);
  }
  void operator()(const messages::lifecycle_publication& x) const {
    out += x.event().kind == domain::token_event_kind::created
             ? "tokens:new"
             : "tokens:graduated";
  }
  void operator()(const messages::candle_publication& x) const {
    keyed("candle:", x.mint);
    out += ':';
    out += to_string(x.bar.interval);
  }
  void operator()(const messages::token_publication& x) const {
    keyed("token:", x.token.mint);
  }
  void operator()(const messages::wallet_publication& x) const {
    keyed("wallet:", x.wallet.wallet);
  }
  void operator()(const messages::board_publication& x) const {
    out += "leaderboard:";
    out += domain::to_string(x.window);
  }
  void operator()(const messages::market_publication&) const {
    out += "market";
  }

  void keyed(std::string_view kind, const domain::pubkey& key) const {
    out += kind;
    out += domain::to_base58(key).view();
  }
};

struct type_namer {
  std::string_view operator()(const messages::trade_publication&) const {
    return "trade";
  }
  std::string_view operator()(const messages::lifecycle_publication& x) const {
    return x.event().kind == domain::token_event_kind::created ? "token_new"
                                                               : "graduation";
  }
  std::string_view operator()(const messages::candle_publication&) const {
    return "candle";
  }
  std::string_view operator()(const messages::token_publication&) const {
    return "token";
  }
  std::string_view operator()(const messages::wallet_publication&) const {
    return "wallet";
  }
  std::string_view operator()(const messages::board_publication&) const {
    return "leaderboard";
  }
  std::string_view operator()(const messages::market_publication&) const {
    return "market";
  }
};

void begin_envelope(json_writer& to, std::string_view channel) {
  to.begin_object();
  if (!channel.empty())
    to.key("channel").plain(channel);
  to.key("v").number(contract_version);
}

} // namespace

void append_channel(std::string& out, const messages::publication& x) {
  std::visit(channel_writer{out}, x);
}

void append_tick_channel(std::string& out, const domain::trade& x) {
  channel_writer{out}.keyed("tick:", x.mint);
}

std::string_view type_of(const messages::publication& x) {
  return std::visit(type_namer{}, x);
}

void append_message(std::string& out, const messages::publication& x,
                    uint64_t fence, int64_t now_ms, std::string_view channel) {
  auto& stamp = std::visit(
    [](auto& y) -> const messages::publication_stamp& { return y.stamp; }, x);
  auto to = json_writer{out};
  begin_envelope(to, channel);
  to.key("type").plain(type_of(x));
  to.key("fence").amount(domain::i128{fence});
  to.key("seq").amount(domain::i128{stamp.seq});
  to.key("rev").number(stamp.rev);
  to.key("prev").amount(domain::i128{stamp.prev});
  to.key("slot").number(stamp.slot);
  to.key("ts").number(now_ms);
  to.key("data");
  append_data(to, x);
  to.end_object();
}

void append_tick(std::string& out, const domain::trade& x, int64_t now_ms,
                 std::string_view channel) {
  auto to = json_writer{out};
  begin_envelope(to, channel);
  to.key("type").plain("tick");
  to.key("status").plain("processed");
  to.key("slot").number(x.position.slot);
  to.key("ts").number(now_ms);
  to.key("data");
  append_trade(to, x);
  to.end_object();
}

} // namespace pumpscope::publication_json
