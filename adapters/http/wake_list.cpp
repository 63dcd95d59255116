#include "adapters/http/wake_list.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace pumpscope::http {

namespace {

/// Wakes at a time: some milliseconds of writing, in which requests wait.
constexpr size_t wakes_max = 256;

} // namespace

wake_list::wake_list(std::weak_ptr<boost::asio::io_context> io)
  : io_{std::move(io)} {
  // nop
}

wake_list::~wake_list() {
  for (auto* list : {round_, added_.load()})
    while (list != nullptr) {
      auto x = std::move(list->self_);
      list = x->next_;
    }
}

std::shared_ptr<wake_list::entry> wake_list::add(wakeable& owner) {
  auto result = std::make_shared<entry>();
  result->list_ = weak_from_this();
  result->owner_ = &owner;
  return result;
}

std::function<void()> wake_list::wake_function(std::shared_ptr<entry> x) {
  return [x = std::move(x)] {
    if (auto list = x->list_.lock())
      list->push(x);
  };
}

void wake_list::push(std::shared_ptr<entry> x) {
  if (x->queued_.exchange(true, std::memory_order_acq_rel))
    return;
  auto* raw = x.get();
  raw->self_ = std::move(x);
  auto* head = added_.load(std::memory_order_relaxed);
  do
    raw->next_ = head;
  while (!added_.compare_exchange_weak(head, raw, std::memory_order_release,
                                       std::memory_order_relaxed));
  // Who finds others there knows that a round is to come.
  if (head == nullptr)
    post();
}

void wake_list::post() {
  if (auto io = io_.lock())
    boost::asio::post(*io, [weak = weak_from_this()] {
      if (auto self = weak.lock())
        self->run();
    });
}

void wake_list::run() {
  if (round_ == nullptr) {
    auto* newest = added_.exchange(nullptr, std::memory_order_acquire);
    while (newest != nullptr) {
      auto* next = newest->next_;
      newest->next_ = round_;
      round_ = newest;
      newest = next;
    }
  }
  for (size_t i = 0; i < wakes_max && round_ != nullptr; ++i) {
    auto x = std::move(round_->self_);
    round_ = x->next_;
    // Before the owner looks: a wake from now on is a new one, and the owner
    // sees what came before the others.
    x->queued_.exchange(false, std::memory_order_acq_rel);
    if (x->owner_ != nullptr)
      x->owner_->wake();
  }
  if (round_ != nullptr || added_.load(std::memory_order_relaxed) != nullptr)
    post();
}

} // namespace pumpscope::http
