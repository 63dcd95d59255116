#include "adapters/peer/remote_stream.hpp"

#include <caf/send.hpp>

#include <utility>

namespace pumpscope::peer {

remote_stream::remote_stream(uint64_t number, const local_client_actor& owner)
  : number_{number}, owner_{caf::actor_cast<caf::weak_actor_ptr>(owner)} {
  // nop
}

remote_stream::~remote_stream() {
  tell_owner(stream_dropped{number_});
}

template <class Message>
void remote_stream::tell_owner(const Message& x) {
  if (auto owner = owner_.lock())
    caf::anon_send(caf::actor_cast<local_client_actor>(owner), x);
}

void remote_stream::append(std::string bytes, bool last) {
  auto wake = std::function<void()>{};
  {
    auto guard = std::lock_guard{mutex_};
    if (!bytes.empty())
      waiting_.push_back(std::make_shared<const std::string>(std::move(bytes)));
    ended_ = ended_ || last;
    wake = wake_;
  }
  if (wake)
    wake();
}

bool remote_stream::next(std::vector<std::shared_ptr<const std::string>>& out,
                         size_t bytes_max) {
  auto taken = size_t{0};
  auto goes_on = true;
  {
    auto guard = std::lock_guard{mutex_};
    auto end = waiting_.begin();
    while (end != waiting_.end() && taken < bytes_max)
      taken += (*end++)->size();
    out.insert(out.end(), waiting_.begin(), end);
    waiting_.erase(waiting_.begin(), end);
    goes_on = !ended_ || !waiting_.empty();
  }
  if (taken > 0)
    tell_owner(stream_taken{number_, static_cast<uint32_t>(taken)});
  return goes_on;
}

void remote_stream::on_wake(std::function<void()> wake) {
  auto guard = std::lock_guard{mutex_};
  wake_ = std::move(wake);
}

} // namespace pumpscope::peer
