#include "runtime/api_backend.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::runtime {

namespace {

std::string_view text_of(query_failure x) {
  switch (x) {
    case query_failure::unavailable:
      break;
    case query_failure::timeout:
      return "the actors did not answer in time";
    case query_failure::busy:
      return "too many questions are under way";
  }
  return "the node is starting or restarting";
}

/// Passes an answer of the actors on.
template <class T>
live_queries::callback<T> pass_on(api::answer<T> done) {
  return [done = std::move(done)](tl::expected<T, query_failure> x) {
    if (x)
      done(std::move(*x));
    else
      done(tl::unexpected{api::failure{std::string{text_of(x.error())}}});
  };
}

/// The message of a token, kept alive by what the hub keeps.
api::token_entry entry_of(const hub::token_entry_ptr& x) {
  return x ? api::token_entry{x, &hub::token_of(*x)} : nullptr;
}

} // namespace

api_backend::api_backend(std::shared_ptr<hub::hub> hub,
                         std::shared_ptr<live_queries> queries,
                         std::shared_ptr<read_pool> readers)
  : hub_{std::move(hub)},
    queries_{std::move(queries)},
    readers_{std::move(readers)} {
  // nop
}

void api_backend::set_facts(api::node_facts x) {
  auto next = std::make_shared<const api::node_facts>(std::move(x));
  auto guard = std::lock_guard{mutex_};
  facts_ = std::move(next);
}

api::node_facts_ptr api_backend::facts() const {
  auto guard = std::lock_guard{mutex_};
  return facts_;
}

api::token_list_ptr api_backend::tokens() const {
  auto list = hub_->tokens().list();
  auto guard = std::lock_guard{mutex_};
  if (listed_ == list)
    return tokens_;
  auto next = std::vector<api::token_entry>{};
  next.reserve(list->size());
  for (auto& x : *list)
    next.push_back(entry_of(x));
  listed_ = std::move(list);
  tokens_
    = std::make_shared<const std::vector<api::token_entry>>(std::move(next));
  return tokens_;
}

api::token_entry api_backend::token(const domain::pubkey& mint) const {
  return entry_of(hub_->tokens().find(mint));
}

std::shared_ptr<const messages::market_publication>
api_backend::market() const {
  auto kept = hub_->market();
  if (!kept)
    return nullptr;
  return {kept, &std::get<messages::market_publication>(kept->message)};
}

void api_backend::ask_token(const domain::pubkey& mint,
                            api::answer<messages::token_view_ptr> done) {
  queries_->token(mint, pass_on(std::move(done)));
}

void api_backend::ask_wallet(const domain::pubkey& wallet,
                             api::answer<messages::wallet_view_ptr> done) {
  queries_->wallet(wallet, pass_on(std::move(done)));
}

void api_backend::ask_board(const messages::get_board& request,
                            api::answer<messages::board_ptr> done) {
  queries_->board(request, pass_on(std::move(done)));
}

void api_backend::ask_totals(std::vector<domain::pubkey> wallets,
                             api::answer<messages::totals_by_wallet_ptr> done) {
  queries_->totals({std::move(wallets)}, pass_on(std::move(done)));
}

bool api_backend::read(api::store_read run, std::function<void()> dropped) {
  return readers_->add(std::move(run), std::move(dropped));
}

std::vector<api::known_gap> known_gaps(messages::store& store,
                                       std::vector<messages::gap_row> gaps) {
  // Slots on either side that are looked at for a time.
  constexpr uint64_t near_slots = 32;
  std::sort(gaps.begin(), gaps.end(),
            [](auto& x, auto& y) { return x.from_slot < y.from_slot; });
  if (gaps.size() > api::node_facts::gaps_max)
    gaps.resize(api::node_facts::gaps_max);
  auto result = std::vector<api::known_gap>{};
  for (auto& row : gaps) {
    auto seconds = static_cast<int64_t>(row.to_slot - row.from_slot) + 1;
    auto gap = api::known_gap{row, row.opened_at - seconds,
                              row.opened_at + seconds};
    auto from = row.from_slot - std::min(row.from_slot, near_slots);
    if (auto before = store.load_slots(from, row.from_slot);
        before && !before->empty())
      gap.begin = before->back().block_time;
    if (auto after = store.load_slots(row.to_slot, row.to_slot + near_slots);
        after && !after->empty())
      gap.end = after->front().block_time;
    gap.end = std::max(gap.end, gap.begin);
    result.push_back(std::move(gap));
  }
  return result;
}

} // namespace pumpscope::runtime
