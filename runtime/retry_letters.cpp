#include "runtime/retry_letters.hpp"

#include "actors/epoch_builder.hpp"
#include "domain/update_decoder.hpp"
#include "runtime/json_text.hpp"
#include "runtime/open_store.hpp"

#include <algorithm>
#include <set>
#include <span>

namespace pumpscope::runtime {

namespace {

using domain::chain_position;
using domain::dead_letter;

/// Letters that are read and committed together: 16 MiB of raw bytes at most.
constexpr size_t page_letters = 256;
constexpr size_t epoch_rows_max = 1'000;

/// Tells whether a letter stands for all events of its transaction.
bool is_whole(const dead_letter& x) {
  return x.reason == domain::dead_letter_reason::malformed_transaction
         || x.reason == domain::dead_letter_reason::slot_not_sealed;
}

/// What a letter says to the decoder of today: the rows of its place, or
/// nothing when there still are none.
std::optional<domain::parsed_transaction>
decode_again(domain::update_decoder& decoder, const dead_letter& letter) {
  auto bytes = std::span{reinterpret_cast<const uint8_t*>(letter.raw.data()),
                         letter.raw.size()};
  auto update = decoder.decode(bytes);
  auto found = std::get_if<domain::parsed_transaction>(&update);
  if (found == nullptr || found->index_unknown)
    return std::nullopt;
  auto still_dead = [&letter](const dead_letter& x) {
    return x.position == letter.position || (is_whole(letter) && is_whole(x));
  };
  if (std::ranges::any_of(found->dead_letters, still_dead))
    return std::nullopt;
  auto elsewhere = [&letter](const auto& row) {
    return !is_whole(letter) && row.position != letter.position;
  };
  std::erase_if(found->trades, elsewhere);
  std::erase_if(found->token_events, elsewhere);
  auto rows = found->trades.size() + found->token_events.size();
  // Of one event: it is a row, or it is ignored.
  found->ignored_trades = is_whole(letter) ? found->ignored_trades
                                           : static_cast<uint32_t>(rows == 0);
  return std::move(*found);
}

class letter_retry {
public:
  letter_retry(messages::store& store, const messages::head_row& head,
               const std::vector<messages::pool_row>& pools,
               const messages::retention_row& retention)
    : store_(store), builder_(head, epoch_rows_max, pools, {}) {
    builder_.begin_at(retention);
  }

  /// Goes through the letters once; false when `only` is not among them.
  outcome<bool> pass(const std::optional<chain_position>& only) {
    report_.remaining = 0;
    report_.below_retention = 0;
    auto after = std::optional<chain_position>{};
    for (auto found = false;;) {
      auto letters = checked(store_.load_dead_letters(after, page_letters));
      if (!letters)
        return tl::unexpected{std::move(letters.error())};
      if (letters->empty())
        return found || !only;
      after = letters->back().position;
      for (auto& letter : *letters) {
        if (only && letter.position != *only)
          continue;
        found = true;
        if (auto done = retry(letter); !done)
          return tl::unexpected{std::move(done.error())};
      }
      if (auto done = commit(); !done)
        return tl::unexpected{std::move(done.error())};
      if (only && found)
        return true;
    }
  }

  [[nodiscard]] const retry_report& report() const {
    return report_;
  }

private:
  outcome<void> retry(const dead_letter& letter) {
    if (letter.reason == domain::dead_letter_reason::below_retention
        || builder_.is_dropped(letter.position.slot)) {
      ++report_.remaining;
      ++report_.below_retention;
      return {};
    }
    // The rows of a slot that may still be sealed would be there twice.
    if (letter.reason == domain::dead_letter_reason::slot_not_sealed
        && letter.position.slot > builder_.head().sealed_slot) {
      ++report_.remaining;
      return {};
    }
    auto rows = decode_again(decoder_, letter);
    if (!rows) {
      ++report_.remaining;
      return {};
    }
    if (auto done = drop_known(*rows); !done)
      return done;
    auto became = builder_.add_resolved(letter, std::move(*rows));
    if (!became) {
      ++report_.remaining;
      return {};
    }
    ++report_.resolved;
    report_.trades += became->trades;
    report_.token_events += became->token_events;
    report_.ignored += became->ignored;
    return {};
  }

  /// Takes out what is journaled, or was added for another letter.
  outcome<void> drop_known(domain::parsed_transaction& x) {
    auto keys = std::vector<chain_position>{};
    for (auto& row : x.trades)
      keys.push_back(row.position);
    for (auto& row : x.token_events)
      keys.push_back(row.position);
    auto known = checked(store_.contains(keys));
    if (!known)
      return tl::unexpected{std::move(known.error())};
    auto i = size_t{0};
    auto drop = [&](const auto& row) {
      return (*known)[i++] || !added_.insert(row.position).second;
    };
    std::erase_if(x.trades, drop);
    std::erase_if(x.token_events, drop);
    return {};
  }

  outcome<void> commit() {
    builder_.flush();
    for (auto& epoch : builder_.take_ready()) {
      auto committed = checked(store_.commit_epoch(*epoch));
      if (!committed)
        return tl::unexpected{std::move(committed.error())};
      if (*committed != messages::commit_outcome::committed)
        return fail("the store did not take the rows (another process owns it, "
                    "or its answer was lost): run it again");
    }
    added_.clear();
    return {};
  }

  messages::store& store_;
  actors::epoch_builder builder_;
  domain::update_decoder decoder_;
  /// Positions that are not committed yet.
  std::set<chain_position> added_ = {};
  retry_report report_ = {};
};

} // namespace

outcome<retry_report> retry_letters(messages::store& store,
                                    const std::optional<chain_position>& only) {
  auto head = checked(store.take_over());
  if (!head)
    return tl::unexpected{std::move(head.error())};
  return retry_letters(store, *head, only);
}

outcome<retry_report> retry_letters(messages::store& store,
                                    const messages::head_row& head,
                                    const std::optional<chain_position>& only) {
  auto pools = checked(store.load_pools());
  if (!pools)
    return tl::unexpected{std::move(pools.error())};
  auto retention = checked(store.read_retention());
  if (!retention)
    return tl::unexpected{std::move(retention.error())};
  auto retry = letter_retry{store, head, *pools, *retention};
  // A letter may name the pool that another one needs.
  for (auto before = uint64_t{0};; before = retry.report().resolved) {
    auto found = retry.pass(only);
    if (!found)
      return tl::unexpected{std::move(found.error())};
    if (!*found && before == 0)
      return fail("there is no dead letter at this position");
    if (only || retry.report().resolved == before)
      break;
  }
  auto result = retry.report();
  result.letters = result.resolved + result.remaining;
  return result;
}

std::string to_json(const retry_report& x) {
  return json_object{}
    .number("letters", x.letters)
    .number("resolved", x.resolved)
    .number("trades", x.trades)
    .number("token_events", x.token_events)
    .number("ignored", x.ignored)
    .number("remaining", x.remaining)
    .number("below_retention", x.below_retention)
    .str();
}

} // namespace pumpscope::runtime
