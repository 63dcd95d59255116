#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace pumpscope::messages {

/// Work that a partition fans out to its entities: one part per entity. Counts
/// the parts that are still out and calls `on_all_back` from the thread that
/// returns the last one.
class fan_out {
public:
  /// What became of a part.
  enum class outcome : uint8_t { out, done, failed };

  explicit fan_out(size_t parts) : parts_(parts), out_{parts} {
  }

  fan_out(const fan_out&) = delete;
  fan_out& operator=(const fan_out&) = delete;

  virtual ~fan_out() = default;

  [[nodiscard]] size_t size() const {
    return parts_.size();
  }

  /// Tells whether the entity finished its part. Valid once all are back.
  [[nodiscard]] bool is_done(size_t i) const {
    return parts_[i].state == outcome::done;
  }

  /// Called once, when the last part is back; set before the first ticket.
  std::function<void()> on_all_back = {};

private:
  friend class ticket_base;

  struct part {
    std::atomic<uint32_t> references = 0;
    outcome state = outcome::out;
  };

  void release(size_t i) {
    if (parts_[i].references.fetch_sub(1, std::memory_order_acq_rel) != 1)
      return;
    if (parts_[i].state == outcome::out)
      parts_[i].state = outcome::failed;
    if (out_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      on_all_back();
  }

  std::vector<part> parts_;
  std::atomic<size_t> out_;
};

/// The right and duty to do one part: when the last copy goes away, the part
/// is back, done or not. An entity that throws or died before it looked at its
/// mailbox can therefore never stall a partition.
class ticket_base {
public:
  ticket_base() = default;

  ticket_base(std::shared_ptr<fan_out> work, size_t part)
    : work_{std::move(work)}, part_{part} {
    acquire();
  }

  ticket_base(const ticket_base& x) : work_{x.work_}, part_{x.part_} {
    acquire();
  }

  ticket_base(ticket_base&& x) noexcept
    : work_{std::move(x.work_)}, part_{x.part_} {
    x.work_.reset();
  }

  ticket_base& operator=(ticket_base x) noexcept {
    std::swap(work_, x.work_);
    std::swap(part_, x.part_);
    return *this;
  }

  ~ticket_base() {
    if (work_)
      work_->release(part_);
  }

  /// Index of the part.
  [[nodiscard]] size_t part() const {
    return part_;
  }

  /// Marks the part as done. Call it last.
  void done() const {
    work_->parts_[part_].state = fan_out::outcome::done;
  }

protected:
  [[nodiscard]] fan_out& work() const {
    return *work_;
  }

private:
  void acquire() {
    if (work_)
      work_->parts_[part_].references.fetch_add(1, std::memory_order_relaxed);
  }

  std::shared_ptr<fan_out> work_ = {};
  size_t part_ = 0;
};

/// A ticket for a part of `Work`, which extends `fan_out`.
template <class Work>
class ticket : public ticket_base {
public:
  ticket() = default;

  ticket(const std::shared_ptr<Work>& work, size_t part)
    : ticket_base{work, part} {
  }

  Work* operator->() const {
    return &static_cast<Work&>(work());
  }
};

} // namespace pumpscope::messages
