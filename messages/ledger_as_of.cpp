#include "messages/ledger_as_of.hpp"

#include "messages/state_rows.hpp"

#include <limits>
#include <string>

namespace pumpscope::messages {

namespace {

/// Rows in memory at a time.
constexpr size_t page_rows = 2'000;

tl::unexpected<store_error> refuse(domain::errc code, std::string text) {
  return tl::make_unexpected(store_error{code, std::move(text)});
}

} // namespace

store_result<domain::wallet_ledger>
fold_as_of(history& rows, const retention_row& retention,
           const domain::pubkey& wallet, uint64_t slot, size_t trades_max) {
  // The baseline has all slots below the first one that is left.
  if (retention.start_slot > 0 && slot < retention.start_slot - 1)
    return refuse(domain::errc::below_retention,
                  "rows below slot " + std::to_string(retention.start_slot)
                    + " are dropped");
  auto ledger = restore_wallet(wallet, rows.start().wallet);
  if (!ledger)
    return refuse(ledger.error(), "the baseline of a wallet is damaged");
  for (size_t folded = 0;;) {
    auto page = rows.next(page_rows);
    if (!page)
      return tl::make_unexpected(std::move(page.error()));
    if (page->trades.empty())
      return std::move(*ledger);
    for (auto& x : page->trades) {
      if (x.position.slot > slot)
        return std::move(*ledger);
      if (++folded > trades_max)
        return refuse(domain::errc::limit_exceeded,
                      "the wallet has more than " + std::to_string(trades_max)
                        + " trades");
      // What a fold refuses (overflow) is left out here as well.
      static_cast<void>(ledger->apply(x));
    }
  }
}

store_result<domain::wallet_ledger>
load_ledger_as_of(store& from, const domain::pubkey& wallet, uint64_t slot,
                  size_t trades_max) {
  auto rows = from.open_history(projection::wallet, wallet,
                                std::numeric_limits<uint64_t>::max());
  if (!rows)
    return tl::make_unexpected(std::move(rows.error()));
  auto retention = from.read_retention();
  if (!retention)
    return tl::make_unexpected(std::move(retention.error()));
  return fold_as_of(**rows, *retention, wallet, slot, trades_max);
}

} // namespace pumpscope::messages
