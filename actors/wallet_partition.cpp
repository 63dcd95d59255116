#include "actors/wallet_partition.hpp"

#include "actors/keep_last.hpp"
#include "actors/wallet_ledger.hpp"
#include "messages/state_rows.hpp"

#include <algorithm>
#include <tuple>
#include <utility>

namespace pumpscope::actors {

caf::expected<domain::wallet_ledger>
wallet_kind::restore(const messages::loaded_entities& x, size_t i,
                     const domain::pubkey& key) {
  auto ledger = messages::restore_wallet(key, x.wallets[i]);
  if (!ledger)
    return caf::make_error(ledger.error());
  return std::move(*ledger);
}

wallet_kind::entity_actor wallet_kind::spawn(actor::pointer self,
                                             domain::wallet_ledger start,
                                             bool publishes) {
  return self->spawn<caf::lazy_init>(wallet_ledger, std::move(start),
                                     publishes);
}

messages::wallet_change wallet_kind::describe(const domain::wallet_ledger& x) {
  auto result = actors::describe(x);
  auto count = std::min(x.size(), messages::wallet_change::positions_max);
  for (size_t i = 0; i < count; ++i)
    result.positions.push_back(domain::without_lots(x.at(i)));
  return result;
}

caf::error wallet_kind::load(const messages::partition_boot& boot,
                             boost::unordered_flat_set<uint64_t>& stored) {
  windows.advance(boot.cursor.chain_time);
  stored.reserve(boot.wallets.size());
  for (auto& row : boot.wallets) {
    stored.insert(domain::key_hash(row.wallet, hash_seed));
    if (auto loaded = windows.load(row.wallet, row.totals); !loaded)
      return caf::make_error(loaded.error());
  }
  for (auto& bucket : boot.buckets)
    if (auto loaded = windows.load(bucket); !loaded)
      return caf::make_error(loaded.error());
  windows.finish_load();
  for (auto& row : boot.holders)
    holders.add(row.mint, row.wallets);
  return {};
}

void wallet_kind::note_held(const messages::loaded_entities& x, size_t i,
                            const domain::pubkey& key) {
  auto& mints = held[key];
  mints.clear();
  // The columns are what was counted, whether or not the rest can be read.
  for (auto& row : x.wallets[i].positions)
    if (row.position.units > 0)
      mints.push_back(row.position.key.mint);
  std::sort(mints.begin(), mints.end());
  mints.erase(std::unique(mints.begin(), mints.end()), mints.end());
}

void wallet_kind::tell_holders(changes& to, uint64_t taken) {
  to.holders = holders.tell(taken);
  to.holders_number = holders.number();
}

void wallet_kind::apply(const messages::epoch& x, messages::row_ref row,
                        const domain::wallet_effect& effect) {
  if (!windows.apply(x.trades[row].wallet, effect))
    ++window_errors_total;
  if (counts && effect.holders != 0)
    holders.add(x.trades[row].mint, effect.holders);
}

void wallet_kind::replace(const domain::pubkey& key, const work& x,
                          size_t part) {
  auto& result = x.histories[part];
  if (!planted(domain::bug::windows_keep_replaced)
      && !windows.replace(key, result.buckets, result.totals))
    ++window_errors_total;
  replaced_buckets[key] = result.buckets;
  if (!counts)
    return;
  auto noted = held.find(key);
  for (auto& mint : noted == held.end() ? result.held_before : noted->second)
    holders.add(mint, -1);
  for (auto& mint : result.held)
    holders.add(mint, 1);
  held.erase(key);
}

void wallet_kind::begin_cut(messages::checkpoint& x,
                            std::vector<domain::pubkey> replaced) {
  x.wallets_replaced = std::move(replaced);
  for (auto& [wallet, buckets] : std::exchange(replaced_buckets, {}))
    x.wallet_buckets.insert(x.wallet_buckets.end(), buckets.begin(),
                            buckets.end());
  // Current sums come behind what a repair replaced, and win.
  auto dirty = windows.take_dirty_buckets();
  x.wallet_buckets.insert(x.wallet_buckets.end(), dirty.begin(), dirty.end());
  keep_last(x.wallet_buckets, [](const domain::wallet_bucket& bucket) {
    return std::tie(bucket.wallet, bucket.length, bucket.start);
  });
  x.buckets_5m_before = domain::window_begin(domain::board_window::h24,
                                             x.after.chain_time);
  x.buckets_1h_before = domain::window_begin(domain::board_window::d7,
                                             x.after.chain_time);
}

void wallet_kind::fill(messages::checkpoint& x, snapshot& rows) {
  x.wallets.reserve(rows.size());
  for (auto& part : rows.rows_of) {
    x.wallets.push_back(std::move(part.wallet));
    for (auto& position : part.positions)
      x.positions.push_back(std::move(position));
  }
}

messages::board_ptr
wallet_partition_state::board(const messages::get_board& x) const {
  auto result = std::make_shared<messages::board>();
  result->chain_time = chain_time;
  result->jpos = applied_jpos;
  result->rows = kind.windows.top(x.window, x.by, x.side, x.rows);
  return result;
}

caf::result<messages::wallet_view_ptr>
wallet_partition_state::view(const domain::pubkey& wallet) {
  if (auto entity = entities.find(wallet); entity && entity->handle)
    return self->delegate(entity->handle, atom::get_v);
  auto promise = self->make_response_promise<messages::wallet_view_ptr>();
  // Whoever makes up keys costs the store nothing.
  if (!stored.contains(domain::key_hash(wallet, config.hash_seed))) {
    auto unknown = std::make_shared<messages::wallet_view>();
    unknown->wallet = wallet;
    promise.deliver(messages::wallet_view_ptr{std::move(unknown)});
    return promise;
  }
  auto query = messages::load_entities{};
  query.kind = wallet_kind::kind;
  query.keys.push_back(wallet);
  self->request(reader, config.store_timeout, std::move(query))
    .then(
      [promise, wallet](const messages::loaded_entities_ptr& x) mutable {
        auto ledger = wallet_kind::restore(*x, 0, wallet);
        if (!ledger) {
          promise.deliver(std::move(ledger.error()));
          return;
        }
        auto result = std::make_shared<messages::wallet_view>();
        result->wallet = wallet;
        result->totals = ledger->totals();
        for (size_t i = 0; i < ledger->size(); ++i)
          result->positions.push_back(ledger->at(i));
        promise.deliver(messages::wallet_view_ptr{std::move(result)});
      },
      [promise](caf::error& err) mutable { promise.deliver(std::move(err)); });
  return promise;
}

caf::typed_response_promise<messages::totals_by_wallet_ptr>
wallet_partition_state::totals(const messages::get_totals& x) {
  auto round = std::make_shared<totals_round>();
  round->promise
    = self->make_response_promise<messages::totals_by_wallet_ptr>();
  auto known = std::exchange(kind.totals, {});
  auto missing = std::vector<domain::pubkey>{};
  for (auto& wallet : x.wallets) {
    if (auto entity = entities.find(wallet); entity && entity->handle) {
      ++round->missing;
      self->request(entity->handle, config.store_timeout, atom::totals_v)
        .then(
          [round, wallet](const domain::wallet_totals& of) {
            round->answer->insert_or_assign(wallet, of);
            round->one_less();
          },
          // One that died is folded again; the next round has it.
          [round](caf::error&) { round->one_less(); });
    } else if (auto i = known.find(wallet); i != known.end()) {
      kind.totals.insert(*i);
      round->answer->insert(*i);
    } else if (stored.contains(domain::key_hash(wallet, config.hash_seed))) {
      missing.push_back(wallet);
    }
  }
  if (!missing.empty())
    load_totals(missing, round);
  round->one_less();
  return round->promise;
}

void wallet_partition_state::load_totals(
  const std::vector<domain::pubkey>& wallets,
  const std::shared_ptr<totals_round>& round) {
  ++round->missing;
  auto query = messages::load_entities{};
  query.kind = wallet_kind::kind;
  query.keys = wallets;
  self->request(reader, config.store_timeout, std::move(query))
    .then(
      [this, wallets, round](const messages::loaded_entities_ptr& x) {
        for (size_t i = 0; i < wallets.size(); ++i) {
          auto& row = x->wallets[i].wallet;
          if (!row)
            continue;
          round->answer->insert_or_assign(wallets[i], row->totals);
          // The reader answers in order: who woke up meanwhile is alive.
          auto entity = entities.find(wallets[i]);
          if (!entity || !entity->handle)
            kind.totals.insert_or_assign(wallets[i], row->totals);
        }
        round->one_less();
      },
      // The next round asks again.
      [round](caf::error&) { round->one_less(); });
}

messages::wallet_partition_actor::behavior_type wallet_partition(
  messages::wallet_partition_actor::stateful_pointer<wallet_partition_state>
    self,
  partition_config config, uint64_t fence, messages::store_reader_actor reader,
  messages::store_writer_actor writer,
  messages::partition_observer_actor router) {
  if (auto err = validate(config)) {
    self->quit(std::move(err));
    return messages::wallet_partition_actor::behavior_type::
      make_empty_behavior();
  }
  auto& state = self->state;
  state.self = self;
  state.kind.hash_seed = config.hash_seed;
  state.kind.counts = config.publishes;
  state.config = config;
  state.fence = fence;
  state.reader = std::move(reader);
  state.writer = std::move(writer);
  state.router = std::move(router);
  return {
    [self](atom::status) { return self->state.status(); },
    [self](atom::start, const messages::head_row& x) { self->state.start(x); },
    [self](atom::start) { return self->state.await_start(); },
    [self](const messages::routed_epoch_ptr& x) { self->state.handle(x); },
    [self](atom::flush) { return self->state.handle_flush(); },
    [self](atom::go) { self->state.handle_all_back(); },
    [self](atom::finished) { self->state.handle_snapshot(); },
    [self](atom::tick) { self->state.handle_tick(); },
    [self](const messages::get_entities& x) { return self->state.handle(x); },
    [self](atom::collected) { self->state.handle_collected(); },
    [self](const messages::get_board& x) { return self->state.board(x); },
    [self](const messages::get_changes& x) {
      return self->state.handle_get_changes(x);
    },
    [self](const messages::get_totals& x) { return self->state.totals(x); },
    [self](atom::get, const domain::pubkey& x) { return self->state.view(x); },
  };
}

} // namespace pumpscope::actors
