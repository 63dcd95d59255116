#include "adapters/hub/hub.hpp"

#include "adapters/hub/client.hpp"
#include "adapters/hub/ring.hpp"
#include "adapters/publication_json/publication_json.hpp"
#include "domain/token_bucket.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace pumpscope::hub {

namespace {

using time_point = hub::time_point;

/// Trades of all coins in the channel `trades`: 20 in any second at most.
constexpr auto sample_rate = domain::token_bucket_config{16, 4};

/// Does not name a channel of a client.
constexpr auto no_slot = uint32_t{0};

text_ptr share(std::string x) {
  return std::make_shared<const std::string>(std::move(x));
}

std::optional<uint64_t> parse_number(std::string_view text) {
  auto result = uint64_t{0};
  auto end = text.data() + text.size();
  auto [read, error] = std::from_chars(text.data(), end, result);
  if (error != std::errc{} || read != end)
    return std::nullopt;
  return result;
}

/// A copy that does not keep a whole epoch alive.
messages::publication alone(const messages::lifecycle_publication& x) {
  auto epoch = std::make_shared<messages::epoch>();
  epoch->token_events.push_back(x.event());
  auto result = x;
  result.epoch = std::move(epoch);
  result.index = 0;
  return result;
}

} // namespace

struct hub::impl : std::enable_shared_from_this<impl> {
  struct topic;

  /// A client with its places in the lists of its channels.
  struct member : client, std::enable_shared_from_this<member> {
    using client::client;

    struct place {
      topic* of = nullptr;
      size_t index = 0;
    };

    std::vector<place> places = {};
    size_t index = 0;
  };

  /// A message that whoever begins to follow a channel is told.
  struct first_message {
    text_ptr text = {};
    uint64_t number = 0;
  };

  /// A channel that somebody follows, or did until lately.
  struct topic {
    channel name = {};
    std::string text = {};
    struct follower {
      member* who = nullptr;
      uint32_t slot = 0;
    };
    std::vector<follower> followers = {};
    /// The newest state, or the last news; rows have none.
    std::vector<first_message> first = {};
    /// All messages behind this number were made. Nobody who came before has
    /// it.
    uint64_t made_since = 0;
    /// Number of its last message; 0 = none.
    uint64_t last = 0;
    time_point left_at = {};
  };

  /// Clients to be woken once the lock is free.
  using woken = std::vector<std::shared_ptr<member>>;

  explicit impl(hub_settings x)
    : settings{std::move(x)},
      recent{settings.ring_bytes_max},
      directory{settings.tokens_max} {
    // nop
  }

  // -- making messages --------------------------------------------------------

  /// Makes an event of `type`; `append` writes its data.
  template <class F>
  first_message make(topic& of, std::string_view type, F append) {
    auto number = ++last_number;
    scratch = "id: ";
    scratch += settings.server;
    scratch += '-';
    scratch += std::to_string(number);
    scratch += "\nevent: ";
    scratch += type;
    scratch += "\ndata: ";
    append(scratch);
    scratch += "\n\n";
    auto result = first_message{share(scratch), number};
    recent.push({result.text, number, of.last});
    of.last = number;
    ++counters.messages_total;
    return result;
  }

  first_message make(topic& of, const messages::publication& x, uint64_t fence,
                     int64_t wall_ms) {
    return make(of, publication_json::type_of(x), [&](std::string& out) {
      publication_json::append_message(out, x, fence, wall_ms, of.text);
    });
  }

  first_message make(topic& of, const kept_message& x) {
    return make(of, x.message, x.fence, x.published_ms);
  }

  /// Puts a message in line for all who follow its channel.
  void tell(topic& of, const text_ptr& text, woken& to_wake) {
    auto how = carries_states(of.name.kind) ? client::keep::newest
                                            : client::keep::never;
    counters.deliveries_total += of.followers.size();
    for (auto& x : of.followers)
      if (x.who->push(text, x.slot, how))
        to_wake.push_back(x.who->shared_from_this());
  }

  topic* find(const channel& name) {
    auto i = topics.find(name);
    return i == topics.end() ? nullptr : i->second.get();
  }

  void take(const messages::publication& x, uint64_t fence, int64_t wall_ms,
            woken& to_wake) {
    auto name = channel_of(x);
    keep(name, x, fence, wall_ms);
    if (name.kind == channel_kind::trade)
      sample(x, fence, wall_ms, to_wake);
    auto of = find(name);
    if (!of)
      return;
    auto message = make(*of, x, fence, wall_ms);
    remember(*of, message);
    tell(*of, message.text, to_wake);
  }

