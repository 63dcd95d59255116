#pragma once

#include "messages/rows.hpp"

namespace pumpscope::actors {

/// Calls `f` with the trades and events of a history in chain order.
template <class F>
void for_each_in_chain_order(const messages::journal_rows& rows, F f) {
  auto trade = rows.trades.begin();
  auto event = rows.token_events.begin();
  while (trade != rows.trades.end() || event != rows.token_events.end())
    if (event == rows.token_events.end()
        || (trade != rows.trades.end() && trade->position < event->position))
      f(*trade++);
    else
      f(*event++);
}

} // namespace pumpscope::actors
