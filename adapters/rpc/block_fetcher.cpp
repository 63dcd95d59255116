#include "adapters/rpc/block_fetcher.hpp"

#include "adapters/rpc_json/rpc_answer.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

namespace pumpscope::rpc {

namespace {

using messages::fetch_answer;
using messages::fetch_counters;
using messages::fetch_state;
using messages::fetched_block;
using messages::fetched_list;
using rpc_json::answer_kind;
using milliseconds = std::chrono::milliseconds;

struct question {
  bool list = false;
  /// The slot of a block.
  uint64_t from = 0;
  uint64_t to = 0;
};

/// What an attempt came to.
struct attempt {
  /// There is an answer; else try again, unless that is of no use.
  bool done = false;
  bool hopeless = false;
  milliseconds wait_min = milliseconds{0};
  fetch_answer answer = {};
};

std::chrono::nanoseconds now() {
  return std::chrono::steady_clock::now().time_since_epoch();
}

bool is_hopeless(call_problem x) {
  switch (x) {
    case call_problem::configuration:
    case call_problem::unauthorized:
    case call_problem::refused:
    case call_problem::too_large:
    case call_problem::cancelled:
      return true;
    default:
      return false;
  }
}

class threaded_fetcher : public messages::block_fetcher {
public:
  explicit threaded_fetcher(fetcher_settings settings)
    : settings_{std::move(settings)}, bucket_{settings_.rate} {
    settings_.parallel = std::max<size_t>(settings_.parallel, 1);
    for (size_t i = 0; i < settings_.parallel; ++i)
      clients_.push_back(std::make_unique<client>(settings_.client));
    for (size_t i = 0; i < settings_.parallel; ++i)
      workers_.emplace_back([this, i] { work(*clients_[i]); });
  }

  ~threaded_fetcher() override {
    cancel();
    workers_.clear();
  }

  [[nodiscard]] std::string name() const override {
    return shown_name(settings_.client);
  }

  void ask_block(uint64_t slot) override {
    ask({false, slot, slot});
  }

  void ask_list(uint64_t from, uint64_t to) override {
    ask({true, from, to});
  }

  std::optional<fetch_answer> next(milliseconds timeout) override {
    auto lock = std::unique_lock{mutex_};
    answered_.wait_for(lock, timeout,
                       [this] { return cancelled_ || !answers_.empty(); });
    if (cancelled_ || answers_.empty())
      return std::nullopt;
    auto first = std::move(answers_.front());
    answers_.pop_front();
    return std::move(*first);
  }

  [[nodiscard]] size_t parallel() const override {
    return settings_.parallel;
  }

  [[nodiscard]] std::string last_error() const override {
    auto lock = std::lock_guard{mutex_};
    return error_;
  }

  [[nodiscard]] fetch_counters counters() const override {
    auto lock = std::lock_guard{mutex_};
    return counters_;
  }

  void cancel() override {
    {
      auto lock = std::lock_guard{mutex_};
      if (std::exchange(cancelled_, true))
        return;
    }
    for (auto& x : clients_)
      x->cancel();
    asked_.notify_all();
    answered_.notify_all();
    ended_.notify_all();
  }

private:
  void ask(question x) {
    {
      auto lock = std::lock_guard{mutex_};
      questions_.push_back(x);
    }
    asked_.notify_one();
  }

  void work(client& connection) {
    auto random = std::minstd_rand{std::random_device{}()};
    for (;;) {
      auto x = question{};
      {
        auto lock = std::unique_lock{mutex_};
        asked_.wait(lock, [this] { return cancelled_ || !questions_.empty(); });
        if (cancelled_)
          return;
        x = questions_.front();
        questions_.pop_front();
      }
      auto answer = find_answer(connection, x, random);
      auto lock = std::lock_guard{mutex_};
      if (cancelled_)
        return;
      answers_.push_back(std::make_unique<fetch_answer>(std::move(answer)));
      answered_.notify_one();
    }
  }

  fetch_answer find_answer(client& connection, const question& x,
                           std::minstd_rand& random) {
    auto last = attempt{};
    for (uint32_t i = 0; i < settings_.attempts; ++i) {
      if (!wait_for_turn())
        break;
      last = try_once(connection, x);
      if (last.done)
        return std::move(last.answer);
      if (last.hopeless || i + 1 == settings_.attempts)
        break;
      if (!rest(std::max(last.wait_min, backoff(i, random))))
        break;
    }
    // A block that the server said not to have (yet) is that answer.
    if (auto block = std::get_if<fetched_block>(&last.answer);
        block != nullptr && block->state == fetch_state::missing)
      return std::move(last.answer);
    if (x.list)
      return fetched_list{x.from, x.to, false, {}};
    auto result = fetched_block{};
    result.slot = x.from;
    return result;
  }

  /// Takes a token; false when cancelled.
  bool wait_for_turn() {
    auto lock = std::unique_lock{mutex_};
    while (!cancelled_) {
      auto at = now();
      if (bucket_.take(at))
        return true;
      ended_.wait_for(lock, bucket_.wait(at), [this] { return cancelled_; });
    }
    return false;
  }