  /// Keeps what is asked for although nobody may follow it.
  void keep(const channel& name, const messages::publication& x, uint64_t fence,
            int64_t wall_ms) {
    auto kept = [&](messages::publication message) {
      return std::make_shared<const kept_message>(
        kept_message{std::move(message), fence, wall_ms});
    };
    switch (name.kind) {
      case channel_kind::token:
        directory.put(kept(x));
        break;
      case channel_kind::leaderboard:
        boards[name.part] = kept(x);
        break;
      case channel_kind::market:
        lists = kept(x);
        break;
      case channel_kind::created:
      case channel_kind::graduated: {
        auto& line = news_of(name.kind);
        line.push_back(
          kept(alone(std::get<messages::lifecycle_publication>(x))));
        if (line.size() > settings.news_max)
          line.pop_front();
        break;
      }
      default:
        break;
    }
  }

  void sample(const messages::publication& x, uint64_t fence, int64_t wall_ms,
              woken& to_wake) {
    auto of = find({channel_kind::trades, 0, {}});
    if (of && sampled.take(now.time_since_epoch()))
      tell(*of, make(*of, x, fence, wall_ms).text, to_wake);
  }

  void remember(topic& of, const first_message& x) const {
    auto is_news = of.name.kind == channel_kind::created
                   || of.name.kind == channel_kind::graduated;
    if (!is_news && !carries_states(of.name.kind))
      return;
    of.first.push_back(x);
    if (of.first.size() > (is_news ? settings.news_max : 1))
      of.first.erase(of.first.begin());
  }

  std::deque<kept_message_ptr>& news_of(channel_kind kind) {
    return kind == channel_kind::created ? created : graduated;
  }

  /// Takes a number that is no message's.
  uint64_t take_number() {
    recent.push({nothing, ++last_number, 0});
    return last_number;
  }

  // -- channels ---------------------------------------------------------------

  /// Channels that are opened together have one `made_since`: a client that is
  /// cut off amid its beginning has it.
  topic& open(const channel& name, std::optional<uint64_t>& made_since) {
    auto& place = topics[name];
    if (place)
      return *place;
    place = std::make_unique<topic>();
    auto& fresh = *place;
    fresh.name = name;
    fresh.text = to_string(name);
    if (!made_since)
      made_since = take_number();
    fresh.made_since = *made_since;
    switch (name.kind) {
      case channel_kind::token:
        if (auto known = directory.find(name.key))
          remember(fresh, make(fresh, *known));
        break;
      case channel_kind::leaderboard:
        if (boards[name.part])
          remember(fresh, make(fresh, *boards[name.part]));
        break;
      case channel_kind::market:
        if (lists)
          remember(fresh, make(fresh, *lists));
        break;
      case channel_kind::created:
      case channel_kind::graduated:
        for (auto& x : news_of(name.kind))
          remember(fresh, make(fresh, *x));
        break;
      default:
        break;
    }
    return fresh;
  }

  void follow(member& who, topic& of) {
    auto slot = static_cast<uint32_t>(who.places.size());
    who.places.push_back({&of, of.followers.size()});
    of.followers.push_back({&who, slot});
  }

  void leave(member& who) {
    for (auto& place : who.places) {
      auto& followers = place.of->followers;
      followers[place.index] = followers.back();
      auto& moved = followers[place.index];
      moved.who->places[moved.slot].index = place.index;
      followers.pop_back();
      if (followers.empty()) {
        place.of->left_at = now;
        lingering.emplace_back(now, place.of->name);
      }
    }
    who.places.clear();
    drop_topics();
  }

  /// Forgets channels that nobody came back to.
  void drop_topics() {
    while (!lingering.empty()
           && (now - lingering.front().first >= settings.linger
               || lingering.size() > settings.lingering_max)) {
      auto [left_at, name] = lingering.front();
      lingering.pop_front();
      auto of = find(name);
      // Somebody may have come, and even left again, since.
      if (of && of->followers.empty() && of->left_at <= left_at)
        topics.erase(name);
    }
  }

  // -- clients ----------------------------------------------------------------

  static void push(member& who, text_ptr text) {
    who.push(std::move(text), no_slot, client::keep::always);
  }

  /// What a client without a past is told: the newest of each channel, in the
  /// order of their numbers. Whoever is cut off in between has the number of
  /// the last one that arrived, and all that is missing is behind it.
  void begin(member& who) {
    struct told {
      first_message message = {};
      uint32_t slot = 0;
      bool is_state = false;
    };
    auto all = std::vector<told>{};
    for (uint32_t slot = 0; slot < who.places.size(); ++slot) {
      auto& of = *who.places[slot].of;
      for (auto& x : of.first)
        all.push_back({x, slot, carries_states(of.name.kind)});
    }
    std::sort(all.begin(), all.end(), [](auto& x, auto& y) {
      return x.message.number < y.message.number;
    });
    counters.deliveries_total += all.size();
    for (auto& x : all)
      who.push(std::move(x.message.text), x.slot,
               x.is_state ? client::keep::newest : client::keep::never);
    push(who, ready(who));
  }

