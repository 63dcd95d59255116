#include "runtime/forwarder.hpp"

#include "runtime/node_row.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::runtime {

namespace {

constexpr std::string_view nodes_path = "/console/api/nodes";

http::response unavailable(std::string_view code, const std::string& what) {
  auto result = http::problem(503, code, what);
  result.headers.emplace_back("Retry-After", "1");
  return result;
}

} // namespace

void forwarder::begin(std::shared_ptr<cluster_seat> seat,
                      std::shared_ptr<peer::peer_network> network) {
  auto guard = std::lock_guard{mutex_};
  seat_ = std::move(seat);
  network_ = std::move(network);
}

void forwarder::end() {
  begin(nullptr, nullptr);
}

bool forwarder::take(http::request& x, const http::reply& done) const {
  auto seat = std::shared_ptr<cluster_seat>{};
  auto network = std::shared_ptr<peer::peer_network>{};
  {
    auto guard = std::lock_guard{mutex_};
    seat = seat_;
    network = network_;
  }
  const auto* name = x.query.find("node");
  auto here = [&] { return name == nullptr || seat->self().name == *name; };
  if (!seat || (here() && (name != nullptr || seat->in_term())))
    return false;
  auto view = seat->view();
  auto chosen = [&](const messages::member_row& y) {
    return y.alive
           && (name != nullptr ? y.self.name == *name
                               : y.self.id == view.sequencer);
  };
  auto to = std::find_if(view.members.begin(), view.members.end(), chosen);
  if (to == view.members.end()) {
    done(name != nullptr
           ? http::problem(404, "not_found", "there is no such node")
           : unavailable("no_sequencer", "no node has the sequencer now"));
    return true;
  }
  if (to->self.id == seat->self().id) {
    done(unavailable("no_sequencer", "the pipeline of this node is starting"));
    return true;
  }
  if (!network) {
    done(unavailable("node_unreachable",
                     "this node does not talk to others (--node-listen): ask "
                       + to->self.http));
    return true;
  }
  network->ask(to->self.peer, std::move(x), done);
  return true;
}

std::optional<peer::peer_counters> forwarder::counters() const {
  auto guard = std::lock_guard{mutex_};
  if (!network_)
    return std::nullopt;
  return network_->counters();
}

std::string forwarder::nodes_json() const {
  auto seat = std::shared_ptr<cluster_seat>{};
  {
    auto guard = std::lock_guard{mutex_};
    seat = seat_;
  }
  auto view = seat ? seat->view() : messages::cluster_view{};
  auto result = R"({"self":")" + (seat ? seat->self().name : std::string{})
                + R"(","fence":)" + std::to_string(view.fence)
                + R"(,"nodes":[)";
  for (auto& x : view.members)
    result += (result.ends_with('[') ? "" : ",") + to_json(x, view.sequencer);
  return result + "]}";
}

void forward(std::vector<http::route>& routes,
             const std::shared_ptr<const forwarder>& by) {
  for (auto& route : routes) {
    auto path = std::string_view{route.path};
    auto asked = path.starts_with("/api/") || path.starts_with("/udf/")
                 || path.starts_with("/console/api/");
    if (!asked || path == nodes_path)
      continue;
    route.handle = [by, own = std::move(route.handle)](http::request x,
                                                       http::reply done) {
      if (!by->take(x, done))
        own(std::move(x), std::move(done));
    };
  }
}

http::route nodes_route(const std::shared_ptr<const forwarder>& of) {
  auto result = http::route{};
  result.path = nodes_path;
  result.handle = [of](const http::request&, const http::reply& done) {
    auto answer = http::response{};
    answer.headers.emplace_back("Cache-Control", "no-store");
    answer.body = of->nodes_json();
    done(std::move(answer));
  };
  return result;
}

} // namespace pumpscope::runtime
