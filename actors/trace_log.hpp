#pragma once

#include "domain/duration_histogram.hpp"
#include "messages/console.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace pumpscope::actors {

struct trace_log_limits {
  /// Transactions whose way is known from their arrival on; the last ones.
  size_t transactions_max = 4'096;

  /// Epochs whose times are known; the last ones.
  size_t epochs_max = 4'096;

  /// Rows of epochs that are kept whole; above it the oldest epoch goes, but
  /// the newest one stays.
  size_t rows_max = 16'384;
};

/// What is known of an epoch: when it was done with each stage; nothing = it is
/// not, or nobody told.
struct epoch_trace {
  uint64_t number = 0;
  /// Journal position at its end.
  uint64_t jpos = 0;
  std::optional<messages::monotonic_time> sealed_at = {};
  std::optional<messages::monotonic_time> journaled_at = {};
  std::optional<messages::monotonic_time> folded_at = {};
  std::optional<messages::monotonic_time> published_at = {};
  /// When the traced transactions in it arrived.
  std::vector<messages::monotonic_time> arrivals = {};
};

/// The ways of the last transactions through the stages, put together from
/// reports of actors that do not know each other; and how long stages take.
/// Reports may be missing, and those of different actors may come in any order.
/// Pure.
///
/// Bound: see `trace_log_limits`; about 10 MiB with its defaults.
class trace_log {
public:
  using monotonic_time = messages::monotonic_time;

  explicit trace_log(trace_log_limits limits);

  void note(const messages::traced_batch& x);
  void note(const messages::traced_epoch& x);
  void note(const messages::traced_progress& x);
  void note(const messages::traced_delivery& x);

  /// A transaction whose arrival was reported.
  struct transaction {
    domain::signature signature = {};
    uint64_t slot = 0;
    uint32_t tx_index = 0;
    monotonic_time arrived_at = {};
    monotonic_time parsed_at = {};
    /// 0 = it is in none yet.
    uint64_t epoch = 0;
  };

  /// Nothing = its arrival was not reported, or is too long ago. Of several
  /// places (forks) one that is in an epoch.
  [[nodiscard]] std::optional<transaction>
  find(const domain::signature& x) const;

  /// What is known of an epoch; null = nothing (any more). Valid until the next
  /// report.
  [[nodiscard]] const epoch_trace* epoch(uint64_t number) const;

  /// The kept rows of a transaction, oldest first.
  [[nodiscard]] std::vector<messages::recent_row>
  rows_of(const domain::signature& x) const;

  /// The newest kept rows that a wallet or a token got, newest first.
  [[nodiscard]] std::vector<messages::recent_row>
  rows_of(messages::projection kind, const domain::pubkey& key,
          size_t count) const;

  /// How long the stages took lately, and all of them together.
  [[nodiscard]] std::vector<messages::stage_look>
  stages(monotonic_time now) const;

  /// Rows of epochs that are kept whole.
  [[nodiscard]] size_t rows() const {
    return rows_;
  }

private:
  struct place {
    uint64_t slot = 0;
    uint32_t tx_index = 0;

    friend bool operator==(const place&, const place&) = default;
  };

  struct place_hasher {
    size_t operator()(const place& x) const noexcept {
      return static_cast<size_t>(x.slot * 0x9E37'79B9'7F4A'7C15U + x.tx_index);
    }
  };

  /// A stage's time, or that of all stages up to it.
  enum class span : uint8_t {
    parse,
    seal,
    journal,
    fold,
    publish,
    total_fold,
    total_publish,
  };
  static constexpr size_t spans = 7;

  epoch_trace* find_epoch(uint64_t number);
  /// Joins the rows of an epoch with the arrivals of their transactions.
  void join(const messages::epoch& x, epoch_trace& to);
  void add(span of, std::optional<monotonic_time> begin, monotonic_time end,
           uint64_t times = 1);
  void note_end(epoch_trace& x, span total, monotonic_time at);

  trace_log_limits limits_;
  /// A ring: the next one overwrites the oldest.
  std::vector<transaction> transactions_ = {};
  size_t next_ = 0;
  boost::unordered_flat_map<place, uint32_t, place_hasher> index_ = {};
  /// Ascending, but not dense: reports may be missing.
  std::deque<epoch_trace> epochs_ = {};
  std::deque<messages::epoch_ptr> kept_ = {};
  size_t rows_ = 0;
  uint64_t delivered_ = 0;
  std::array<domain::recent_durations, spans> times_ = {};
};

/// Describes a trade or a token event of an epoch.
messages::recent_row recent_row_of(const domain::trade& x, uint64_t epoch);
messages::recent_row recent_row_of(const domain::token_event& x,
                                   uint64_t epoch);

} // namespace pumpscope::actors