  /// What a client missed behind `number`.
  void resume(member& who, uint64_t number) {
    struct missed {
      const ring::message* message = nullptr;
      uint32_t slot = 0;
    };
    auto all = std::vector<missed>{};
    for (uint32_t slot = 0; slot < who.places.size(); ++slot)
      for (auto at = who.places[slot].of->last; at > number;) {
        auto message = recent.find(at);
        all.push_back({message, slot});
        at = message->previous;
      }
    std::sort(all.begin(), all.end(), [](auto& x, auto& y) {
      return x.message->number < y.message->number;
    });
    counters.deliveries_total += all.size();
    for (auto& x : all) {
      auto is_state = carries_states(who.places[x.slot].of->name.kind);
      who.push(x.message->text, x.slot,
               is_state ? client::keep::newest : client::keep::never);
    }
    push(who, ready(who));
  }

  /// Number of the last message that a client had, if all behind it is here.
  [[nodiscard]] std::optional<uint64_t>
  resume_point(std::string_view last_event_id, const member& who) const {
    auto dash = last_event_id.rfind('-');
    if (dash == std::string_view::npos
        || last_event_id.substr(0, dash) != settings.server)
      return std::nullopt;
    auto number = parse_number(last_event_id.substr(dash + 1));
    if (!number || !recent.has_all_behind(*number, last_number))
      return std::nullopt;
    auto whole = std::all_of(
      who.places.begin(), who.places.end(),
      [&number](auto& place) { return place.of->made_since <= *number; });
    return whole ? number : std::nullopt;
  }

  text_ptr ready(const member& who) const {
    return share("id: " + settings.server + '-' + std::to_string(last_number)
                 + "\nevent: ready\ndata: {\"topics\":"
                 + std::to_string(who.places.size()) + ",\"server\":\""
                 + settings.server + "\"}\n\n");
  }

  std::shared_ptr<member> add(const std::vector<channel>& names,
                              std::string_view last_event_id, time_point at) {
    auto guard = std::lock_guard{mutex};
    now = std::max(now, at);
    if (closed || clients.size() >= settings.clients_max) {
      ++counters.refused_total;
      return nullptr;
    }
    auto who = std::make_shared<member>(settings.client_bytes_max, now);
    who->places.reserve(names.size());
    auto made_since = std::optional<uint64_t>{};
    for (auto& name : names)
      follow(*who, open(name, made_since));
    who->index = clients.size();
    clients.push_back(who.get());
    push(*who, retry);
    if (last_event_id.empty()) {
      begin(*who);
    } else if (auto number = resume_point(last_event_id, *who)) {
      ++counters.resumes_total;
      resume(*who, *number);
    } else {
      ++counters.resets_total;
      push(*who, reset);
      begin(*who);
    }
    return who;
  }

  void remove(member& who) {
    auto guard = std::lock_guard{mutex};
    counters.left_out_total += who.left_out();
    counters.stalled_total += who.is_stalled() ? 1 : 0;
    leave(who);
    clients[who.index] = clients.back();
    clients[who.index]->index = who.index;
    clients.pop_back();
  }

  /// Calls `f` for each client; it tells whether the client must be woken.
  template <class F>
  void for_each_client(woken& to_wake, F f) {
    for (auto x : clients)
      if (f(*x))
        to_wake.push_back(x->shared_from_this());
  }

  static void wake(const woken& clients) {
    for (auto& x : clients)
      x->wake();
  }

  const hub_settings settings;
  const text_ptr retry = share("retry: 1000\n\n");
  const text_ptr reset = share("event: reset\ndata: {}\n\n");
  const text_ptr heartbeat = share(":\n\n");
  const text_ptr nothing = share({});

  mutable std::mutex mutex = {};
  boost::unordered_flat_map<channel, std::unique_ptr<topic>, channel_hasher>
    topics = {};
  std::deque<std::pair<time_point, channel>> lingering = {};
  std::vector<member*> clients = {};
  ring recent;
  uint64_t last_number = 0;
  std::array<kept_message_ptr, 3> boards = {};
  kept_message_ptr lists = {};
  std::deque<kept_message_ptr> created = {};
  std::deque<kept_message_ptr> graduated = {};
  domain::token_bucket sampled = domain::token_bucket{sample_rate};
  /// The last time that was told.
  time_point now = {};
  bool closed = false;
  hub_counters counters = {};
  /// Room for the message that is being made.
  std::string scratch = {};

  /// Has a lock of its own.
  token_directory directory;
};

/// What a subscriber reads; its end leaves the channels.
class hub::subscription : public http::body_source {
public:
  subscription(std::shared_ptr<impl> of, std::shared_ptr<impl::member> who)
    : of_{std::move(of)}, who_{std::move(who)} {
    // nop
  }

