#include "runtime/backfill_source.hpp"

#include "domain/backfill_walk.hpp"
#include "runtime/open_store.hpp"

#include <utility>

namespace pumpscope::runtime {

backfill_source::backfill_source(
  std::shared_ptr<messages::block_fetcher> fetcher,
  std::vector<domain::slot_gap> ranges)
  : fetcher_{std::move(fetcher)},
    // One after the other: where slots come in order, they can be sealed while
    // later ones are fetched.
    filler_{{.walk = {}, .ranges_max = 16, .walks_max = 1}, fetcher_},
    waiting_{std::move(ranges)} {
  // nop
}

std::string backfill_source::name() const {
  return fetcher_->name();
}

void backfill_source::resume_from(uint64_t) {
  // What is missing is known; what is there already is a duplicate.
}

messages::read_status backfill_source::read(messages::raw_batch& out,
                                            std::chrono::milliseconds timeout) {
  if (cancelled_)
    return messages::read_status::failed;
  while (next_ < waiting_.size() && filler_.want(waiting_[next_]))
    ++next_;
  filler_.fill(out, timeout);
  return next_ == waiting_.size() && filler_.idle() ? messages::read_status::end
                                                    : messages::read_status::ok;
}

std::string backfill_source::last_error() const {
  return fetcher_->last_error();
}

uint64_t backfill_source::bytes_read() const {
  return fetcher_->counters().bytes;
}

uint64_t backfill_source::bytes_total() const {
  return 0;
}

void backfill_source::cancel() {
  cancelled_ = true;
  fetcher_->cancel();
}

outcome<std::vector<domain::slot_gap>>
ranges_to_fetch(messages::store& store,
                const std::vector<messages::gap_row>& gaps) {
  auto result = std::vector<domain::slot_gap>{};
  for (const auto& gap : gaps) {
    if (messages::is_break_gap(gap)) {
      // Its slots are sealed: all of them are compared.
      result.push_back({gap.from_slot, gap.to_slot});
      continue;
    }
    auto slots = checked(store.load_slots(gap.from_slot, gap.to_slot));
    if (!slots)
      return tl::unexpected{std::move(slots.error())};
    auto progress = domain::gap_progress{{gap.from_slot, gap.to_slot}, {}};
    for (const auto& x : *slots)
      progress.parents.emplace(x.slot, x.parent);
    auto missing = domain::missing_ranges(progress);
    // All is there, but nothing tells that it is all: the walk from the gap's
    // end finds out.
    if (missing.empty())
      missing.push_back({gap.to_slot, gap.to_slot});
    result.insert(result.end(), missing.begin(), missing.end());
  }
  return result;
}

} // namespace pumpscope::runtime
