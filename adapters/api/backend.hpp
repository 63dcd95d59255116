#pragma once

#include "messages/pipeline.hpp"
#include "messages/publication.hpp"
#include "messages/store.hpp"

#include <tl/expected.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pumpscope::api {

/// Why a question has no answer now: somebody was too slow, or is away.
struct failure {
  std::string what = {};
};

/// Takes the answer to a question: once, from any thread.
template <class T>
using answer = std::function<void(tl::expected<T, failure>)>;

/// What the directory knows of a token: the newest state that was published.
using token_entry = std::shared_ptr<const messages::token_publication>;
using token_list_ptr = std::shared_ptr<const std::vector<token_entry>>;

/// An open gap of the journal, and the times that it may lie in.
struct known_gap {
  messages::gap_row row = {};
  /// Unix seconds, both ends included.
  int64_t begin = 0;
  int64_t end = 0;
};

/// What a node says of itself; renewed about once a second.
struct node_facts {
  std::string version = {};
  /// All trades are made up.
  bool simulated = false;
  std::string source = {};
  messages::head_row head = {};
  messages::store_counts counts = {};
  uint64_t lag_slots = 0;
  uint64_t tokens = 0;
  uint64_t wallets = 0;
  uint64_t clients_streaming = 0;
  uint64_t uptime_seconds = 0;
  /// Open gaps, oldest first; at most `gaps_max`.
  static constexpr size_t gaps_max = 1'000;
  std::vector<known_gap> gaps = {};
};

using node_facts_ptr = std::shared_ptr<const node_facts>;

/// A read of history: runs on a thread of its own with a view of the store.
using store_read = std::function<void(messages::store&)>;

/// Whom the routes ask. Live states come from the actors, history from the
/// store. All functions may be called by any thread and do not block.
class backend {
public:
  virtual ~backend() = default;

  [[nodiscard]] virtual node_facts_ptr facts() const = 0;

  /// All tokens of the directory, in no order; never null.
  [[nodiscard]] virtual token_list_ptr tokens() const = 0;

  /// What the directory knows of one token; null = nothing.
  [[nodiscard]] virtual token_entry token(const domain::pubkey& mint) const = 0;

  /// The lists of the market as they were published last; null before that.
  [[nodiscard]] virtual std::shared_ptr<const messages::market_publication>
  market() const = 0;

  /// The state of a token or a wallet now, whether its actor is alive or not;
  /// of an unknown one an empty state.
  virtual void
  ask_token(const domain::pubkey& mint, answer<messages::token_view_ptr> done)
    = 0;
  virtual void ask_wallet(const domain::pubkey& wallet,
                          answer<messages::wallet_view_ptr> done)
    = 0;

  virtual void ask_board(const messages::get_board& request,
                         answer<messages::board_ptr> done)
    = 0;

  /// Totals of wallets; those that could not be asked in time are left out.
  virtual void ask_totals(std::vector<domain::pubkey> wallets,
                          answer<messages::totals_by_wallet_ptr> done)
    = 0;

  /// Has a read run soon; false = too many wait, it never will. One that waited
  /// for too long is dropped, and `dropped` is called in its place.
  virtual bool read(store_read run, std::function<void()> dropped) = 0;
};

} // namespace pumpscope::api
