#include "tests/simulation/world.hpp"

#include "tests/simulation/comparison.hpp"
#include "tests/simulation/process.hpp"

#include <memory>
#include <vector>

namespace pumpscope::test {

namespace {

constexpr uint64_t generations_max = 100;
constexpr uint64_t steps_max = 1'000'000;

/// One process after the other on the same disk, some of them at once.
class world {
public:
  explicit world(const world_settings& settings)
    : settings_{settings},
      streams_{make_streams(settings)},
      truth_{read_truth(*streams_.front())},
      lossy_{settings.lose > 0
               ? lose_transactions(streams_.front(), truth_, settings)
               : nullptr},
      random_{settings.seed ^ 0x5EEDULL},
      store_random_{settings.seed ^ 0xD15CULL},
      disk_{std::make_shared<memory_disk>(messages::store_identity{
        .hash_seed = settings.seed, .partitions = 2})} {
  }

  world_result run() {
    run_to_the_end();
    if (settings_.again && result_.difference.empty())
      run_to_the_end();
    zombie_.reset();
    if (result_.difference.empty())
      result_.difference = compare(*disk_, truth_);
    if (result_.difference.empty() && told_)
      result_.difference = told_->compare(*disk_);
    result_.trades = disk_->trades.size();
    if (lossy_)
      result_.lost_rows = lossy_->lost.size();
    for (auto& [key, jpos] : disk_->keys)
      result_.voided_rows += truth_.died.contains(key.slot) ? 1 : 0;
    trace_.add(disk_->head.jpos);
    trace_.add(disk_->head.epoch);
    trace_.add(disk_->head.fence);
    result_.trace = trace_.value();
    return result_;
  }

private:
  /// Starts processes until one folds the stream to its end.
  void run_to_the_end() {
    while (!run_process() && result_.difference.empty())
      if (result_.generations > generations_max)
        result_.difference = "the processes die again and again";
  }

  [[nodiscard]] bool faults_left() const {
    return result_.crashes < settings_.faults_max;
  }

  store_fault next_fault(store_operation operation) {
    trace_.add(static_cast<uint64_t>(operation));
    auto is_write = operation == store_operation::commit_epoch
                    || operation == store_operation::commit_checkpoint;
    if (!is_write || !faults_left())
      return store_fault::none;
    if (store_random_.chance(settings_.unknown))
      return store_random_.chance(0.5) ? store_fault::unknown_applied
                                       : store_fault::unknown_lost;
    if (store_random_.chance(settings_.unavailable))
      return store_fault::unavailable;
    if (store_random_.chance(settings_.fenced)) {
      ++result_.crashes;
      fence_planted_ = true;
      return store_fault::fenced;
    }
    if (store_random_.chance(settings_.crash)) {
      ++result_.crashes;
      return store_random_.chance(0.5) ? store_fault::crash_before
                                       : store_fault::crash_after;
    }
    return store_fault::none;
  }

  /// Returns whether the stream was folded to its end.
  bool run_process() {
    ++result_.generations;
    fence_planted_ = false;
    killed_now_ = 0;
    auto live = std::make_unique<process>(settings_, disk_, streams_, lossy_,
                                          told_, random_);
    live->on_operation = [this](store_operation x) { return next_fault(x); };
    live->host_breaks = [this] {
      auto due = is_due(settings_.host_break);
      result_.host_breaks += due ? 1 : 0;
      killed_now_ += due ? 1 : 0;
      return due;
    };
    live->on_hosted = [this] { ++result_.hosted; };
    live->on_moved = [this] { ++result_.moved; };
    for (uint64_t step = 0;; ++step) {
      ++result_.steps;
      if (step > steps_max) {
        result_.difference = "the pipeline does not come to an end";
        return true;
      }
      if (!live->step(random_, trace_) && !live->ended()) {
        result_.difference = "the pipeline waits for nothing";
        return true;
      }
      step_zombie();
      if (live->crashed() || is_due(settings_.kill))
        return false;
      if (is_due(settings_.freeze)) {
        freeze(std::move(live));
        return false;
      }
      if (faults_left() && random_.chance(settings_.actor_kill)
          && live->kill_one(random_, trace_)) {
        ++result_.crashes;
        ++result_.killed_actors;
        ++killed_now_;
      }
      if (random_.chance(settings_.move))
        live->move_partitions();
      if (auto outcome = live->ended())
        return judge(*outcome, live->move_failure);
    }
  }

