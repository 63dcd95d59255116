#include "domain/wallet_windows.hpp"

#include "domain/block_pool.hpp"
#include "domain/board_candidates.hpp"
#include "domain/known_keys.hpp"

#include <boost/unordered/unordered_flat_set.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <map>
#include <utility>

namespace pumpscope::domain {

namespace {

constexpr auto none = ~uint32_t{0};
constexpr int64_t never = std::numeric_limits<int64_t>::min();
constexpr int64_t length_5m = bucket_seconds(board_window::h24);
constexpr int64_t length_1h = bucket_seconds(board_window::d7);
constexpr auto windows = std::array{board_window::h24, board_window::d7,
                                    board_window::all};

/// Wallets with more cells have their sums kept, not added up when asked.
constexpr uint32_t cells_summed_max = 8;

int64_t floor_to(int64_t time, int64_t length) {
  auto rest = time % length;
  return time - (rest < 0 ? rest + length : rest);
}

/// A 128-bit sum without the alignment that would cost 8 bytes a cell.
struct amount {
  uint64_t low = 0;
  uint64_t high = 0;

  [[nodiscard]] i128 value() const {
    return static_cast<i128>(static_cast<u128>(high) << 64 | low);
  }

  void add(i128 x) {
    auto sum = static_cast<u128>(value()) + static_cast<u128>(x);
    low = static_cast<uint64_t>(sum);
    high = static_cast<uint64_t>(sum >> 64);
  }
};

enum class cell_kind : uint8_t {
  /// 300 s, younger than 24 h.
  five_minutes = 0,
  /// 3600 s: what of that hour is in no 300 s cell.
  hour = 1,
  /// What is in no other cell.
  rest = 2,
};

/// What the realizations of a cell sum up to.
struct pnl_sums {
  amount net = {};
  amount losses = {};
  chain_position last_loss = {};
  int64_t last_loss_at = 0;
  uint32_t realizations = 0;
  uint32_t losing_realizations = 0;

  [[nodiscard]] bool is_zero() const {
    return realizations == 0 && net.value() == 0 && losses.value() == 0;
  }

  void see_loss(const chain_position& position, int64_t at) {
    if (last_loss < position) {
      last_loss = position;
      last_loss_at = at;
    }
  }
};

/// One wallet in one stretch of time; each trade is in exactly one cell. Half
/// of all cells only have buys: their sums are not stored.
struct cell {
  /// `none` marks a dead cell that waits for its bucket to expire.
  uint32_t wallet = none;
  uint32_t next_of_wallet = none;
  uint32_t next_of_bucket = none;
  /// Number of its `pnl_sums`; `none` while nothing was realized.
  uint32_t pnl = none;
  uint32_t trades = 0;
  /// Start / length; 0 for the rest.
  int32_t bucket = 0;
  cell_kind kind = cell_kind::five_minutes;
  bool dirty = false;

  [[nodiscard]] int64_t start() const {
    return static_cast<int64_t>(bucket)
           * (kind == cell_kind::five_minutes ? length_5m : length_1h);
  }
};

/// Adds sums to those of a row (`board_row` or `wallet_bucket`).
template <class Row>
void add_to(Row& row, const pnl_sums& x) {
  row.net += x.net.value();
  row.losses += x.losses.value();
  row.realizations += x.realizations;
  row.losing_realizations += x.losing_realizations;
  if (row.last_loss < x.last_loss) {
    row.last_loss = x.last_loss;
    row.last_loss_at = x.last_loss_at;
  }
}

/// Adds `sign` times stored sums; the last loss only where it grows. Counters
/// wrap while rows load in any order, and are right at the end.
template <class From>
void add_stored(pnl_sums& into, const From& from, i128 net, int sign) {
  auto factor = static_cast<uint32_t>(sign);
  into.net.add(sign * net);
  into.losses.add(sign * from.losses);
  into.realizations += factor * static_cast<uint32_t>(from.realizations);
  into.losing_realizations += factor
                              * static_cast<uint32_t>(from.losing_realizations);
  if (sign > 0)
    into.see_loss(from.last_loss, from.last_loss_at);
}

struct wallet_entry {
  pubkey wallet = {};
  /// Newest first: 300 s cells, then hours, then the rest.
  uint32_t first_cell = none;
  uint32_t cells = 0;
  /// Kept sums of a wallet with many cells.
  uint32_t kept = none;
  /// Bit per board: is a candidate.
  uint16_t candidate = 0;
};

using kept_sums = std::array<board_row, windows.size()>;

struct entry_hasher {
  using is_transparent = void;
  using is_avalanching = void;
  const block_pool<wallet_entry>* entries = nullptr;

