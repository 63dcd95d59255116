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