  ~subscription() override {
    of_->remove(*who_);
  }

  subscription(const subscription&) = delete;
  subscription& operator=(const subscription&) = delete;

  bool next(std::vector<text_ptr>& out, size_t bytes_max) override {
    return who_->next(out, bytes_max);
  }

  void on_wake(std::function<void()> wake) override {
    who_->on_wake(std::move(wake));
  }

private:
  std::shared_ptr<impl> of_;
  std::shared_ptr<impl::member> who_;
};

hub::hub(hub_settings settings)
  : impl_(std::make_shared<impl>(std::move(settings))) {
  // nop
}

hub::~hub() {
  close();
}

void hub::publish(const messages::publication_batch& x, time_point now,
                  int64_t wall_ms) {
  auto to_wake = impl::woken{};
  {
    auto guard = std::lock_guard{impl_->mutex};
    impl_->now = std::max(impl_->now, now);
    for (auto& item : x.items)
      impl_->take(item, x.fence, wall_ms, to_wake);
  }
  impl::wake(to_wake);
}

void hub::publish_ticks(std::span<const domain::trade> trades, time_point now,
                        int64_t wall_ms) {
  auto to_wake = impl::woken{};
  {
    auto guard = std::lock_guard{impl_->mutex};
    impl_->now = std::max(impl_->now, now);
    for (auto& trade : trades) {
      auto of = impl_->find({channel_kind::tick, 0, trade.mint});
      if (!of)
        continue;
      auto message = impl_->make(*of, "tick", [&](std::string& out) {
        publication_json::append_tick(out, trade, wall_ms, of->text);
      });
      impl_->tell(*of, message.text, to_wake);
    }
  }
  impl::wake(to_wake);
}

void hub::restart(time_point now) {
  auto to_wake = impl::woken{};
  {
    auto guard = std::lock_guard{impl_->mutex};
    impl_->now = std::max(impl_->now, now);
    // Nobody resumes over the hole: a number of its own stands for it.
    impl_->recent.clear();
    auto hole = impl_->take_number();
    for (auto& [name, of] : impl_->topics) {
      of->made_since = hole;
      of->last = 0;
    }
    impl_->counters.resets_total += impl_->clients.size();
    impl_->for_each_client(to_wake, [this](impl::member& who) {
      auto is_armed = who.push(impl_->reset, no_slot, client::keep::always);
      impl_->begin(who);
      return is_armed;
    });
  }
  impl::wake(to_wake);
}

void hub::tick(time_point now) {
  auto to_wake = impl::woken{};
  impl_->directory.refresh();
  {
    auto guard = std::lock_guard{impl_->mutex};
    impl_->now = std::max(impl_->now, now);
    auto& settings = impl_->settings;
    impl_->for_each_client(to_wake, [&](impl::member& who) {
      return who.tick(now, impl_->heartbeat, settings.heartbeat_period,
                      settings.stalled_max);
    });
    impl_->drop_topics();
  }
  impl::wake(to_wake);
}

std::shared_ptr<http::body_source>
hub::subscribe(const std::vector<channel>& topics,
               std::string_view last_event_id, time_point now) {
  auto who = impl_->add(topics, last_event_id, now);
  if (!who)
    return nullptr;
  return std::make_shared<subscription>(impl_, std::move(who));
}

void hub::close() {
  {
    auto guard = std::lock_guard{impl_->mutex};
    impl_->closed = true;
  }
  end_all();
}

void hub::end_all() {
  auto to_wake = impl::woken{};
  {
    auto guard = std::lock_guard{impl_->mutex};
    impl_->for_each_client(to_wake,
                           [](impl::member& who) { return who.end(); });
  }
  impl::wake(to_wake);
}

const token_directory& hub::tokens() const {
  return impl_->directory;
}

kept_message_ptr hub::board(domain::board_window window) const {
  auto guard = std::lock_guard{impl_->mutex};
  return impl_->boards[static_cast<size_t>(window)];
}

kept_message_ptr hub::market() const {
  auto guard = std::lock_guard{impl_->mutex};
  return impl_->lists;
}

std::vector<kept_message_ptr> hub::news(channel_kind kind) const {
  auto guard = std::lock_guard{impl_->mutex};
  auto& line = impl_->news_of(kind);
  return {line.begin(), line.end()};
}

hub_counters hub::counters() const {
  auto guard = std::lock_guard{impl_->mutex};
  auto result = impl_->counters;
  result.clients = impl_->clients.size();
  result.channels = impl_->topics.size();
  result.tokens = impl_->directory.size();
  result.ring_bytes = impl_->recent.bytes();
  return result;
}

} // namespace pumpscope::hub