  size_t operator()(const pubkey& x) const {
    return pubkey_hasher{}(x);
  }
  size_t operator()(uint32_t index) const {
    return pubkey_hasher{}((*entries)[index].wallet);
  }
};

struct entry_equal {
  using is_transparent = void;
  const block_pool<wallet_entry>* entries = nullptr;

  bool operator()(uint32_t x, uint32_t y) const {
    return x == y;
  }
  bool operator()(const pubkey& x, uint32_t y) const {
    return x == (*entries)[y].wallet;
  }
  bool operator()(uint32_t x, const pubkey& y) const {
    return y == (*entries)[x].wallet;
  }
};

/// A bucket whose stored row has to be written.
struct dirty_bucket {
  uint32_t wallet = none;
  cell_kind kind = cell_kind::five_minutes;
  int64_t start = 0;

  friend auto operator<=>(const dirty_bucket&, const dirty_bucket&) = default;
};

bool fits(const auto& x) {
  constexpr auto counter_max = uint64_t{std::numeric_limits<uint32_t>::max()};
  constexpr auto sum_max = static_cast<i128>(1) << 120;
  return x.trades < counter_max && x.realizations < counter_max
         && (x.losing_realizations < counter_max) && (x.losses > -sum_max);
}

bool time_fits(int64_t time) {
  constexpr auto time_max = int64_t{std::numeric_limits<int32_t>::max()}
                            * length_5m;
  return time < time_max && time > -time_max;
}

} // namespace

struct wallet_windows::impl {
  block_pool<wallet_entry> entries = {};
  block_pool<cell> cells = {};
  block_pool<pnl_sums> pnls = {};
  block_pool<kept_sums> kept = {};
  boost::unordered_flat_set<uint32_t, entry_hasher, entry_equal> index{
    0, entry_hasher{&entries}, entry_equal{&entries}};
  /// First cell of each bucket, by its number.
  std::map<int32_t, uint32_t> five_minutes = {};
  std::map<int32_t, uint32_t> hours = {};
  std::vector<dirty_bucket> dirty = {};
  std::vector<board_candidates> boards = {};
  int64_t now = never;
  int64_t begin_24h = never;
  int64_t begin_7d = never;

  impl() {
    for (size_t i = 0; i < windows.size(); ++i)
      for (auto by : {board_by::net, board_by::losses})
        for (auto side : {board_side::losers, board_side::winners})
          boards.emplace_back(by, side);
  }

  static size_t board_number(board_window window, board_by by,
                             board_side side) {
    return static_cast<size_t>(window) * 4 + static_cast<size_t>(by) * 2
           + static_cast<size_t>(side);
  }

  uint32_t find(const pubkey& wallet) const {
    auto it = index.find(wallet);
    return it == index.end() ? none : *it;
  }

  uint32_t find_or_add(const pubkey& wallet) {
    if (auto id = find(wallet); id != none)
      return id;
    auto id = entries.add();
    entries[id].wallet = wallet;
    index.insert(id);
    return id;
  }

  cell_kind kind_of(int64_t time) const {
    if (begin_24h == never || floor_to(time, length_5m) >= begin_24h)
      return cell_kind::five_minutes;
    return floor_to(time, length_1h) >= begin_7d ? cell_kind::hour
                                                 : cell_kind::rest;
  }

  static int32_t bucket_of(cell_kind kind, int64_t time) {
    if (kind == cell_kind::rest)
      return 0;
    auto length = kind == cell_kind::five_minutes ? length_5m : length_1h;
    return static_cast<int32_t>(floor_to(time, length) / length);
  }

  void link_bucket(uint32_t at) {
    auto& x = cells[at];
    if (x.kind == cell_kind::rest)
      return;
    auto& lists = x.kind == cell_kind::five_minutes ? five_minutes : hours;
    auto [it, is_new] = lists.try_emplace(x.bucket, none);
    x.next_of_bucket = std::exchange(it->second, at);
  }

  uint32_t find_or_add_cell(uint32_t id, cell_kind kind, int32_t bucket) {
    auto* link = &entries[id].first_cell;
    for (; *link != none; link = &cells[*link].next_of_wallet) {
      const auto& x = cells[*link];
      if (x.kind == kind && x.bucket == bucket)
        return *link;
      if (x.kind > kind || (x.kind == kind && x.bucket < bucket))
        break;
    }
    auto at = cells.add();
    auto& x = cells[at];
    x.kind = kind;
    x.bucket = bucket;
    x.wallet = id;
    x.next_of_wallet = std::exchange(*link, at);
    link_bucket(at);
    ++entries[id].cells;
    return at;
  }

