#include "tests/simulation/process.hpp"

#include "actors/pipeline.hpp"
#include "adapters/endpoints/parallel_source.hpp"
#include "adapters/endpoints/standby_source.hpp"
#include "tests/support/fake_block_fetcher.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <array>
#include <mutex>

namespace pumpscope::test {

namespace {

/// Who may be killed; the pipeline itself is the process.
constexpr auto mortals = std::array<std::string_view, 12>{
  "wallet-ledger", "token-candles", "wallet-partition", "token-partition",
  "router",        "sequencer",     "parser",           "store-writer",
  "store-reader",  "stream",        "remote-host",      "partition-host"};

actors::pipeline_config pipeline_config_of(const world_settings& x) {
  auto result = actors::pipeline_config{};
  result.detached = false;
  result.parsers = 2;
  // More than that die of a mistake.
  result.restarts_max = x.faults_max + 2;
  result.resume_slots = x.resume_slots;
  result.sequencer.epoch_rows_max = x.epoch_rows_max;
  result.sequencer.epochs_max = 3;
  result.sequencer.batches_max = 4;
  result.sequencer.sealer.gap_slots = x.gap_slots;
  result.sequencer.sealer.recent_slots = 4;
  result.sequencer.breaks.opens = true;
  result.partition.live_max = x.live_max;
  result.partition.dirty_max = x.dirty_max;
  result.partition.history_rows_max = x.history_rows_max;
  result.reader = {x.tails_together_min, x.tails_together_rows_max};
  return result;
}

std::shared_ptr<messages::source>
make_source(const world_settings& settings,
            const std::vector<stream_ptr>& streams,
            simulator::random_source& random) {
  if (streams.size() == 1)
    return std::make_shared<played_source>(streams.front(), random.next());
  auto all = std::vector<endpoints::endpoint>{};
  for (size_t i = 1; i < streams.size(); ++i) {
    auto faults = playing_faults{};
    faults.stall = settings.stall;
    faults.cut = settings.cut;
    // When all refuse us at once it is over.
    faults.refuse = i == 1 ? settings.refuse : 0;
    all.push_back(
      {"endpoint-" + std::to_string(i), [faults, stream = streams[i], &random] {
         return std::make_shared<played_source>(stream, random.next(), faults);
       }});
  }
  auto group = endpoints::group_settings{};
  group.lane.threaded = false;
  group.resume_slots = settings.resume_slots;
  group.now = [] { return std::chrono::steady_clock::time_point{}; };
  if (settings.standby)
    return std::make_shared<endpoints::standby_source>(
      std::move(all), std::move(group), endpoints::standby_patience{});
  return std::make_shared<endpoints::parallel_source>(std::move(all),
                                                      std::move(group));
}

/// Plays what there is, and ends once all that it lacks was found.
std::shared_ptr<messages::source>
make_lossy_source(const lossy_stream_ptr& lossy,
                  const std::shared_ptr<memory_disk>& disk,
                  simulator::random_source& random) {
  auto is_whole = [lossy, disk] {
    auto lock = std::lock_guard{disk->mutex};
    auto is_there = [&disk](auto& x) { return disk->keys.contains(x); };
    auto is_filled = [](auto& x) { return x.second.filled; };
    return std::all_of(lossy->lost.begin(), lossy->lost.end(), is_there)
           && std::all_of(disk->gaps.begin(), disk->gaps.end(), is_filled);
  };
  return std::make_shared<played_source>(lossy->stream, random.next(),
                                         playing_faults{}, is_whole);
}

} // namespace

process::process(const world_settings& settings,
                 std::shared_ptr<memory_disk> disk,
                 std::vector<stream_ptr> streams, lossy_stream_ptr lossy,
                 std::shared_ptr<published> told,
                 simulator::random_source& random)
  : system_{config_},
    scheduler_{
      dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler())},
    store_{std::make_shared<memory_store>(disk)},
    told_{std::move(told)} {
  plan_ = [this](store_operation x) {
    if (killing_)
      return store_fault::crash_before;
    return on_operation ? on_operation(x) : store_fault::none;
  };
  store_->on_operation = plan_;
  auto parts = actors::pipeline_parts{};
  parts.writer_store = store_;
  parts.reader_store = store_->reader().value();
  parts.make_source = [settings, streams = std::move(streams), lossy, disk,
                       &random] {
    return lossy ? make_lossy_source(lossy, disk, random)
                 : make_source(settings, streams, random);
  };
  if (lossy)
    parts.make_fetcher = [lossy] {
      auto result = std::make_shared<fake_block_fetcher>();
      result->blocks = lossy->blocks;
      return result;
    };
  if (told_)
    parts.spawn_sink = [told = told_](caf::local_actor& parent,
                                      const messages::journal_boot&) {
      return parent.spawn(recording_sink, told);
    };
  if (settings.hosted > 0)
    parts.share_out = [this, settings, disk, &random](uint32_t) {
      return share_out(settings, random, disk);
    };
  if (settings.move > 0)
    parts.rebalance = [this, settings, disk, &random] {
      return rebalance(settings, random, disk);
    };
  parts.on_move_failed = [this](const std::string& why) { move_failure = why; };
  // Time stands still: restarts are limited by their number alone.
  parts.now = [] { return std::chrono::steady_clock::time_point{}; };
  pipeline_ = system_.spawn(actors::pipeline, pipeline_config_of(settings),
                            std::move(parts));
  // The outcome goes to a hidden actor so that nothing blocks.
  auto ask = [pipeline = pipeline_,
              outcome = outcome_](caf::event_based_actor* self) {
    self->request(pipeline, caf::infinite, atom::start_v)
      .then([outcome](
              const messages::pipeline_status_ptr& x) { outcome->status = x; },
            [outcome](caf::error& err) { outcome->error = std::move(err); });
  };
  waiter_ = system_.spawn(ask);
}