  /// Returns whether the process did all; else the operator starts it again.
  bool judge(const process::outcome& x, const std::string& move_failure) {
    if (x.error) {
      auto fenced = x.error == caf::make_error(domain::errc::fenced);
      if (!fenced || !(fence_planted_ || zombie_))
        result_.difference = "the pipeline gave up: " + to_string(x.error);
      fence_planted_ = false;
      return false;
    }
    auto& status = *x.status;
    result_.repairs += status.repairs;
    result_.gaps += status.gaps;
    // A frozen one that thaws before its start takes over once.
    if (status.restarts > killed_now_)
      result_.difference = "the pipeline was restarted for no reason";
    if (status.moves_failed > killed_now_)
      result_.difference = "partitions did not move for no reason: "
                           + move_failure;
    result_.moves += status.moves;
    if (status.rejected_rows > 0)
      result_.difference = "rows were refused";
    auto& faults = settings_.faults;
    auto on_time = faults.late == 0 && faults.cut_share == 0
                   && settings_.hold == 0 && settings_.endpoints == 1
                   && settings_.lose == 0;
    if (on_time && status.late > 0)
      result_.difference = "transactions that came in time are late";
    return true;
  }

  /// Draws whether the process ends here, by the plan.
  bool is_due(double share) {
    if (!faults_left() || !random_.chance(share))
      return false;
    ++result_.crashes;
    return true;
  }

  void freeze(std::unique_ptr<process> x) {
    ++result_.frozen;
    zombie_ = std::move(x);
    // It has had its share of faults.
    zombie_->on_operation = {};
    zombie_->host_breaks = {};
  }

  /// What was frozen thaws: it does not know that another one took over.
  void step_zombie() {
    if (!zombie_ || !random_.chance(0.3))
      return;
    zombie_->step(random_, trace_);
    auto outcome = zombie_->ended();
    if (!outcome)
      return;
    auto fenced = outcome->error == caf::make_error(domain::errc::fenced);
    if (outcome->error && !fenced)
      result_.difference = "a thawed process gave up: "
                           + to_string(outcome->error);
  }

  world_settings settings_;
  /// The true one, then one for each of several endpoints.
  std::vector<stream_ptr> streams_;
  true_chain truth_;
  lossy_stream_ptr lossy_;
  simulator::random_source random_;
  simulator::random_source store_random_;
  std::shared_ptr<memory_disk> disk_;
  std::shared_ptr<published> told_
    = settings_.publishes ? std::make_shared<published>() : nullptr;
  std::unique_ptr<process> zombie_ = {};
  bool fence_planted_ = false;
  uint64_t killed_now_ = 0;
  trace_digest trace_ = {};
  world_result result_ = {};
};

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
  result.freeze = share(0.001);
  result.actor_kill = share(0.002);
  result.hold = random.chance(0.3) ? 0.2 * random.unit() : 0.0;
  result.gap_slots = random.chance(0.5) ? 64 : 2 + random.below(10);
  result.faults.out_of_range = random.chance(0.2);
  constexpr double paces[] = {0, 0, 20, 400, 5'000, 40'000};
  result.seconds_per_slot = paces[random.below(std::size(paces))];
  result.again = random.chance(0.1);
  result.prompt = share(1.0);
  result.deaths = share(0.2);
  result.history_rows_max = 1 + random.below(30);
  if (random.chance(0.4)) {
    result.endpoints = static_cast<uint32_t>(2 + random.below(2));
    result.standby = random.chance(0.25);
    // Who is read alone must not lack anything.
    result.omit = result.standby ? 0.0 : share(0.3);
    result.stall = share(0.8);
    result.cut = share(0.1);
    result.refuse = share(0.05);
  } else if (random.chance(0.4)) {
    result.lose = 0.1 + 0.4 * random.unit();
    result.slots += 12 + random.below(12);
    // What these damage no server of blocks has either.
    result.faults.out_of_range = false;
    result.deaths = 0;
    result.hold = 0;
    result.gap_slots = 64;
  }
  result.tails_together_min = 1 + random.below(6);
  result.tails_together_rows_max = 1 + random.below(60);
  if (random.chance(0.5)) {
    result.hosted = 0.3 + 0.7 * random.unit();
    result.host_break = share(0.02);
    result.move = share(0.01);
  }
  return result;
}

world_result run_world(const world_settings& settings) {
  return world{settings}.run();
}

} // namespace pumpscope::test