  pnl_sums& pnl_of(cell& x) {
    if (x.pnl == none)
      x.pnl = pnls.add();
    return pnls[x.pnl];
  }

  /// Frees the number of a cell that is in no list.
  void release(uint32_t at) {
    drop_pnl(cells[at]);
    cells.release(at);
  }

  void drop_pnl(cell& x) {
    if (x.pnl != none)
      pnls.release(std::exchange(x.pnl, none));
  }

  /// Adds up the cells of a wallet that are in a window.
  board_row add_up(uint32_t id, board_window window) const {
    auto row = board_row{};
    row.wallet = entries[id].wallet;
    for (auto at = entries[id].first_cell; at != none;) {
      const auto& x = cells[at];
      if (static_cast<uint8_t>(x.kind) > static_cast<uint8_t>(window))
        break;
      row.trades += x.trades;
      if (x.pnl != none)
        add_to(row, pnls[x.pnl]);
      at = x.next_of_wallet;
    }
    return row;
  }

  board_row row_of(uint32_t id, board_window window) const {
    auto at = entries[id].kept;
    return at == none ? add_up(id, window)
                      : kept[at][static_cast<size_t>(window)];
  }

  /// Brings the kept sums of a wallet up to date after its cells changed in
  /// another way than `count`.
  void refresh_kept(uint32_t id) {
    auto& entry = entries[id];
    if (entry.cells <= cells_summed_max) {
      if (entry.kept != none)
        kept.release(std::exchange(entry.kept, none));
      return;
    }
    if (entry.kept == none)
      entry.kept = kept.add();
    for (auto window : windows)
      kept[entry.kept][static_cast<size_t>(window)] = add_up(id, window);
  }

  /// Makes a wallet a candidate of the boards of a window that it may lead.
  void offer(uint32_t id, board_window window) {
    auto row = row_of(id, window);
    auto first = static_cast<size_t>(window) * 4;
    for (auto number = first; number < first + 4; ++number) {
      auto bit = static_cast<uint16_t>(1U << number);
      if ((entries[id].candidate & bit) != 0 || !boards[number].wants(row))
        continue;
      entries[id].candidate |= bit;
      boards[number].add(
        id, [=, this](uint32_t x) { return row_of(x, window); },
        [=, this](uint32_t x) {
          entries[x].candidate &= static_cast<uint16_t>(~bit);
        });
    }
  }

  void mark_dirty(cell& x) {
    if (x.dirty || x.kind == cell_kind::rest)
      return;
    x.dirty = true;
    dirty.push_back({x.wallet, x.kind, x.start()});
  }

  void count(cell& x, const wallet_effect& effect) {
    ++x.trades;
    if (!effect.realized)
      return;
    auto& sums = pnl_of(x);
    ++sums.realizations;
    sums.net.add(effect.pnl);
    if (effect.pnl >= 0)
      return;
    ++sums.losing_realizations;
    sums.losses.add(effect.pnl);
    sums.see_loss(effect.position, effect.block_time);
  }

  static void count(board_row& x, const wallet_effect& effect) {
    ++x.trades;
    if (!effect.realized)
      return;
    ++x.realizations;
    x.net += effect.pnl;
    if (effect.pnl >= 0)
      return;
    ++x.losing_realizations;
    x.losses += effect.pnl;
    if (x.last_loss < effect.position) {
      x.last_loss = effect.position;
      x.last_loss_at = effect.block_time;
    }
  }

  void apply(const pubkey& wallet, const wallet_effect& effect) {
    auto id = find_or_add(wallet);
    auto kind = kind_of(effect.block_time);
    auto cells_before = entries[id].cells;
    auto& x
      = cells[find_or_add_cell(id, kind, bucket_of(kind, effect.block_time))];
    count(x, effect);
    mark_dirty(x);
    auto& entry = entries[id];
    if (entry.kept != none) {
      for (auto i = static_cast<size_t>(kind); i < windows.size(); ++i)
        count(kept[entry.kept][i], effect);
    } else if (entry.cells != cells_before) {
      refresh_kept(id);
    }
    // Without a realization no wallet moves on any board.
    if (effect.realized)
      for (auto i = static_cast<size_t>(kind); i < windows.size(); ++i)
        offer(id, windows[i]);
  }

