#include "adapters/sqlite/key_positions.hpp"

namespace pumpscope::adapters::sqlite {

namespace {

/// Positions that are asked of the index at once: some pages of a list.
constexpr size_t chunk_rows = 1'000;

} // namespace

uint64_t key_positions::next_below(uint64_t before) {
  for (;;) {
    while (chunk_next_ < chunk_.size() && chunk_[chunk_next_] >= before)
      ++chunk_next_;
    if (chunk_next_ < chunk_.size())
      return chunk_[chunk_next_];
    if (chunk_last_)
      return 0;
    auto index = key_index{db_};
    chunk_ = index.find_last(kind_, hash_, before, chunk_rows);
    chunk_next_ = 0;
    chunk_last_ = chunk_.size() < chunk_rows;
  }
}

} // namespace pumpscope::adapters::sqlite