std::shared_ptr<messages::host_link>
process::make_link(const world_settings& settings,
                   simulator::random_source& random,
                   const std::shared_ptr<memory_disk>& disk, size_t number) {
  auto config = actors::partition_host_config{};
  auto like = pipeline_config_of(settings);
  config.detached = false;
  config.partition = like.partition;
  config.reader = like.reader;
  auto store = std::make_shared<memory_store>(disk);
  store->on_operation = plan_;
  hosts_.push_back(std::make_shared<simulated_host>(
    "node-" + std::to_string(number), system_, config, std::move(store),
    [this] { return host_breaks && host_breaks(); },
    [&random] { return random.chance(0.5); }));
  return hosts_.back();
}

std::vector<messages::host_share>
process::share_out(const world_settings& settings,
                   simulator::random_source& random,
                   const std::shared_ptr<memory_disk>& disk) {
  auto shares = std::vector<messages::host_share>(2);
  for (uint32_t i = 0; i < disk->identity.partitions; ++i)
    if (random.chance(settings.hosted)) {
      shares[random.below(shares.size())].partitions.push_back(i);
      if (on_hosted)
        on_hosted();
    }
  for (size_t i = 0; i < shares.size(); ++i)
    if (!shares[i].partitions.empty())
      shares[i].link = make_link(settings, random, disk, i);
  std::erase_if(shares, [](auto& x) { return !x.link; });
  return shares;
}

messages::rebalance_plan
process::rebalance(const world_settings& settings,
                   simulator::random_source& random,
                   const std::shared_ptr<memory_disk>& disk) {
  auto result = messages::rebalance_plan{};
  // One round is often not the last.
  if (random.chance(0.4))
    return result;
  // To itself, too: that is no other case.
  auto takes = std::vector<messages::host_share>(3);
  for (uint32_t i = 0; i < disk->identity.partitions; ++i)
    if (random.chance(0.5)) {
      takes[random.below(takes.size())].partitions.push_back(i);
      if (on_moved)
        on_moved();
    }
  for (size_t i = 0; i + 1 < takes.size(); ++i)
    if (!takes[i].partitions.empty())
      takes[i].link = make_link(settings, random, disk, i);
  std::erase_if(takes, [](auto& x) { return x.partitions.empty(); });
  result.takes = std::move(takes);
  return result;
}

void process::move_partitions() {
  caf::anon_send(pipeline_, atom::rebalance_v);
}

process::~process() {
  killing_ = true;
  caf::anon_send_exit(pipeline_, caf::exit_reason::user_shutdown);
  caf::anon_send_exit(waiter_, caf::exit_reason::kill);
  pipeline_ = nullptr;
  waiter_ = nullptr;
  for (auto& x : hosts_)
    x->kill();
  // In turn: a source that waits for more would be asked for ever.
  for (auto& jobs = scheduler_.jobs; !jobs.empty(); scheduler_.run_once())
    std::rotate(jobs.begin(), jobs.begin() + 1, jobs.end());
}

bool process::step(simulator::random_source& random, trace_digest& trace) {
  auto& jobs = scheduler_.jobs;
  if (jobs.empty()) {
    trace.add("timer");
    return scheduler_.trigger_timeout();
  }
  auto i = jobs.begin() + static_cast<ptrdiff_t>(random.below(jobs.size()));
  std::rotate(jobs.begin(), i, i + 1);
  if (auto actor = dynamic_cast<caf::scheduled_actor*>(jobs.front())) {
    trace.add(actor->name());
    trace.add(actor->id());
  }
  scheduler_.run_once();
  // Now and then some time passes although there is work: periods end, but
  // nobody waits for an answer so long that it must be lost.
  if (random.chance(0.01))
    scheduler_.advance_time(std::chrono::milliseconds{random.below(300)});
  return true;
}

bool process::kill_one(simulator::random_source& random, trace_digest& trace) {
  auto candidates = std::vector<caf::scheduled_actor*>{};
  for (auto job : scheduler_.jobs)
    if (auto actor = dynamic_cast<caf::scheduled_actor*>(job))
      if (std::find(mortals.begin(), mortals.end(), actor->name())
          != mortals.end())
        candidates.push_back(actor);
  if (candidates.empty())
    return false;
  auto victim = candidates[random.below(candidates.size())];
  trace.add("kill");
  trace.add(victim->id());
  auto to = caf::actor_cast<caf::actor>(victim->address());
  auto message = caf::exit_msg{victim->address(), caf::exit_reason::kill};
  // Before it sees the message that it is about to run for, or behind it.
  if (random.chance(0.5))
    caf::anon_send<caf::message_priority::high>(to, std::move(message));
  else
    caf::anon_send(to, std::move(message));
  return true;
}

} // namespace pumpscope::test