  /// Moves the cells of expired buckets to the next coarser kind.
  bool expire(std::map<int32_t, uint32_t>& lists, cell_kind kind,
              int64_t begin) {
    auto length = kind == cell_kind::five_minutes ? length_5m : length_1h;
    auto moved = false;
    while (!lists.empty() && lists.begin()->first * length < begin) {
      auto at = lists.begin()->second;
      lists.erase(lists.begin());
      moved = true;
      while (at != none) {
        auto next = cells[at].next_of_bucket;
        expire_cell(at);
        at = next;
      }
    }
    return moved;
  }

  void expire_cell(uint32_t at) {
    auto& x = cells[at];
    auto id = x.wallet;
    if (id == none) {
      release(at);
      return;
    }
    auto window = windows[static_cast<size_t>(x.kind)];
    auto kind = static_cast<cell_kind>(static_cast<uint8_t>(x.kind) + 1);
    auto bucket = bucket_of(kind, x.start());
    auto realized = x.pnl != none;
    // The coarser cell, if there is one, comes right behind in the list.
    auto behind = x.next_of_wallet;
    if (behind != none && cells[behind].kind == kind
        && cells[behind].bucket == bucket) {
      absorb(cells[behind], x);
      unlink(id, at);
      release(at);
    } else {
      x.kind = kind;
      x.bucket = bucket;
      x.next_of_bucket = none;
      link_bucket(at);
    }
    refresh_kept(id);
    // Without a realization in it no wallet moves on any board.
    if (realized)
      offer(id, window);
  }

  void absorb(cell& into, const cell& x) {
    into.trades += x.trades;
    into.dirty = into.dirty || x.dirty;
    if (x.pnl == none)
      return;
    const auto& from = pnls[x.pnl];
    auto& sums = pnl_of(into);
    sums.net.add(from.net.value());
    sums.losses.add(from.losses.value());
    sums.realizations += from.realizations;
    sums.losing_realizations += from.losing_realizations;
    sums.see_loss(from.last_loss, from.last_loss_at);
  }

  void unlink(uint32_t id, uint32_t at) {
    auto* link = &entries[id].first_cell;
    while (*link != at)
      link = &cells[*link].next_of_wallet;
    *link = cells[at].next_of_wallet;
    --entries[id].cells;
  }

  bool advance(int64_t chain_time) {
    if (chain_time <= now)
      return false;
    now = chain_time;
    auto moved_24h = begin_24h != window_begin(board_window::h24, now);
    auto moved_7d = begin_7d != window_begin(board_window::d7, now);
    begin_24h = window_begin(board_window::h24, now);
    begin_7d = window_begin(board_window::d7, now);
    auto moved = false;
    // Finest first: what leaves 24 h may have left 7 d as well.
    if (moved_24h)
      moved = expire(five_minutes, cell_kind::five_minutes, begin_24h) || moved;
    if (moved_7d)
      moved = expire(hours, cell_kind::hour, begin_7d) || moved;
    return moved;
  }

  void load(const pubkey& wallet, const wallet_totals& totals) {
    if (totals.trades == 0 || wallet == known_keys::mayhem_vault)
      return;
    auto id = find_or_add(wallet);
    add_stored(id, cell_kind::rest, 0, totals, totals.realized, 1);
  }

  template <class From>
  void add_stored(uint32_t id, cell_kind kind, int32_t bucket, const From& from,
                  i128 net, int sign) {
    auto& x = cells[find_or_add_cell(id, kind, bucket)];
    x.trades += static_cast<uint32_t>(sign)
                * static_cast<uint32_t>(from.trades);
    if (from.realizations > 0)
      domain::add_stored(pnl_of(x), from, net, sign);
  }

  void load(const wallet_bucket& row) {
    auto is_hour = row.length == length_1h;
    auto kind = is_hour ? cell_kind::hour : cell_kind::five_minutes;
    // An expired row is part of the next coarser one already.
    if (row.wallet == known_keys::mayhem_vault
        || row.start < (is_hour ? begin_7d : begin_24h))
      return;
    auto id = find_or_add(row.wallet);
    auto coarser = is_hour ? cell_kind::rest : cell_kind::hour;
    add_stored(id, coarser, bucket_of(coarser, row.start), row, row.net, -1);
    add_stored(id, kind, bucket_of(kind, row.start), row, row.net, 1);
  }

