#pragma once

#include "adapters/http/message.hpp"
#include "adapters/http/route.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pumpscope::api {

struct answer_cache_settings {
  /// Answers that are kept; the one that was made first goes.
  size_t entries_max = 2'000;
  /// Bytes of their bodies. Their compressed forms take less than as many.
  size_t bytes_max = size_t{64} << 20;
  /// Requests that wait for one answer; further ones are answered 503.
  size_t waiting_max = 10'000;
  std::function<std::chrono::steady_clock::time_point()> now
    = std::chrono::steady_clock::now;
};

/// Hits are answers that were there, joins requests that waited for one that
/// was being made.
struct answer_cache_counters {
  uint64_t hits = 0;
  uint64_t joins = 0;
  uint64_t misses = 0;
  uint64_t entries = 0;
};

/// Answers that many clients ask for: kept for a moment, and made once however
/// many ask at the same time, and so are their tags and compressed forms. Only
/// those with status 200 are kept. For any
/// thread.
class answer_cache : public std::enable_shared_from_this<answer_cache> {
public:
  explicit answer_cache(answer_cache_settings settings = {});

  using maker = std::function<void(http::reply)>;

  /// Answers from what is kept, if it is younger than `age_max`; else has
  /// `make` make it, unless that is under way.
  void get(const std::string& key, std::chrono::milliseconds age_max,
           http::reply done, const maker& make);

  [[nodiscard]] answer_cache_counters counters() const;

private:
  using clock = std::chrono::steady_clock;

  struct entry {
    http::response answer = {};
    clock::time_point made_at = {};
    size_t bytes = 0;
    /// Place in `order_`, where it is kept.
    std::list<std::string>::iterator place = {};
    bool kept = false;
    bool being_made = false;
    std::vector<http::reply> waiting = {};
  };

  void finish(const std::string& key, http::response answer);
  void drop(std::unordered_map<std::string, entry>::iterator i);

  answer_cache_settings settings_;
  mutable std::mutex mutex_ = {};
  /// All below is guarded by the mutex.
  std::unordered_map<std::string, entry> entries_ = {};
  /// Keys of what is kept, oldest first.
  std::list<std::string> order_ = {};
  size_t bytes_ = 0;
  answer_cache_counters counters_ = {};
};

/// The text that a request's answer is kept under: its path and its query.
std::string cache_key(const http::request& x);

} // namespace pumpscope::api
