#include "adapters/api/wallet_history.hpp"

#include "domain/wallet_ledger.hpp"
#include "messages/state_rows.hpp"

namespace pumpscope::api {

namespace {

/// Keeps every so many points that not too many are kept.
class thinner {
public:
  void add(const pnl_point& x) {
    last_ = x;
    if (seen_++ % step_ != 0)
      return;
    points_.push_back(x);
    if (points_.size() < pnl_points_max)
      return;
    auto kept = std::vector<pnl_point>{};
    for (size_t i = 0; i < points_.size(); i += 2)
      kept.push_back(points_[i]);
    points_ = std::move(kept);
    step_ *= 2;
  }

  std::vector<pnl_point> take() {
    if (seen_ > 0 && points_.back().time != last_.time)
      points_.push_back(last_);
    else if (seen_ > 0)
      points_.back() = last_;
    return std::move(points_);
  }

private:
  std::vector<pnl_point> points_ = {};
  pnl_point last_ = {};
  uint64_t seen_ = 0;
  uint64_t step_ = 1;
};

} // namespace

messages::store_result<pnl_curve> load_pnl_curve(messages::store& store,
                                                 const domain::pubkey& wallet,
                                                 uint64_t up_to) {
  constexpr size_t page_rows = 5'000;
  auto history = store.open_history(messages::projection::wallet, wallet,
                                    up_to);
  if (!history)
    return tl::unexpected{history.error()};
  auto ledger = messages::start_wallet(wallet, (*history)->start());
  if (!ledger)
    return tl::unexpected{messages::store_error{
      ledger.error(), "the baseline of a wallet is damaged"}};
  auto points = thinner{};
  auto count = size_t{0};
  for (;;) {
    auto rows = (*history)->next(page_rows);
    if (!rows)
      return tl::unexpected{rows.error()};
    if (rows->trades.empty())
      break;
    count += rows->trades.size();
    if (count > pnl_trades_max)
      return pnl_curve{{}, false};
    for (auto& x : rows->trades) {
      auto before = ledger->totals().realizations;
      // What the fold refuses has no part in any state.
      if (ledger->apply(x) && ledger->totals().realizations != before)
        points.add({x.block_time, ledger->totals().realized});
    }
  }
  return pnl_curve{points.take(), true};
}

} // namespace pumpscope::api
