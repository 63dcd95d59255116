#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace pumpscope::domain {

/// Numbered storage that grows by blocks: growing never copies, wastes at most
/// one block, and addresses stay. Released numbers are used again.
///
/// Bound: 2^32 - 1 elements.
template <class T>
class block_pool {
public:
  /// No element.
  static constexpr uint32_t none = ~uint32_t{0};

  /// Returns the number of a new, default element.
  uint32_t add() {
    if (!free_.empty()) {
      auto index = free_.back();
      free_.pop_back();
      (*this)[index] = T{};
      return index;
    }
    if (size_ == blocks_.size() * block_size)
      blocks_.push_back(std::make_unique<T[]>(block_size));
    assert(size_ < none);
    return size_++;
  }

  /// Makes a number free for reuse.
  void release(uint32_t index) {
    free_.push_back(index);
  }

  T& operator[](uint32_t index) {
    assert(index < size_);
    return blocks_[index / block_size][index % block_size];
  }

  const T& operator[](uint32_t index) const {
    assert(index < size_);
    return blocks_[index / block_size][index % block_size];
  }

  /// Highest number ever used plus 1.
  [[nodiscard]] uint32_t size() const {
    return size_;
  }

  /// Bytes on the heap.
  [[nodiscard]] size_t heap_bytes() const {
    return blocks_.size() * (block_size * sizeof(T) + sizeof(blocks_[0]))
           + free_.capacity() * sizeof(uint32_t);
  }

private:
  static constexpr uint32_t block_size = 1024;

  std::vector<std::unique_ptr<T[]>> blocks_ = {};
  std::vector<uint32_t> free_ = {};
  uint32_t size_ = 0;
};

} // namespace pumpscope::domain