  /// Takes cells out that hold nothing after loading.
  void drop_zero_cells(uint32_t id) {
    auto* link = &entries[id].first_cell;
    while (*link != none) {
      auto at = *link;
      auto& x = cells[at];
      if (x.pnl != none && pnls[x.pnl].is_zero())
        drop_pnl(x);
      if (x.trades != 0 || x.pnl != none) {
        link = &x.next_of_wallet;
        continue;
      }
      *link = x.next_of_wallet;
      --entries[id].cells;
      drop(at);
    }
  }

  void drop_all_cells(uint32_t id) {
    for (auto at = entries[id].first_cell; at != none;) {
      auto next = cells[at].next_of_wallet;
      drop(at);
      at = next;
    }
    entries[id].first_cell = none;
    entries[id].cells = 0;
  }

  /// Drops a cell that its wallet no longer has. Its bucket's list still does,
  /// until it expires.
  void drop(uint32_t at) {
    drop_pnl(cells[at]);
    if (cells[at].kind == cell_kind::rest)
      cells.release(at);
    else
      cells[at].wallet = none;
  }

  wallet_bucket make_row(uint32_t id, uint32_t length, int64_t start) {
    auto row = wallet_bucket{};
    row.wallet = entries[id].wallet;
    row.length = length;
    row.start = start;
    auto end = start + length;
    for (auto at = entries[id].first_cell; at != none;) {
      auto& x = cells[at];
      if (x.kind == cell_kind::rest)
        break;
      // The row of an hour also holds the hour's 300 s cells.
      auto inside = x.start() >= start && x.start() < end;
      if (inside
          && (length == length_1h || x.kind == cell_kind::five_minutes)) {
        row.trades += x.trades;
        if (x.pnl != none)
          add_to(row, pnls[x.pnl]);
        x.dirty = false;
      }
      at = x.next_of_wallet;
    }
    return row;
  }

  std::vector<wallet_bucket> take_dirty_buckets() {
    auto wanted = std::exchange(dirty, {});
    for (size_t i = 0, size = wanted.size(); i < size; ++i)
      if (wanted[i].kind == cell_kind::five_minutes)
        wanted.push_back({wanted[i].wallet, cell_kind::hour,
                          floor_to(wanted[i].start, length_1h)});
    std::sort(wanted.begin(), wanted.end());
    wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
    auto rows = std::vector<wallet_bucket>{};
    rows.reserve(wanted.size());
    for (const auto& x : wanted) {
      auto is_hour = x.kind == cell_kind::hour;
      auto row = make_row(
        x.wallet, static_cast<uint32_t>(is_hour ? length_1h : length_5m),
        x.start);
      if (row.trades > 0 && x.start >= (is_hour ? begin_7d : begin_24h))
        rows.push_back(row);
    }
    return rows;
  }

