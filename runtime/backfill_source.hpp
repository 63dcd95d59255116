#pragma once

#include "actors/slot_filler.hpp"
#include "domain/sealer.hpp"
#include "messages/block_fetcher.hpp"
#include "messages/source.hpp"
#include "messages/store.hpp"
#include "runtime/outcome.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace pumpscope::runtime {

/// Blocks of ranges of slots as a stream that ends behind the last one.
class backfill_source : public messages::source {
public:
  backfill_source(std::shared_ptr<messages::block_fetcher> fetcher,
                  std::vector<domain::slot_gap> ranges);

  [[nodiscard]] std::string name() const override;
  void resume_from(uint64_t) override;
  messages::read_status read(messages::raw_batch& out,
                             std::chrono::milliseconds timeout) override;
  [[nodiscard]] std::string last_error() const override;
  [[nodiscard]] uint64_t bytes_read() const override;
  [[nodiscard]] uint64_t bytes_total() const override;
  void cancel() override;

  /// By the thread that reads, or when nobody reads any more.
  [[nodiscard]] const actors::slot_filler_counters& counters() const {
    return filler_.counters();
  }

  [[nodiscard]] messages::fetch_counters fetched() const {
    return fetcher_->counters();
  }

private:
  std::shared_ptr<messages::block_fetcher> fetcher_;
  actors::slot_filler filler_;
  std::vector<domain::slot_gap> waiting_;
  size_t next_ = 0;
  std::atomic<bool> cancelled_ = false;
};

/// Returns the ranges of slots that have to be fetched to fill the open gaps of
/// a store, ascending.
outcome<std::vector<domain::slot_gap>>
ranges_to_fetch(messages::store& store,
                const std::vector<messages::gap_row>& gaps);

} // namespace pumpscope::runtime
