#include "runtime/peer_host_link.hpp"

#include <utility>
#include <vector>

namespace pumpscope::runtime {

namespace {

/// Bytes that are taken from the stream at once.
constexpr size_t piece_bytes = size_t{64} << 10;

} // namespace

struct peer_host_link::events {
  std::mutex mutex = {};
  std::shared_ptr<http::body_source> stream = {};
  std::function<void(std::string, bool)> tell = {};
  bool ended = false;

  /// Takes what there is. One thread at a time, so that pieces keep their
  /// order.
  void read() {
    auto guard = std::lock_guard{mutex};
    for (auto goes_on = true; stream && goes_on && !ended;) {
      auto pieces = std::vector<std::shared_ptr<const std::string>>{};
      goes_on = stream->next(pieces, piece_bytes);
      auto bytes = std::string{};
      for (auto& x : pieces)
        bytes += *x;
      if (bytes.empty() && goes_on)
        return;
      ended = !goes_on;
      tell(std::move(bytes), !goes_on);
    }
  }

  void refuse(const std::string& why) {
    auto guard = std::lock_guard{mutex};
    if (std::exchange(ended, true))
      return;
    tell(to_frame(messages::host_failure{domain::errc::host_lost, why}), true);
  }
};

peer_host_link::peer_host_link(std::shared_ptr<peer::peer_network> network,
                               std::string name, std::string address,
                               std::function<void(const std::string&)> on_lost,
                               std::function<void()> on_slow)
  : network_(std::move(network)),
    name_(std::move(name)),
    address_(std::move(address)),
    on_lost_(std::move(on_lost)),
    on_slow_(std::move(on_slow)),
    events_(std::make_shared<events>()) {
}

std::string peer_host_link::name() const {
  return name_;
}

void peer_host_link::send(std::string_view path, messages::hosting_id id,
                          std::string body, http::reply done) {
  auto x = http::request{};
  x.method = "POST";
  x.target = std::string{path} + "?fence=" + std::to_string(id.fence)
             + "&serial=" + std::to_string(id.serial);
  x.body = std::move(body);
  network_->ask(address_, std::move(x), std::move(done));
}

void peer_host_link::begin(std::string command,
                           std::function<void(std::string, bool)> on_events) {
  {
    auto guard = std::lock_guard{events_->mutex};
    events_->tell = std::move(on_events);
  }
  send(hosting_path::begin, {}, std::move(command),
       [of = events_](http::response x) {
         if (x.status != 200 || !x.stream) {
           of->refuse("it answers " + std::to_string(x.status) + ": " + x.body);
           return;
         }
         {
           auto guard = std::lock_guard{of->mutex};
           // Nobody waits for it any more: the stream ends with its last owner.
           if (of->ended)
             return;
           of->stream = x.stream;
         }
         x.stream->on_wake([weak = std::weak_ptr<events>{of}] {
           if (auto self = weak.lock())
             self->read();
         });
         of->read();
       });
}

void peer_host_link::pass(messages::hosting_id id, std::string order,
                          std::function<void(bool)> done) {
  send(hosting_path::pass, id, std::move(order),
       [done = std::move(done)](const http::response& x) {
         done(x.status == 200);
       });
}

void peer_host_link::ask(messages::hosting_id id, std::string question,
                         std::function<void(std::optional<std::string>)> done) {
  send(hosting_path::ask, id, std::move(question),
       [done = std::move(done)](http::response x) {
         if (x.status == 200)
           done(std::move(x.body));
         else
           done(std::nullopt);
       });
}

void peer_host_link::end() {
  auto dropped = std::shared_ptr<http::body_source>{};
  auto guard = std::lock_guard{events_->mutex};
  events_->ended = true;
  dropped = std::exchange(events_->stream, nullptr);
}

void peer_host_link::note_lost(const std::string& why) {
  on_lost_(why);
}

void peer_host_link::note_slow() {
  on_slow_();
}

} // namespace pumpscope::runtime
