#pragma once

#include "adapters/publication_json/json_writer.hpp"
#include "messages/publication.hpp"

#include <optional>
#include <string_view>

namespace pumpscope::publication_json {

/// Appends what a message is about: `data` of the envelope. Its fields stand in
/// docs/reference/redis.md and docs/reference/schemas.
void append_data(json_writer& to, const messages::publication& x);

/// Appends a trade, as messages of trades and of ticks carry it.
void append_trade(json_writer& to, const domain::trade& x);

/// Appends what it holds, to an object that is open.
void append_trade_members(json_writer& to, const domain::trade& x);

/// Appends what messages of a token hold, to an object that is open.
void append_token_members(json_writer& to,
                          const messages::token_publication& of);

/// Appends what a position is in messages of a wallet, to an object that is
/// open.
void append_position_members(json_writer& to, const domain::position& x);

/// Appends the totals of a wallet, as its messages hold them, to an object that
/// is open.
void append_wallet_members(json_writer& to, const domain::pubkey& wallet,
                           const domain::wallet_totals& totals);

/// Names a board.
struct board_name {
  domain::board_window window = domain::board_window::h24;
  domain::board_by by = domain::board_by::net;
  domain::board_side side = domain::board_side::losers;
};

/// Appends a row of a board. `totals` of its wallet; null where they are not
/// known.
void append_board_row(json_writer& to, uint64_t rank,
                      const domain::board_row& row, const board_name& of,
                      const domain::wallet_totals* totals);

/// Returns "buy" or "sell".
std::string_view side_text(domain::trade_side x);

/// Returns "5m", "15m", "1h", "6h" or "24h".
std::string_view window_text(domain::token_window x);

/// USD where the amount, and the rate at the token's last trade, are known.
std::optional<double> usd_of(const domain::token_summary& x,
                             std::optional<domain::i128> quote_units);

/// The scores of domain.md section 6.
struct token_scores {
  double score = 0.0;
  double score_seed = 0.0;
};

/// Nothing where no USD rate is known.
std::optional<token_scores> scores_of(const domain::token_summary& x);

} // namespace pumpscope::publication_json
