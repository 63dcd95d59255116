#pragma once

#include "domain/geyser_walk.hpp"
#include "domain/idl.hpp"
#include "domain/transaction_decoder.hpp"
#include "domain/update.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace pumpscope::domain {

/// Version of the decoding rules; rises when a later version may find more in
/// the same bytes. Stored with dead letters.
inline constexpr uint32_t decoder_version = 1;

/// The server asks whether we are alive.
struct ping_update {
  friend bool operator==(const ping_update&, const ping_update&) = default;
};

/// The answer to our ping.
struct pong_update {
  int32_t id = 0;

  friend bool operator==(const pong_update&, const pong_update&) = default;
};

/// What one update is to us. `std::monostate`: nothing (another kind, a
/// transaction without our programs, damaged bytes; see the counters).
using parsed_update
  = std::variant<std::monostate, parsed_transaction, slot_update, block_meta,
                 ping_update, pong_update>;

/// Counts how many payloads had how many bytes after their last known field.
class trailing_bytes_counter {
public:
  /// Distinct lengths that are told apart; the rest counts as `other`.
  static constexpr size_t lengths_max = 32;

  void add(size_t length);

  /// Pairs of length and count, in order of first appearance.
  [[nodiscard]] const std::vector<std::pair<size_t, uint64_t>>&
  lengths() const {
    return lengths_;
  }

  [[nodiscard]] uint64_t other() const {
    return other_;
  }

private:
  std::vector<std::pair<size_t, uint64_t>> lengths_ = {};
  uint64_t other_ = 0;
};

/// What a decoder has seen.
struct decode_counters {
  uint64_t updates = 0;
  uint64_t transactions = 0;
  uint64_t failed_transactions = 0;
  /// Transactions whose events were read from logs.
  uint64_t log_transactions = 0;
  /// Events of other programs in transactions that name one of ours: some
  /// share our discriminators, none is ever taken.
  uint64_t foreign_events = 0;
  /// Events of our programs whose discriminator is not in our table.
  uint64_t unknown_events = 0;
  uint64_t trades = 0;
  /// By `ignored_reason`.
  std::array<uint64_t, 3> ignored = {};
  /// By position in `idl::events()`, failed transactions left out.
  std::array<uint64_t, idl::events_total> events = {};
  /// By `dead_letter_reason`.
  std::array<uint64_t, 7> dead_letters = {};
  trailing_bytes_counter trailing_bytes = {};
  /// Updates whose bytes are damaged.
  uint64_t malformed_updates = 0;

  [[nodiscard]] uint64_t ignored_for(ignored_reason x) const {
    return ignored[static_cast<size_t>(x)];
  }

  [[nodiscard]] uint64_t dead_letters_for(dead_letter_reason x) const {
    return dead_letters[static_cast<size_t>(x)];
  }
};

/// Turns the bytes of updates into rows. Stateless but for its counters and
/// its working memory: one per parser, not shared between threads.
class update_decoder {
public:
  update_decoder();
  update_decoder(update_decoder&&) noexcept;
  update_decoder& operator=(update_decoder&&) noexcept;
  ~update_decoder();

  /// Decodes one update. Never fails: what is damaged is counted, and becomes
  /// a dead letter where it names one of our programs.
  [[nodiscard]] parsed_update decode(std::span<const uint8_t> update);

  [[nodiscard]] const decode_counters& counters() const {
    return counters_;
  }

private:
  parsed_update decode_transaction(byte_view update);
  parsed_update damaged(byte_view update);
  /// What all transactions have, from the walked update.
  [[nodiscard]] parsed_transaction begin_transaction() const;
  void take(const found_event& event, byte_view update,
            parsed_transaction& out);
  void add_dead_letter(dead_letter_reason reason, program owner,
                       uint32_t ix_path, byte_view update,
                       parsed_transaction& out);

  std::unique_ptr<update_view> view_;
  decode_counters counters_ = {};
  event_finder finder_;
};

} // namespace pumpscope::domain
