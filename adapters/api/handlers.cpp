#include "adapters/api/handlers.hpp"

namespace pumpscope::api {

void add_get(std::vector<http::route>& to, std::string path, handler handle) {
  auto& x = to.emplace_back();
  x.path = std::move(path);
  x.keyed = true;
  x.handle = [handle = std::move(handle)](const http::request& request,
                                          http::reply done) {
    handle(request, std::move(done));
  };
}

void add_cached(std::vector<http::route>& to, const route_context& x,
                std::string path, std::chrono::milliseconds age_max,
                handler handle) {
  add_get(to, std::move(path),
          [cache = x.cache, age_max, handle = std::move(handle)](
            const http::request& request, http::reply done) {
            cache->get(
              cache_key(request), age_max, std::move(done),
              [&](http::reply made) { handle(request, std::move(made)); });
          });
}

void answer_by_read(backend& of, http::reply done,
                    std::function<http::response(messages::store&)> make) {
  auto busy = [done] { done(unavailable({"the store has too much to read"})); };
  auto accepted = of.read(
    [done, make = std::move(make)](messages::store& x) { done(make(x)); },
    busy);
  if (!accepted)
    busy();
}

http::response store_problem(const messages::store_error& x) {
  switch (x.code) {
    case domain::errc::below_retention:
      return http::problem(410, "below_retention",
                           "the journal no longer has what this asks for");
    case domain::errc::invalid_text:
    case domain::errc::limit_exceeded:
      return http::problem(400, "invalid_parameter", x.what);
    default:
      // The text of the store names servers and files.
      return unavailable({"the store does not answer"});
  }
}

} // namespace pumpscope::api
