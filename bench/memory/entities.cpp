#include "bench/memory/entities.hpp"

#include "actors/token_candles.hpp"
#include "actors/wallet_ledger.hpp"
#include "messages/type_ids.hpp"
#include "runtime/json_text.hpp"

#include <boost/unordered/unordered_flat_map.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <jemalloc/jemalloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace pumpscope::bench {

namespace {

template <class T>
T must(messages::store_result<T> x, const char* what) {
  if (!x) {
    std::fprintf(stderr, "bench_memory: %s\n", what);
    std::exit(1);
  }
  if constexpr (!std::is_void_v<T>)
    return std::move(*x);
}

/// Bytes that the program holds of the allocator.
size_t allocated() {
  auto epoch = uint64_t{1};
  auto size = sizeof(epoch);
  mallctl("epoch", &epoch, &size, &epoch, size);
  auto result = size_t{0};
  size = sizeof(result);
  if (mallctl("stats.allocated", &result, &size, nullptr, 0) != 0)
    std::abort();
  return result;
}

/// The distribution of a count over the entities.
std::string distribution(std::vector<uint32_t>& counts) {
  std::sort(counts.begin(), counts.end());
  auto at = [&](size_t percent) {
    return std::to_string(counts[(counts.size() - 1) * percent / 100]);
  };
  auto sum = uint64_t{0};
  for (auto x : counts)
    sum += x;
  auto mean = static_cast<double>(sum) / static_cast<double>(counts.size());
  return runtime::json_object{}
    .raw("mean", std::to_string(mean))
    .raw("p50", at(50))
    .raw("p90", at(90))
    .raw("p99", at(99))
    .raw("max", at(100))
    .str();
}

/// Gathers ledgers by key, then turns each into an actor.
template <class Ledger>
class census {
public:
  template <class Row>
  void apply(const domain::pubkey& key, const Row& row) {
    auto [i, added] = index_.emplace(key, ledgers_.size());
    if (added) {
      ledgers_.emplace_back(key);
      rows_.push_back(0);
    }
    ++rows_[i->second];
    if (!ledgers_[i->second].apply(row))
      ++refused_;
  }

  /// Frees what only gathering needed, then counts actors alone.
  template <class Actor, class Spawn, class Parts>
  std::string measure(caf::actor_system& system, const char* what,
                      const char* parts_name, Spawn spawn, Parts parts_of) {
    index_ = {};
    auto parts = std::vector<uint32_t>{};
    for (auto& x : ledgers_)
      parts.push_back(static_cast<uint32_t>(parts_of(x)));
    auto rows = distribution(rows_);
    auto handles = std::vector<Actor>{};
    handles.reserve(ledgers_.size());
    for (auto& x : ledgers_)
      handles.push_back(spawn(std::move(x)));
    std::vector<Ledger>{}.swap(ledgers_);
    // An actor takes its state when it runs first.
    caf::scoped_actor self{system};
    for (auto& x : handles)
      self->request(x, caf::infinite, atom::status_v)
        .receive([](const caf::settings&) {},
                 [](const caf::error&) { std::abort(); });
    auto n = handles.size();
    auto with = allocated();
    for (auto& x : handles)
      caf::anon_send_exit(x, caf::exit_reason::kill);
    handles.clear();
    self->await_all_other_actors_done();
    auto without = allocated();
    auto bytes = (with - without) / std::max<size_t>(n, 1);
    return runtime::json_object{}
      .text("what", what)
      .number("live", n)
      .number("bytes_each", bytes)
      .number("refused_rows", refused_)
      .raw("rows", rows)
      .raw(parts_name, distribution(parts))
      .str();
  }

private:
  boost::unordered_flat_map<domain::pubkey, size_t, domain::pubkey_hasher>
    index_ = {};
  std::vector<Ledger> ledgers_ = {};
  std::vector<uint32_t> rows_ = {};
  uint64_t refused_ = 0;
};

} // namespace

std::string measure_entities(messages::store& store) {
  caf::actor_system_config config;
  caf::actor_system system{config};
  auto result = std::string{};
  {
    auto wallets = census<domain::wallet_ledger>{};
    must(store.visit_journal(
           [&](const domain::trade& x) { wallets.apply(x.wallet, x); },
           [](const domain::token_event&) {}),
         "cannot read the journal");
    result += wallets.measure<messages::wallet_ledger_actor>(
      system, "wallet", "positions",
      [&](domain::wallet_ledger&& x) {
        x.take_dirty();
        return system.spawn(actors::wallet_ledger, std::move(x), false);
      },
      [](auto& x) { return x.size(); });
    result += '\n';
  }
  auto tokens = census<domain::token_ledger>{};
  must(store.visit_journal(
         [&](const domain::trade& x) { tokens.apply(x.mint, x); },
         [&](const domain::token_event& x) { tokens.apply(x.mint, x); }),
       "cannot read the journal");
  result += tokens.measure<messages::token_candles_actor>(
    system, "token", "state_bytes",
    [&](domain::token_ledger&& x) {
      x.take_dirty_candles();
      return system.spawn(actors::token_candles, std::move(x), false);
    },
    [](auto& x) { return x.memory_bytes(); });
  return result;
}

} // namespace pumpscope::bench
