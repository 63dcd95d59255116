#include "runtime/partition_hosting.hpp"

#include "adapters/http/body_source.hpp"
#include "runtime/foreign_spawn.hpp"
#include "runtime/log.hpp"
#include "runtime/node_system.hpp"
#include "runtime/peer_host_link.hpp"

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::runtime {

namespace {

/// How long a hosted partition may take to answer: less than a peer waits.
constexpr auto answer_max = std::chrono::seconds{7};

/// Commands that wait; each of them comes from the one that has the sequencer.
constexpr size_t commands_max = 16;

http::response empty_answer() {
  auto result = http::response{};
  result.content_type = "application/octet-stream";
  return result;
}

/// Returns a number of a query; 0 = there is none.
uint64_t number_of(std::string_view target, std::string_view key) {
  auto result = uint64_t{0};
  for (auto before : {'?', '&'}) {
    auto name = before + std::string{key} + "=";
    if (auto at = target.find(name); at != std::string_view::npos) {
      auto text = target.substr(at + name.size());
      std::from_chars(text.data(), text.data() + text.size(), result);
    }
  }
  return result;
}

messages::hosting_id id_of(std::string_view target) {
  return {number_of(target, "fence"), number_of(target, "serial")};
}

http::response not_hosted() {
  return http::problem(409, "not_hosted", "nothing is hosted with this fence");
}

http::response malformed() {
  return http::problem(400, "malformed", "no message of this build");
}

} // namespace

/// What a host tells, on its way to the node with the sequencer. Bounded by the
/// epochs that are on their way to the host, each of which has a few.
class partition_hosting::events : public http::body_source {
public:
  explicit events(std::function<void()> on_drop)
    : on_drop_{std::move(on_drop)} {
    // nop
  }

  ~events() override {
    on_drop_();
  }

  events(const events&) = delete;
  events& operator=(const events&) = delete;

  void add(std::string frame) {
    auto wake = std::function<void()>{};
    {
      auto guard = std::lock_guard{mutex_};
      waiting_.push_back(std::make_shared<const std::string>(std::move(frame)));
      wake = wake_;
    }
    if (wake)
      wake();
  }

  /// No more comes.
  void end() {
    auto wake = std::function<void()>{};
    {
      auto guard = std::lock_guard{mutex_};
      ended_ = true;
      wake = wake_;
    }
    if (wake)
      wake();
  }

  bool next(std::vector<std::shared_ptr<const std::string>>& out,
            size_t bytes_max) override {
    auto guard = std::lock_guard{mutex_};
    for (auto bytes = size_t{0}; !waiting_.empty() && bytes < bytes_max;) {
      bytes += waiting_.front()->size();
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return !ended_ || !waiting_.empty();
  }

  void on_wake(std::function<void()> wake) override {
    auto guard = std::lock_guard{mutex_};
    wake_ = std::move(wake);
  }

private:
  std::function<void()> on_drop_;
  std::mutex mutex_;
  std::deque<std::shared_ptr<const std::string>> waiting_;
  bool ended_ = false;
  std::function<void()> wake_;
};

struct partition_hosting::session {
  session(size_t threads, uint64_t x, messages::hosting_id of)
    : number{x}, id{of}, settings{threads}, system{settings} {
    // nop
  }

  ~session() {
    caf::anon_send_exit(host, caf::exit_reason::user_shutdown);
    host = nullptr;
  }

  session(const session&) = delete;
  session& operator=(const session&) = delete;

  uint64_t number;
  messages::hosting_id id;
  /// Guarded by the mutex.
  size_t partitions = 0;
  std::weak_ptr<events> told = {};
  node_system_config settings;
  caf::actor_system system;
  messages::partition_host_actor host = {};
};

partition_hosting::partition_hosting(actors::partition_host_config config,
                                     actors::partition_host_parts parts,
                                     size_t threads,
                                     std::function<void(size_t)> on_change)
  : config_(std::move(config)),
    parts_(std::move(parts)),
    threads_(threads),
    on_change_(std::move(on_change)),
    thread_([this](const std::stop_token& stop) { run(stop); }) {
}

partition_hosting::~partition_hosting() {
  close();
}

void partition_hosting::open() {
  auto guard = std::lock_guard{mutex_};
  open_ = true;
}

void partition_hosting::close() {
  auto refused = std::deque<command>{};
  auto lock = std::unique_lock{mutex_};
  open_ = false;
  refused.swap(commands_);
  commands_.push_back({});
  changed_.notify_all();
  changed_.wait(lock, [this] { return commands_.empty() && !working_; });
  lock.unlock();
  for (auto& x : refused)
    if (x.done)
      x.done(not_hosted());
}

bool partition_hosting::is_ready() const {
  auto guard = std::lock_guard{mutex_};
  return open_ && !working_ && commands_.empty();
}

size_t partition_hosting::partitions() const {
  auto guard = std::lock_guard{mutex_};
  return session_ ? session_->partitions : 0;
}

std::shared_ptr<partition_hosting::session>
partition_hosting::of(messages::hosting_id id) const {
  auto guard = std::lock_guard{mutex_};
  return session_ && session_->id == id ? session_ : nullptr;
}

void partition_hosting::answer(http::request x, const http::reply& done) {
  auto path = std::string_view{x.target};
  path = path.substr(0, path.find('?'));
  if (path == hosting_path::ready)
    done(is_ready()
             && number_of(x.target, "layout") == messages::hosting_layout()
           ? empty_answer()
           : not_hosted());
  else if (path == hosting_path::begin)
    begin(x.body, done);
  else if (path == hosting_path::pass)
    pass(id_of(x.target), x.body, done);
  else if (path == hosting_path::ask)
    ask(id_of(x.target), x.body, done);
  else
    done(http::problem(404, "not_found", "no such command"));
}

void partition_hosting::begin(const std::string& body,
                              const http::reply& done) {
  auto x = messages::decode_host_begin(body);
  if (!x) {
    done(malformed());
    return;
  }
  auto identity = parts_.reader_store->identity();
  if (x->hash_seed != identity.hash_seed
      || x->partition_count != identity.partitions) {
    done(http::problem(409, "other_store", "this node has another store"));
    return;
  }
  auto why = std::string_view{};
  {
    auto guard = std::lock_guard{mutex_};
    if (!open_)
      why = "this node hosts nothing now";
    else if (x->id <= newest_)
      why = "something newer was hosted already";
    else if (commands_.size() >= commands_max)
      why = "too many commands wait";
    if (why.empty()) {
      // From here on whatever is older is refused.
      newest_ = x->id;
      commands_.push_back(
        {std::make_shared<const messages::host_begin>(std::move(*x)), done, 0});
      changed_.notify_all();
    }
  }
  if (!why.empty())
    done(http::problem(503, "not_hosted", why));
}

void partition_hosting::count(const std::shared_ptr<session>& of,
                              int64_t more) {
  auto partitions = size_t{0};
  {
    auto guard = std::lock_guard{mutex_};
    of->partitions = static_cast<size_t>(
      std::max<int64_t>(0, static_cast<int64_t>(of->partitions) + more));
    partitions = of->partitions;
  }
  on_change_(partitions);
}

void partition_hosting::pass(messages::hosting_id id, const std::string& body,
                             const http::reply& done) {
  auto to = of(id);
  if (!to) {
    done(not_hosted());
    return;
  }
  auto order = messages::decode_host_order(body);
  if (!order) {
    done(malformed());
    return;
  }
  // Those that left are needed until they are dropped.
  if (auto* dropped = std::get_if<messages::partitions_dropped>(&order->what))
    count(to, -static_cast<int64_t>(dropped->partitions.size()));
  else if (auto* joined
           = std::get_if<messages::partitions_joined>(&order->what))
    count(to, static_cast<int64_t>(joined->partitions.size()));
  caf::anon_send(to->host,
                 messages::host_order_ptr{
                   std::make_shared<messages::host_order>(std::move(*order))});
  done(empty_answer());
}

void partition_hosting::ask(messages::hosting_id id, const std::string& body,
                            const http::reply& done) {
  auto to = of(id);
  if (!to) {
    done(not_hosted());
    return;
  }
  auto question = messages::decode_host_question(body);
  if (!question) {
    done(malformed());
    return;
  }
  auto asked = messages::host_question_ptr{
    std::make_shared<messages::host_question>(std::move(*question))};
  spawn_from_any_thread(
    to->system, [host = to->host, asked, done](caf::event_based_actor* self) {
      auto refuse = [done] {
        done(http::problem(503, "not_hosted", "the host has ended"));
      };
      // CAF tells nobody that a host which ends owes an answer. Its system, and
      // who ends it, would wait for the timeout.
      self->monitor(host);
      self->set_down_handler([self, refuse](caf::down_msg&) {
        refuse();
        self->quit();
      });
      self->request(host, answer_max, asked)
        .then(
          [done](const messages::host_answer_ptr& x) {
            auto result = empty_answer();
            result.body = encode(*x);
            done(std::move(result));
          },
          [refuse](caf::error&) { refuse(); });
    });
}

void partition_hosting::end_later(uint64_t number) {
  auto guard = std::lock_guard{mutex_};
  commands_.push_back({nullptr, {}, number});
  changed_.notify_all();
}

void partition_hosting::run(const std::stop_token& stop) {
  for (;;) {
    auto lock = std::unique_lock{mutex_};
    working_ = false;
    changed_.notify_all();
    if (!changed_.wait(lock, stop, [this] { return !commands_.empty(); }))
      return;
    auto x = std::move(commands_.front());
    commands_.pop_front();
    working_ = true;
    lock.unlock();
    auto done = x.done;
    try {
      handle(std::move(x));
    } catch (const std::exception& why) {
      // Threads or memory may be short; the one that asked gives it to others.
      warning_line(std::string{"run: hosting: "} + why.what());
      if (done)
        done(http::problem(503, "not_hosted", why.what()));
    }
  }
}

void partition_hosting::end_session() {
  auto ended = std::shared_ptr<session>{};
  {
    auto guard = std::lock_guard{mutex_};
    ended = std::exchange(session_, nullptr);
  }
  if (!ended)
    return;
  auto told = ended->told;
  // Others hold it for as long as it takes to pass a message on.
  while (ended.use_count() > 1)
    std::this_thread::yield();
  ended = nullptr;
  if (auto stream = told.lock())
    stream->end();
  on_change_(0);
}

void partition_hosting::handle(command x) {
  if (!x.begin) {
    auto is_current = [&] {
      auto guard = std::lock_guard{mutex_};
      return session_ && (x.number == 0 || session_->number == x.number);
    };
    if (is_current())
      end_session();
    return;
  }
  end_session();
  auto next = std::make_shared<session>(threads_, ++sessions_, x.begin->id);
  auto stream = std::make_shared<events>(
    [weak = weak_from_this(), number = next->number] {
      if (auto self = weak.lock())
        self->end_later(number);
    });
  next->told = stream;
  next->partitions = x.begin->partitions.size();
  auto parts = parts_;
  parts.tell = [weak = std::weak_ptr<events>{stream}](std::string frame) {
    if (auto to = weak.lock())
      to->add(std::move(frame));
  };
  next->host = next->system.spawn(actors::partition_host, config_,
                                  std::move(parts), *x.begin);
  {
    auto guard = std::lock_guard{mutex_};
    session_ = next;
  }
  on_change_(next->partitions);
  next = nullptr;
  auto answer = empty_answer();
  answer.stream = std::move(stream);
  x.done(std::move(answer));
}

} // namespace pumpscope::runtime
