#include "runtime/live_screen.hpp"

#include "domain/base58.hpp"
#include "runtime/log.hpp"

#include <utility>

namespace pumpscope::runtime {

namespace {

/// How often a line is written when nobody looks at a terminal.
constexpr auto line_period = std::chrono::seconds{10};

/// Rows of the board on the screen.
constexpr uint32_t losers_shown = 8;

/// Rows of the most traded tokens on the screen.
constexpr uint32_t tokens_shown = 5;

void add_losers(node& running, live_view& view) {
  auto request = messages::get_board{};
  request.rows = losers_shown;
  auto board = running.board(request);
  if (!board)
    return;
  for (const auto& x : (*board)->rows)
    view.losers.push_back({domain::to_string(x.wallet),
                           sol_text(domain::to_string(x.net)), x.trades});
}

void add_tokens(node& running, live_view& view) {
  auto request = messages::get_market{};
  request.rows = tokens_shown;
  auto market = running.market(request);
  if (!market)
    return;
  for (const auto& x : (*market)->rows)
    view.top_tokens.push_back({domain::to_string(x.mint),
                               sol_text(domain::to_string(x.day.volume_quote)),
                               x.day.trades, x.change_24h});
}

} // namespace

bool live_screen::is_due() {
  auto now = clock::now();
  if (!interactive() && now - line_at_ < line_period)
    return false;
  line_at_ = now;
  return true;
}

void live_screen::show(node& running, messages::store& looker, live_view view) {
  auto status = running.status();
  if (!status)
    // Busy or starting: the next look will tell.
    return;
  const auto& x = **status;
  auto counts = looker.counts();
  auto head = looker.read_head();
  if (counts && head) {
    view.slot = head->sealed_slot;
    view.trades = counts->trades;
    view.open_gaps = counts->open_gaps;
    view.dead_letters = counts->dead_letters;
  }
  view.lag_slots = x.highest_slot > view.slot ? x.highest_slot - view.slot : 0;
  view.trades_per_second = rate_of(x.trades);
  view.wallets = x.wallets_known;
  view.tokens = x.tokens_known;
  view.reserve_breaks = x.reserve_breaks;
  view.audited = x.audited;
  view.audit_mismatches = x.audit_mismatches;
  if (interactive()) {
    add_losers(running, view);
    add_tokens(running, view);
    terminal_.draw(render_live(view, terminal_.width()));
  } else {
    info_line(render_live_line(view));
  }
}

void live_screen::clear() {
  terminal_.clear();
}

double live_screen::rate_of(uint64_t trades) {
  auto now = clock::now();
  auto seconds
    = std::chrono::duration<double>(now - std::exchange(looked_at_, now))
        .count();
  // A restarted pipeline counts from 0 again.
  auto fresh = trades >= trades_ ? trades - trades_ : trades;
  if (seconds > 0)
    rate_ = static_cast<double>(fresh) / seconds;
  trades_ = trades;
  return rate_;
}

} // namespace pumpscope::runtime
