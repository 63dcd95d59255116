#include "tests/simulation/world.hpp"

#include "actors/pipeline.hpp"
#include "adapters/simulator/generator.hpp"
#include "adapters/simulator/random.hpp"
#include "domain/base58.hpp"
#include "domain/update_decoder.hpp"
#include "domain/wallet_windows.hpp"
#include "domain/wire_writer.hpp"
#include "messages/registration.hpp"
#include "messages/state_rows.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace pumpscope::test {

namespace {

using messages::read_status;

/// One update and the slot that it names.
struct served_update {
  uint64_t slot = 0;
  std::string bytes = {};
};

using stream_ptr = std::shared_ptr<const std::vector<served_update>>;

/// Plays a stream, from the first update of a slot at or after the one that is
/// asked for, in batches of random size.
class played_source : public messages::source {
public:
  played_source(stream_ptr stream, uint64_t seed)
    : stream_{std::move(stream)}, random_{seed} {
  }

  [[nodiscard]] std::string name() const override {
    return "played";
  }

  void resume_from(uint64_t slot) override {
    next_ = 0;
    while (next_ < stream_->size() && (*stream_)[next_].slot < slot)
      ++next_;
  }

  read_status read(messages::raw_batch& out,
                   std::chrono::milliseconds) override {
    if (cancelled_)
      return read_status::end;
    for (auto n = 1 + random_.below(20); n > 0 && next_ < stream_->size();
         --n) {
      auto& bytes = (*stream_)[next_++].bytes;
      out.append(
        {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    }
    return next_ == stream_->size() ? read_status::end : read_status::ok;
  }

  [[nodiscard]] std::string last_error() const override {
    return {};
  }

  [[nodiscard]] uint64_t bytes_read() const override {
    return next_;
  }

  [[nodiscard]] uint64_t bytes_total() const override {
    return stream_->size();
  }

  void cancel() override {
    cancelled_ = true;
  }

private:
  stream_ptr stream_;
  simulator::random_source random_;
  size_t next_ = 0;
  bool cancelled_ = false;
};

struct test_config : caf::actor_system_config {
  test_config() {
    set("scheduler.policy", caf::atom("testing"));
    set("logger.verbosity", caf::atom("quiet"));
    messages::register_all(*this);
  }
};

simulator::generator_settings generator_of(const world_settings& x) {
  auto result = simulator::generator_settings{};
  result.market.seed = x.seed;
  result.market.wallets = x.wallets;
  result.market.tokens = x.tokens;
  result.market.creations = 0.05;
  result.market.fresh_wallets = 0.1;
  result.chain.slots = x.slots;
  result.chain.transactions_per_slot = x.transactions_per_slot;
  result.chain.skips = 0.1;
  result.chain.truth = false;
  return result;
}

/// The rows of the true chain, straight from what the whole stream says: the
/// transactions of all slots that it ever calls confirmed and then not dead,
/// each once.
struct true_chain {
  domain::reference_fold fold = {};
  std::set<domain::chain_position> keys = {};
  std::set<uint64_t> died = {};
};

true_chain read_truth(const std::vector<served_update>& stream) {
  auto decoder = domain::update_decoder{};
  auto result = true_chain{};
  auto confirmed = std::set<uint64_t>{};
  auto times = std::map<uint64_t, std::optional<int64_t>>{};
  auto transactions
    = std::map<std::pair<uint64_t, uint32_t>, domain::parsed_transaction>{};
  for (auto& update : stream) {
    auto parsed
      = decoder.decode({reinterpret_cast<const uint8_t*>(update.bytes.data()),
                        update.bytes.size()});
    if (auto x = std::get_if<domain::parsed_transaction>(&parsed))
      transactions.emplace(std::pair{x->slot, x->tx_index}, std::move(*x));
    else if (auto meta = std::get_if<domain::block_meta>(&parsed))
      times.emplace(meta->slot, meta->block_time);
    else if (auto slot = std::get_if<domain::slot_update>(&parsed)) {
      if (slot->status == domain::slot_status::confirmed)
        confirmed.insert(slot->slot);
      else if (slot->status == domain::slot_status::dead
               && confirmed.erase(slot->slot) > 0)
        result.died.insert(slot->slot);
    }
  }
  for (auto& [key, x] : transactions) {
    if (!confirmed.contains(key.first))
      continue;
    for (auto& trade : x.trades) {
      trade.block_time = times[key.first].value_or(trade.event_time);
      result.fold.add(trade);
      result.keys.insert(trade.position);
    }
    for (auto& event : x.token_events) {
      event.block_time = times[key.first].value_or(event.event_time);
      result.fold.add(event);
      result.keys.insert(event.position);
    }
  }
  result.fold.fold();
  return result;
}

/// Lets some of the slots that are confirmed die, behind their last update.
void add_deaths(std::vector<served_update>& stream,
                const world_settings& settings) {
  auto last = std::map<uint64_t, size_t>{};
  auto confirmed = std::set<uint64_t>{};
  auto decoder = domain::update_decoder{};
  for (size_t i = 0; i < stream.size(); ++i) {
    last[stream[i].slot] = i;
    auto& bytes = stream[i].bytes;
    auto parsed = decoder.decode(
      {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    if (auto slot = std::get_if<domain::slot_update>(&parsed);
        slot && slot->status == domain::slot_status::confirmed)
      confirmed.insert(slot->slot);
  }
  auto random = simulator::random_source{settings.seed ^ 0xDEADULL};
  auto deaths = std::map<size_t, uint64_t>{};
  for (auto slot : confirmed)
    if (random.chance(settings.deaths))
      deaths.emplace(last[slot], slot);
  for (auto i = deaths.rbegin(); i != deaths.rend(); ++i) {
    domain::wire_writer body;
    body.varint(1, i->second);
    body.varint(3, static_cast<uint64_t>(domain::slot_status::dead));
    domain::wire_writer update;
    update.message(3, body);
    auto& bytes = update.buffer();
    stream.insert(stream.begin() + static_cast<ptrdiff_t>(i->first) + 1,
                  {i->second, std::string{bytes.begin(), bytes.end()}});
  }
}

stream_ptr make_stream(const world_settings& settings) {
  auto of = generator_of(settings);
  of.faults = settings.faults;
  auto generator = simulator::generator{of};
  auto result = std::make_shared<std::vector<served_update>>();
  simulator::generated_update update;
  while (generator.next(update))
    result->push_back({update.slot, std::string{update.body}});
  add_deaths(*result, settings);
  return result;
}

/// One process after the other on the same disk.
class world {
public:
  explicit world(const world_settings& settings)
    : settings_{settings},
      stream_{make_stream(settings)},
      random_{settings.seed ^ 0x5EEDULL},
      store_random_{settings.seed ^ 0xD15CULL},
      disk_{
        memory_store{{.hash_seed = settings.seed, .partitions = 2}}.disk()} {
  }

  world_result run() {
    // Each round is one process; the last one meets no faults.
    for (auto done = false; !done && result_.generations < 1'000;)
      done = run_process();
    result_.difference = result_.difference.empty() ? compare()
                                                    : result_.difference;
    return result_;
  }

private:
  store_fault next_fault(store_operation operation) {
    if (result_.crashes >= settings_.faults_max || killing_)
      return killing_ ? store_fault::crash_before : store_fault::none;
    auto is_write = operation == store_operation::commit_epoch
                    || operation == store_operation::commit_checkpoint;
    if (is_write && store_random_.chance(settings_.unknown))
      return store_random_.chance(0.5) ? store_fault::unknown_applied
                                       : store_fault::unknown_lost;
    if (is_write && store_random_.chance(settings_.unavailable))
      return store_fault::unavailable;
    if (is_write && store_random_.chance(settings_.fenced)) {
      ++result_.crashes;
      return store_fault::fenced;
    }
    if (is_write && store_random_.chance(settings_.crash)) {
      ++result_.crashes;
      return store_random_.chance(0.5) ? store_fault::crash_before
                                       : store_fault::crash_after;
    }
    return store_fault::none;
  }

  /// Returns whether the stream was folded to its end.
  bool run_process() {
    ++result_.generations;
    killing_ = false;
    auto config = test_config{};
    auto system = caf::actor_system{config};
    auto& scheduler
      = dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
    auto store = std::make_shared<memory_store>(disk_);
    store->on_operation = [this](auto operation) {
      return next_fault(operation);
    };
    auto reader = std::shared_ptr<messages::store>{store->reader().value()};
    auto self = std::make_optional<caf::scoped_actor>(system);
    auto pipeline = spawn_pipeline(system, store, reader);
    auto done = false;
    auto failed = false;
    // The outcome is polled from a hidden actor so that nothing blocks.
    auto outcome = std::make_shared<std::pair<bool, caf::error>>();
    auto waiter
      = system.spawn([pipeline, outcome, this](caf::event_based_actor* x) {
          x->request(pipeline, caf::infinite, atom::start_v)
            .then(
              [outcome, this](const messages::pipeline_status_ptr& status) {
                outcome->first = true;
                result_.repairs += status->repairs;
                result_.gaps += status->gaps;
              },
              [outcome](caf::error& err) {
                outcome->first = true;
                outcome->second = std::move(err);
              });
        });
    for (uint64_t step = 0; !done && !failed; ++step) {
      ++result_.steps;
      if (step > 2'000'000) {
        result_.difference = "the pipeline does not come to an end";
        failed = true;
      }
      if (!run_one(scheduler) && !outcome->first) {
        result_.difference = "the pipeline waits for nothing";
        failed = true;
      }
      if (store->crashed() || kill_is_due())
        break;
      if (outcome->first && outcome->second) {
        // Fenced (by the plan) or out of retries: the operator starts it again.
        ++result_.crashes;
        break;
      }
      done = outcome->first;
    }
    killing_ = true;
    caf::anon_send_exit(pipeline, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(waiter, caf::exit_reason::kill);
    pipeline = nullptr;
    waiter = nullptr;
    while (scheduler.has_job())
      scheduler.run_once();
    self.reset();
    return done || failed;
  }

  messages::pipeline_actor
  spawn_pipeline(caf::actor_system& system,
                 const std::shared_ptr<messages::store>& store,
                 const std::shared_ptr<messages::store>& reader) {
    auto config = actors::pipeline_config{};
    config.detached = false;
    config.parsers = 2;
    config.restarts_max = 1'000;
    config.sequencer.epoch_rows_max = settings_.epoch_rows_max;
    config.sequencer.epochs_max = 3;
    config.sequencer.batches_max = 4;
    config.sequencer.sealer.gap_slots = 64;
    config.sequencer.sealer.recent_slots = 4;
    config.partition.live_max = settings_.live_max;
    config.partition.dirty_max = settings_.dirty_max;
    auto parts = actors::pipeline_parts{};
    parts.writer_store = store;
    parts.reader_store = reader;
    parts.make_source = [this] {
      return std::make_shared<played_source>(stream_, random_.next());
    };
    return system.spawn(actors::pipeline, config, std::move(parts));
  }

  /// Runs a random runnable actor for one message, or lets time pass.
  bool run_one(caf::scheduler::test_coordinator& scheduler) {
    auto& jobs = scheduler.jobs;
    if (jobs.empty())
      return scheduler.trigger_timeout();
    auto i = jobs.begin() + static_cast<ptrdiff_t>(random_.below(jobs.size()));
    std::rotate(jobs.begin(), i, i + 1);
    scheduler.run_once();
    // Now and then a timer fires although there is work.
    if (random_.chance(0.01))
      scheduler.trigger_timeout();
    return true;
  }

  bool kill_is_due() {
    if (result_.crashes >= settings_.faults_max
        || !random_.chance(settings_.kill))
      return false;
    ++result_.crashes;
    return true;
  }

  std::string compare();
  void compare_journal(std::ostringstream& out, const true_chain& chain);
  void compare_wallets(std::ostringstream& out,
                       const domain::reference_fold& truth);
  void compare_candles(std::ostringstream& out,
                       const domain::reference_fold& truth);
  void compare_boards(std::ostringstream& out,
                      const domain::reference_fold& truth);

  world_settings settings_;
  stream_ptr stream_;
  simulator::random_source random_;
  simulator::random_source store_random_;
  std::shared_ptr<memory_disk> disk_;
  bool killing_ = false;
  world_result result_ = {};
};

std::string world::compare() {
  auto chain = read_truth(*stream_);
  auto& truth = chain.fold;
  auto out = std::ostringstream{};
  compare_journal(out, chain);
  compare_wallets(out, truth);
  compare_candles(out, truth);
  compare_boards(out, truth);
  return out.str();
}

void world::compare_journal(std::ostringstream& out, const true_chain& chain) {
  result_.trades = disk_->trades.size();
  auto rows = disk_->trades.size() + disk_->token_events.size();
  if (disk_->head.jpos != rows)
    out << "head.jpos is " << disk_->head.jpos << ", rows " << rows << "\n";
  if (!disk_->keys.empty() && disk_->keys.size() != rows)
    out << "keys are not unique\n";
  auto print = [&out](const char* what, const domain::chain_position& x) {
    out << what << ' ' << x.slot << ' ' << x.tx_index << ' ' << x.ix_path
        << "\n";
  };
  for (auto& key : chain.keys)
    if (!disk_->keys.contains(key))
      print("not in the journal:", key);
  for (auto& [key, jpos] : disk_->keys) {
    if (chain.died.contains(key.slot)) {
      if (!disk_->keys.contains(domain::void_position(key.slot)))
        print("not voided:", key);
      ++result_.voided_rows;
    } else if (!chain.keys.contains(key)) {
      print("not on the chain:", key);
    }
  }
  for (auto& [repair, open] : disk_->repairs)
    if (open)
      out << "an open repair of " << to_string(repair.key) << "\n";
  for (auto kind : {messages::projection::wallet, messages::projection::token})
    for (uint32_t i = 0; i < disk_->identity.partitions; ++i)
      if (disk_->at(kind, i).cursor.jpos != disk_->head.jpos)
        out << "cursor " << i << " is at " << disk_->at(kind, i).cursor.jpos
            << " of " << disk_->head.jpos << "\n";
}

void world::compare_wallets(std::ostringstream& out,
                            const domain::reference_fold& truth) {
  auto stored = std::map<std::pair<domain::pubkey, domain::position_key>,
                         domain::position>{};
  auto totals = std::map<domain::pubkey, domain::wallet_totals>{};
  for (auto& partition : disk_->wallet_partitions) {
    for (auto& [wallet, rows] : partition.positions)
      for (auto& [key, row] : rows)
        stored.emplace(std::pair{wallet, key},
                       messages::restore_position(row).value());
    for (auto& [wallet, row] : partition.wallets)
      if (row.totals.trades > 0)
        totals.emplace(wallet, row.totals);
  }
  for (auto& [key, position] : truth.positions()) {
    auto i = stored.find(key);
    if (i == stored.end())
      out << "no position of " << to_string(key.first) << "\n";
    else if (i->second.realized != position.realized
             || i->second.units != position.units
             || i->second.cost_basis != position.cost_basis
             || i->second.realized_fifo != position.realized_fifo
             || i->second.realized_gross != position.realized_gross
             || i->second.invested != position.invested
             || i->second.proceeds != position.proceeds
             || i->second.buys != position.buys
             || i->second.sells != position.sells
             || !std::equal(i->second.lots.begin(), i->second.lots.end(),
                            position.lots.begin(), position.lots.end()))
      out << "position of " << to_string(key.first) << " differs\n";
  }
  if (stored.size() != truth.positions().size())
    out << "positions: " << stored.size() << " stored, "
        << truth.positions().size() << " true\n";
  for (auto& [wallet, x] : truth.wallets()) {
    auto i = totals.find(wallet);
    if (i == totals.end() || i->second.realized != x.realized
        || i->second.trades != x.trades || i->second.wins != x.wins
        || i->second.loss_streak_max != x.loss_streak_max
        || i->second.loss_streak_worst != x.loss_streak_worst
        || i->second.tokens != x.tokens)
      out << "wallet " << to_string(wallet) << " differs\n";
  }
}

void world::compare_candles(std::ostringstream& out,
                            const domain::reference_fold& truth) {
  auto stored = std::map<domain::candle_key, domain::candle>{};
  for (auto& partition : disk_->token_partitions)
    for (auto& [key, row] : partition.candles)
      stored.emplace(domain::candle_key{row.mint, row.quote_mint, row.interval,
                                        row.candle.open_time},
                     row.candle);
  auto expected = size_t{0};
  for (auto& [key, x] : truth.candles()) {
    if (key.interval != domain::interval::m1
        && key.interval != domain::interval::m5)
      continue;
    ++expected;
    auto i = stored.find(key);
    if (i == stored.end())
      out << "no candle of " << to_string(key.mint) << "\n";
    else if (domain::compare(i->second.open, x.open) != 0
             || domain::compare(i->second.high, x.high) != 0
             || domain::compare(i->second.low, x.low) != 0
             || domain::compare(i->second.close, x.close) != 0
             || i->second.volume_quote != x.volume_quote
             || i->second.volume_token != x.volume_token
             || i->second.trades != x.trades || i->second.buys != x.buys
             || i->second.wallets != x.wallets)
      out << "candle of " << to_string(key.mint) << " at " << key.open_time
          << " differs\n";
  }
  if (stored.size() != expected)
    out << "candles: " << stored.size() << " stored, " << expected << " true\n";
}

void print(std::ostringstream& out, const char* what,
           std::vector<domain::board_row>::const_iterator row,
           std::vector<domain::board_row>::const_iterator end) {
  if (row == end)
    return;
  out << what << ' ' << to_string(row->wallet) << " net "
      << domain::to_string(row->net) << " losses "
      << domain::to_string(row->losses) << " trades " << row->trades
      << " realizations " << row->realizations << " losing "
      << row->losing_realizations << " last loss " << row->last_loss.slot << ' '
      << row->last_loss.tx_index << ' ' << row->last_loss.ix_path << " at "
      << row->last_loss_at << "\n";
}

void world::compare_boards(std::ostringstream& out,
                           const domain::reference_fold& truth) {
  auto windows = domain::wallet_windows{};
  windows.advance(disk_->head.chain_time);
  for (auto& partition : disk_->wallet_partitions) {
    for (auto& [wallet, row] : partition.wallets)
      if (!windows.load(wallet, row.totals))
        out << "totals do not load\n";
    for (auto& [key, bucket] : partition.buckets)
      if (!windows.load(bucket))
        out << "buckets do not load\n";
  }
  windows.finish_load();
  for (auto window : {domain::board_window::h24, domain::board_window::d7,
                      domain::board_window::all})
    for (auto by : {domain::board_by::net, domain::board_by::losses}) {
      auto stored = windows.all(window, by, domain::board_side::losers);
      auto expected = truth.board(window, by, domain::board_side::losers,
                                  disk_->head.chain_time);
      if (stored == expected)
        continue;
      out << "board " << to_string(window) << " differs: " << stored.size()
          << " rows stored, " << expected.size() << " true\n";
      auto first = std::mismatch(stored.begin(), stored.end(), expected.begin(),
                                 expected.end());
      print(out, "  stored", first.first, stored.end());
      print(out, "  true  ", first.second, expected.end());
    }
}

} // namespace

world_settings random_world(uint64_t seed) {
  auto random = simulator::random_source{seed};
  auto result = world_settings{};
  result.seed = seed;
  result.slots = 6 + random.below(20);
  result.transactions_per_slot = 1.0 + static_cast<double>(random.below(8));
  result.wallets = static_cast<uint32_t>(4 + random.below(10));
  result.tokens = static_cast<uint32_t>(2 + random.below(4));
  result.epoch_rows_max = 1 + random.below(20);
  result.live_max = 1 + random.below(6);
  result.dirty_max = 1 + random.below(10);
  auto share = [&random](double most) {
    return random.chance(0.5) ? most * random.unit() : 0.0;
  };
  result.faults.duplicate = share(0.4);
  result.faults.reorder = share(0.4);
  result.faults.fork = share(0.4);
  result.faults.late = share(0.2);
  result.faults.cut_share = share(0.2);
  result.unknown = share(0.1);
  result.unavailable = share(0.1);
  result.crash = share(0.03);
  result.fenced = share(0.01);
  result.kill = share(0.001);
  result.deaths = share(0.2);
  return result;
}

world_result run_world(const world_settings& settings) {
  return world{settings}.run();
}

} // namespace pumpscope::test
