#include "runtime/price_feed.hpp"

#include <cassert>

namespace pumpscope::runtime {

price_feed::price_feed(const config::price_options& options) {
  auto source = config::parse_price(options.source);
  assert(source);
  fixed_usd_micros_ = source->fixed_usd_micros;
  if (!source->server)
    return;
  server_ = config::to_text(*source->server);
  auto stale
    = std::chrono::duration_cast<std::chrono::seconds>(options.stale_after);
  price_ = std::make_shared<messages::sol_price>(stale.count());
  auto settings = adapters::price_poller_settings{};
  settings.client.host = source->server->server.host;
  settings.client.port = source->server->server.port;
  settings.client.tls = source->server->tls;
  settings.client.target = source->target;
  settings.period = options.poll_interval;
  settings.rate.per_second = options.requests_per_second;
  poller_ = std::make_unique<adapters::price_poller>(std::move(settings),
                                                     price_);
}

std::function<uint64_t(int64_t)> price_feed::known_at() const {
  if (fixed_usd_micros_ != 0)
    return [fixed = fixed_usd_micros_](int64_t) { return fixed; };
  if (price_)
    return [price = price_](int64_t time) { return price->known_at(time); };
  return {};
}

std::string price_feed::trouble() const {
  if (!poller_)
    return {};
  auto error = poller_->status().last_error;
  return error.empty() ? error : "the price endpoint " + server_ + ": " + error;
}

} // namespace pumpscope::runtime