  /// Sleeps; false when cancelled.
  bool rest(milliseconds time) {
    auto lock = std::unique_lock{mutex_};
    ++counters_.retries;
    return !ended_.wait_for(lock, time, [this] { return cancelled_; });
  }

  milliseconds backoff(uint32_t tries, std::minstd_rand& random) const {
    auto wait = settings_.backoff_min.count();
    for (uint32_t i = 0; i < tries && wait < settings_.backoff_max.count(); ++i)
      wait *= 2;
    wait = std::min(wait, settings_.backoff_max.count());
    auto half = wait / 2;
    return milliseconds{
      std::uniform_int_distribution<int64_t>{half, wait}(random)};
  }

  attempt try_once(client& connection, const question& x) {
    auto id = uint64_t{0};
    {
      auto lock = std::lock_guard{mutex_};
      id = ++counters_.requests;
    }
    auto body = connection.call(x.list
                                  ? rpc_json::slots_question(id, x.from, x.to)
                                  : rpc_json::block_question(id, x.from));
    if (!body)
      return failed_call(body.error());
    {
      auto lock = std::lock_guard{mutex_};
      counters_.bytes += body->size();
    }
    return x.list ? read_list(*body, id, x) : read_block(*body, id, x.from);
  }

  attempt failed_call(const call_error& x) {
    auto result = attempt{};
    result.hopeless = is_hopeless(x.problem);
    result.wait_min = x.retry_after.value_or(milliseconds{0});
    auto lock = std::lock_guard{mutex_};
    error_ = name() + ": " + x.what;
    if (x.problem == call_problem::malformed)
      ++counters_.malformed;
    if (x.problem == call_problem::rate_limited) {
      ++counters_.rate_limited;
      // It holds for all connections.
      bucket_.pause(now() + std::max(result.wait_min, settings_.backoff_min));
    }
    return result;
  }

  attempt read_block(std::string_view body, uint64_t id, uint64_t slot) {
    auto read = rpc_json::read_block_answer(body, id, slot);
    auto block = fetched_block{};
    block.slot = slot;
    block.parent = read.parent;
    block.transactions = read.transactions;
    block.bytes = std::move(read.bytes);
    block.ends = std::move(read.ends);
    auto result = attempt{};
    result.done = true;
    switch (read.head.kind) {
      case answer_kind::result:
        block.state = fetch_state::found;
        break;
      case answer_kind::skipped:
        block.state = fetch_state::skipped;
        break;
      case answer_kind::gone:
        block.state = fetch_state::missing;
        break;
      case answer_kind::not_yet:
        block.state = fetch_state::missing;
        result.done = false;
        break;
      default:
        result.done = false;
        result.hopeless = read.head.kind == answer_kind::refused
                          || read.head.kind == answer_kind::no_method;
    }
    note(read.head, "getBlock " + std::to_string(slot));
    if (block.state == fetch_state::found) {
      auto lock = std::lock_guard{mutex_};
      ++counters_.blocks;
    }
    result.answer = std::move(block);
    return result;
  }

  attempt read_list(std::string_view body, uint64_t id, const question& x) {
    auto read = rpc_json::read_slots_answer(body, id, x.from, x.to);
    auto result = attempt{};
    result.done = read.head.kind == answer_kind::result;
    result.hopeless = read.head.kind != answer_kind::busy
                      && read.head.kind != answer_kind::not_yet
                      && read.head.kind != answer_kind::malformed;
    note(read.head, "getBlocks");
    result.answer = fetched_list{x.from, x.to, result.done,
                                 std::move(read.slots)};
    return result;
  }

  void note(const rpc_json::answer_head& x, const std::string& what) {
    auto lock = std::lock_guard{mutex_};
    if (x.kind == answer_kind::malformed)
      ++counters_.malformed;
    // A slot without a block is no trouble.
    error_ = x.text.empty() || x.kind == answer_kind::skipped
               ? std::string{}
               : name() + ": " + what + ": "
                   + without_secrets(x.text, settings_.client.target);
  }

  fetcher_settings settings_;
  mutable std::mutex mutex_;
  std::condition_variable asked_;
  std::condition_variable answered_;
  /// Who pauses waits here, so that a question never wakes it instead of a
  /// worker that is idle.
  std::condition_variable ended_;
  /// All below are guarded by the mutex.
  domain::token_bucket bucket_;
  std::deque<question> questions_ = {};
  std::deque<std::unique_ptr<fetch_answer>> answers_ = {};
  fetch_counters counters_ = {};
  std::string error_ = {};
  bool cancelled_ = false;
  std::vector<std::unique_ptr<client>> clients_ = {};
  /// Last: they end before what they use.
  std::vector<std::jthread> workers_ = {};
};

} // namespace

std::unique_ptr<messages::block_fetcher>
make_block_fetcher(fetcher_settings settings) {
  return std::make_unique<threaded_fetcher>(std::move(settings));
}

} // namespace pumpscope::rpc
