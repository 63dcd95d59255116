#include "adapters/api/answer_cache.hpp"

#include <algorithm>
#include <utility>

namespace pumpscope::api {

answer_cache::answer_cache(answer_cache_settings settings)
  : settings_{std::move(settings)} {
  // nop
}

void answer_cache::get(const std::string& key,
                       std::chrono::milliseconds age_max, http::reply done,
                       const maker& make) {
  auto hit = std::optional<http::response>{};
  {
    auto guard = std::lock_guard{mutex_};
    auto& x = entries_[key];
    if (x.kept && settings_.now() - x.made_at < age_max) {
      ++counters_.hits;
      hit = x.answer;
    } else if (x.waiting.size() >= settings_.waiting_max) {
      hit = http::problem(503, "unavailable", "too many ask for the same");
    } else {
      x.waiting.push_back(std::move(done));
      ++(x.being_made ? counters_.joins : counters_.misses);
      if (std::exchange(x.being_made, true))
        return;
    }
  }
  if (hit) {
    done(std::move(*hit));
    return;
  }
  make([self = shared_from_this(), key](http::response answer) {
    self->finish(key, std::move(answer));
  });
}

void answer_cache::finish(const std::string& key, http::response answer) {
  // One body for all who wait, and for all who come.
  if (!answer.shared_body && !answer.stream) {
    answer.shared_body
      = std::make_shared<const std::string>(std::exchange(answer.body, {}));
    answer.forms = std::make_shared<http::body_forms>();
  }
  auto waiting = std::vector<http::reply>{};
  {
    auto guard = std::lock_guard{mutex_};
    auto i = entries_.find(key);
    if (i == entries_.end())
      return;
    auto& x = i->second;
    waiting = std::exchange(x.waiting, {});
    x.being_made = false;
    if (x.kept) {
      order_.erase(x.place);
      bytes_ -= std::exchange(x.bytes, 0);
      x.kept = false;
    }
    if (answer.status != 200) {
      entries_.erase(i);
    } else {
      x.answer = answer;
      x.made_at = settings_.now();
      x.bytes = answer.shared_body ? answer.shared_body->size() : 0;
      x.place = order_.insert(order_.end(), key);
      x.kept = true;
      bytes_ += x.bytes;
      while (order_.size() > 1
             && (order_.size() > settings_.entries_max
                 || bytes_ > settings_.bytes_max))
        drop(entries_.find(order_.front()));
    }
  }
  for (auto& done : waiting)
    done(answer);
}

void answer_cache::drop(std::unordered_map<std::string, entry>::iterator i) {
  auto& x = i->second;
  bytes_ -= std::exchange(x.bytes, 0);
  order_.erase(x.place);
  x.kept = false;
  // Somebody may wait for its next answer.
  if (!x.being_made)
    entries_.erase(i);
  else
    x.answer = {};
}

answer_cache_counters answer_cache::counters() const {
  auto guard = std::lock_guard{mutex_};
  auto result = counters_;
  result.entries = order_.size();
  return result;
}

std::string cache_key(const http::request& x) {
  auto result = x.path;
  auto separator = '?';
  for (auto& [name, value] : x.query) {
    result += separator;
    // Decoded texts: lengths keep `a=b&c` apart from a value that looks so.
    result += std::to_string(name.size()) + ':' + name + '='
              + std::to_string(value.size()) + ':' + value;
    separator = '&';
  }
  return result;
}

} // namespace pumpscope::api