  std::vector<board_row> top(board_window window, board_by by, board_side side,
                             size_t n) {
    auto number = board_number(window, by, side);
    auto bit = static_cast<uint16_t>(1U << number);
    return boards[number].top(
      n, entries.size(), [=, this](uint32_t id) { return row_of(id, window); },
      [=, this](uint32_t id) { entries[id].candidate |= bit; },
      [=, this](uint32_t id) {
        entries[id].candidate &= static_cast<uint16_t>(~bit);
      });
  }
};

void add_to_buckets(std::vector<wallet_bucket>& buckets, const pubkey& wallet,
                    const wallet_effect& effect) {
  if (!effect.counts_on_boards)
    return;
  for (auto length : {length_5m, length_1h}) {
    auto start = floor_to(effect.block_time, length);
    // Newest last: the bucket we look for is nearly always among the last.
    auto it = std::find_if(buckets.rbegin(), buckets.rend(), [&](auto& x) {
      return x.start == start && x.length == length;
    });
    if (it == buckets.rend()) {
      auto fresh = wallet_bucket{};
      fresh.wallet = wallet;
      fresh.length = static_cast<uint32_t>(length);
      fresh.start = start;
      buckets.push_back(fresh);
      it = buckets.rbegin();
    }
    ++it->trades;
    if (!effect.realized)
      continue;
    ++it->realizations;
    it->net += effect.pnl;
    if (effect.pnl >= 0)
      continue;
    ++it->losing_realizations;
    it->losses += effect.pnl;
    if (it->last_loss < effect.position) {
      it->last_loss = effect.position;
      it->last_loss_at = effect.block_time;
    }
  }
}

wallet_windows::wallet_windows() : impl_(std::make_unique<impl>()) {
  // nop
}

wallet_windows::~wallet_windows() = default;
wallet_windows::wallet_windows(wallet_windows&&) noexcept = default;
wallet_windows& wallet_windows::operator=(wallet_windows&&) noexcept = default;

result<void> wallet_windows::apply(const pubkey& wallet,
                                   const wallet_effect& effect) {
  if (!effect.counts_on_boards)
    return {};
  constexpr auto pnl_max = static_cast<i128>(1) << 80;
  if (!time_fits(effect.block_time) || effect.pnl >= pnl_max
      || effect.pnl <= -pnl_max)
    return tl::make_unexpected(errc::overflow);
  impl_->apply(wallet, effect);
  return {};
}

bool wallet_windows::advance(int64_t chain_time) {
  return time_fits(chain_time) && impl_->advance(chain_time);
}

int64_t wallet_windows::now() const {
  return impl_->now;
}

result<void> wallet_windows::load(const pubkey& wallet,
                                  const wallet_totals& totals) {
  if (!fits(totals))
    return tl::make_unexpected(errc::overflow);
  impl_->load(wallet, totals);
  return {};
}

result<void> wallet_windows::load(const wallet_bucket& bucket) {
  if (bucket.length != length_5m && bucket.length != length_1h)
    return tl::make_unexpected(errc::malformed);
  if (!fits(bucket) || !time_fits(bucket.start))
    return tl::make_unexpected(errc::overflow);
  impl_->load(bucket);
  return {};
}

void wallet_windows::finish_load() {
  for (uint32_t id = 0; id < impl_->entries.size(); ++id) {
    impl_->drop_zero_cells(id);
    impl_->refresh_kept(id);
  }
  for (auto& board : impl_->boards)
    board.invalidate();
}

result<void> wallet_windows::replace(const pubkey& wallet,
                                     std::span<const wallet_bucket> buckets,
                                     const wallet_totals& totals) {
  auto usable = [](const auto& x) { return fits(x) && time_fits(x.start); };
  if (!fits(totals) || !std::all_of(buckets.begin(), buckets.end(), usable))
    return tl::make_unexpected(errc::overflow);
  auto id = impl_->find(wallet);
  if (id != none)
    impl_->drop_all_cells(id);
  impl_->load(wallet, totals);
  for (const auto& bucket : buckets)
    impl_->load(bucket);
  id = impl_->find(wallet);
  if (id == none)
    return {};
  impl_->drop_zero_cells(id);
  impl_->refresh_kept(id);
  for (auto window : windows)
    impl_->offer(id, window);
  return {};
}

std::vector<wallet_bucket> wallet_windows::take_dirty_buckets() {
  return impl_->take_dirty_buckets();
}

std::vector<board_row> wallet_windows::top(board_window window, board_by by,
                                           board_side side, size_t n) const {
  return impl_->top(window, by, side, n);
}

std::vector<board_row> wallet_windows::all(board_window window, board_by by,
                                           board_side side) const {
  auto rows = std::vector<board_row>{};
  for (uint32_t id = 0; id < impl_->entries.size(); ++id)
    if (auto row = impl_->row_of(id, window); is_on_board(row, by, side))
      rows.push_back(row);
  auto count = rows.size();
  return make_board(std::move(rows), by, side, count);
}

board_row wallet_windows::sums(const pubkey& wallet,
                               board_window window) const {
  auto id = impl_->find(wallet);
  if (id != none)
    return impl_->row_of(id, window);
  auto row = board_row{};
  row.wallet = wallet;
  return row;
}

size_t wallet_windows::size() const {
  return impl_->index.size();
}

size_t wallet_windows::memory_bytes() const {
  constexpr size_t map_node_bytes = 48;
  auto bytes = sizeof(*this) + sizeof(impl) + impl_->entries.heap_bytes()
               + impl_->cells.heap_bytes() + impl_->pnls.heap_bytes()
               + impl_->kept.heap_bytes()
               + impl_->dirty.capacity() * sizeof(dirty_bucket)
               + (impl_->five_minutes.size() + impl_->hours.size())
                   * map_node_bytes;
  if (auto load = impl_->index.load_factor(); load > 0)
    bytes += static_cast<size_t>(static_cast<float>(impl_->index.size()) / load
                                 * (sizeof(uint32_t) + 1));
  for (const auto& board : impl_->boards)
    bytes += sizeof(board) + board.size() * sizeof(uint32_t);
  return bytes;
}

} // namespace pumpscope::domain
