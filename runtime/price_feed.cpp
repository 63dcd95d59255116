#include "runtime/price_feed.hpp"

#include "runtime/redis_price.hpp"
#include "runtime/redis_settings.hpp"

#include <cassert>
#include <utility>

namespace pumpscope::runtime {

price_feed::price_feed(const config::price_options& options,
                       const config::redis_options& redis) {
  auto source = config::parse_price(options.source);
  assert(source);
  fixed_usd_micros_ = source->fixed_usd_micros;
  auto from = std::unique_ptr<adapters::price_source>{};
  if (source->server) {
    auto client = rpc::client_settings{};
    client.host = source->server->server.host;
    client.port = source->server->server.port;
    client.tls = source->server->tls;
    client.target = source->target;
    from = adapters::http_price(std::move(client));
    name_ = "endpoint " + config::to_text(*source->server);
  } else if (!source->redis_key.empty()) {
    assert(source->redis || redis.url);
    if (source->redis)
      warn_of_plain_text(*source->redis, "run");
    from = redis_price(source->redis
                         ? redis_settings(*source->redis, redis.timeout)
                         : redis_settings(redis),
                       source->redis_key);
    name_ = "key "
            + config::to_text(source->redis ? *source->redis : *redis.url) + "#"
            + source->redis_key;
  } else {
    return;
  }
  auto stale
    = std::chrono::duration_cast<std::chrono::seconds>(options.stale_after);
  price_ = std::make_shared<messages::sol_price>(stale.count());
  auto settings = adapters::price_poller_settings{};
  settings.period = options.poll_interval;
  settings.rate.per_second = options.requests_per_second;
  poller_ = std::make_unique<adapters::price_poller>(std::move(settings),
                                                     std::move(from), price_);
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
  return error.empty() ? error : "the price " + name_ + ": " + error;
}

} // namespace pumpscope::runtime
