#include "runtime/cluster_node.hpp"

#include "runtime/cluster.hpp"
#include "runtime/log.hpp"
#include "runtime/node_system.hpp"

#include <thread>
#include <utility>

namespace pumpscope::runtime {

namespace {

using clock = std::chrono::steady_clock;

/// How often we look whether what we host was taken back.
constexpr auto look_period = std::chrono::milliseconds{50};

std::shared_ptr<partition_hosting>
make_hosting(const actors::pipeline_config& config,
             const actors::pipeline_parts& parts, uint32_t threads) {
  auto settings = actors::partition_host_config{};
  settings.writer = config.writer;
  // That of the sequencer.
  settings.writer.lease = nullptr;
  settings.reader = config.reader;
  settings.partition = config.partition;
  settings.tokens_live_max = config.tokens_live_max;
  auto stores = actors::partition_host_parts{};
  stores.writer_store = parts.writer_store;
  stores.reader_store = parts.reader_store;
  auto tell = [](size_t count) {
    if (count > 0)
      info_line("run: hosting " + std::to_string(count)
                + " partitions of wallets and of tokens");
    else
      info_line("run: hosting nothing any more");
  };
  return std::make_shared<partition_hosting>(
    std::move(settings), std::move(stores), thread_count(threads), tell);
}

} // namespace

outcome<std::unique_ptr<cluster_node>>
cluster_node::join(const config::options& options, const std::string& http,
                   std::shared_ptr<const http::local_routes> routes,
                   std::shared_ptr<forwarder> forwarder,
                   const actors::pipeline_config& config,
                   actors::pipeline_parts& parts, const std::stop_token& stop) {
  auto result = std::unique_ptr<cluster_node>{new cluster_node};
  auto& x = *result;
  x.ttl_ = options.cluster.ttl;
  x.forwarder_ = std::move(forwarder);
  x.hosting_ = make_hosting(config, parts, options.pipeline.threads);
  auto listen
    = [&](const messages::store_identity& store) -> outcome<std::string> {
    auto peers = open_peers(options.cluster, store, std::move(routes),
                            x.hosting_);
    if (!peers)
      return tl::unexpected{std::move(peers.error())};
    x.peers_ = std::move(*peers);
    return x.peers_ ? x.peers_->address() : std::string{};
  };
  auto partitions = [hosting = x.hosting_, own = x.own_](bool in_term) {
    return in_term ? own->load() : static_cast<uint32_t>(hosting->partitions());
  };
  auto seat = join_cluster(
    options, http, http.empty() ? listen_function{} : listen, partitions, stop);
  if (!seat)
    return tl::unexpected{std::move(seat.error())};
  x.seat_ = std::move(*seat);
  x.forwarder_->begin(x.seat_, x.peers_);
  x.share(parts);
  return result;
}

cluster_node::~cluster_node() {
  forwarder_->end();
  hosting_->close();
}

void cluster_node::share(actors::pipeline_parts& parts) {
  if (peers_) {
    add_pool(parts);
    return;
  }
  parts.share_out = [own = own_](uint32_t count) {
    own->store(count);
    return std::vector<messages::host_share>{};
  };
}

void cluster_node::add_pool(actors::pipeline_parts& parts) {
  auto settings = host_pool_settings{};
  settings.distrust = ttl_;
  settings.on_change = [own = own_](const std::string& shares, size_t ours) {
    own->store(static_cast<uint32_t>(ours));
    info_line("run: partitions: " + shares);
  };
  settings.on_trouble = [](const std::string& what) {
    warning_line("run: " + what);
  };
  pool_ = std::make_shared<host_pool>(seat_, peers_, std::move(settings));
  parts.share_out = [pool = pool_](uint32_t count) {
    return pool->share_out(count);
  };
  parts.rebalance = [pool = pool_] { return pool->next_moves(); };
  parts.on_move_failed = [](const std::string& why) {
    warning_line("run: partitions did not move, all start again: " + why);
  };
}

void cluster_node::begin_standby() {
  hosting_->open();
}

void cluster_node::end_standby() {
  hosting_->close();
}

void cluster_node::look() {
  if (pool_)
    pool_->look();
}

bool cluster_node::should_rebalance() const {
  return pool_ && pool_->is_outdated();
}

std::string cluster_node::move(uint32_t partition, const std::string& node) {
  return pool_ ? pool_->move(partition, node)
               : "nodes do not reach each other (--node-listen)";
}

void cluster_node::give_partitions_away() {
  seat_->retire();
  // They go a few at a time.
  auto left = hosting_->partitions();
  for (auto until = clock::now() + ttl_; left > 0 && clock::now() < until;) {
    std::this_thread::sleep_for(look_period);
    if (auto now = hosting_->partitions(); now < left)
      until = clock::now() + ttl_;
    left = hosting_->partitions();
  }
  hosting_->close();
}

bool cluster_node::answers_by_others() {
  if (!peers_ || seat_->in_term() || seat_->draining())
    return false;
  auto view = seat_->view();
  auto owner = view.living(view.sequencer);
  if (owner == nullptr)
    return false;
  // It answers whether there is a way to it, and back.
  auto question = http::request{};
  question.method = "GET";
  question.target = "/console/api/nodes";
  peers_->ask(owner->self.peer, std::move(question),
              [answered = others_answer_](const http::response& x) {
                *answered = x.status == 200;
              });
  return *others_answer_;
}

} // namespace pumpscope::runtime
