#include "adapters/hub/token_directory.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pumpscope::hub {

namespace {

/// What decides which of two messages is newer.
std::tuple<uint64_t, uint64_t, uint64_t> age_of(const token_entry& x) {
  auto& stamp = token_of(x).stamp;
  return {x.fence, stamp.seq, stamp.rev};
}

/// A sixteenth, so that a full directory need not be searched for each token.
constexpr size_t share_that_goes = 16;

} // namespace

void token_directory::put(token_entry_ptr x) {
  auto& mint = token_of(*x).token.mint;
  auto guard = std::lock_guard{mutex_};
  auto [i, is_new] = tokens_.try_emplace(mint);
  if (!is_new && age_of(*x) < age_of(*i->second))
    return;
  i->second = std::move(x);
  changed_ = true;
  if (is_new && tokens_.size() > tokens_max_)
    make_room();
}

token_entry_ptr token_directory::find(const domain::pubkey& mint) const {
  auto guard = std::lock_guard{mutex_};
  auto i = tokens_.find(mint);
  return i == tokens_.end() ? nullptr : i->second;
}

token_list_ptr token_directory::list() const {
  auto guard = std::lock_guard{mutex_};
  if (!list_) {
    auto all = std::make_shared<token_list>();
    all->reserve(tokens_.size());
    for (auto& [mint, entry] : tokens_)
      all->push_back(entry);
    list_ = std::move(all);
  }
  return list_;
}

void token_directory::refresh() {
  // The last owner of a list frees it, without our lock.
  auto old = token_list_ptr{};
  auto guard = std::lock_guard{mutex_};
  if (std::exchange(changed_, false))
    old = std::exchange(list_, nullptr);
}

size_t token_directory::size() const {
  auto guard = std::lock_guard{mutex_};
  return tokens_.size();
}

void token_directory::make_room() {
  auto times = std::vector<std::pair<int64_t, domain::pubkey>>{};
  times.reserve(tokens_.size());
  for (auto& [mint, entry] : tokens_)
    times.emplace_back(token_of(*entry).token.last_trade_at, mint);
  auto surplus = tokens_.size() - tokens_max_ + tokens_max_ / share_that_goes;
  surplus = std::min(surplus, times.size());
  std::nth_element(times.begin(),
                   times.begin() + static_cast<std::ptrdiff_t>(surplus) - 1,
                   times.end());
  for (size_t i = 0; i < surplus; ++i)
    tokens_.erase(times[i].second);
}

} // namespace pumpscope::hub
