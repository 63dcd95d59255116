// Takes single trades out of a store's journal and asks whether the chains of
// reserves show it.
//
// Usage: removals STORE COUNT SEED
//
// Reads STORE (a SQLite file, not changed), samples COUNT trades, and folds the
// history of each one's token without it: with the fold of the product and with
// the one of `verify`. Both must report a break at the next event of the same
// venue. Which trades a chain can show at all is told from the rows alone:
// those with an event before that tells the reserves after it, and one behind
// that tells the reserves before it. The others are printed, a JSON line each;
// the last line has the counts. Exit code 1 when a trade on a chain was not
// found, or one off a chain was.

#include "adapters/sqlite/sqlite_store.hpp"
#include "domain/base58.hpp"
#include "domain/reference_fold.hpp"
#include "domain/token_ledger.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

namespace {

using namespace pumpscope;
using row = std::variant<domain::trade, domain::token_event>;
using history = std::vector<row>;

/// Whether a chain of reserves can show that a trade is missing.
enum class place : uint8_t {
  on_chain,
  first_of_its_chain,
  last_of_its_chain,
  before_a_restart,
  moves_nothing,
};

constexpr auto place_names = std::array{"on_chain", "first_of_its_chain",
                                        "last_of_its_chain", "before_a_restart",
                                        "moves_nothing"};

/// What an event tells of the reserves of its venue.
enum class tells : uint8_t {
  nothing,
  /// Those before and after it.
  both,
  /// Those after it only: the chain starts anew.
  after,
};

tells told_by(const row& x) {
  using domain::token_event_kind;
  const auto* event = std::get_if<domain::token_event>(&x);
  if (event == nullptr)
    return tells::both;
  switch (event->kind) {
    case token_event_kind::completed:
    case token_event_kind::migrated:
      return tells::nothing;
    case token_event_kind::deposited:
    case token_event_kind::withdrawn:
      return tells::both;
    case token_event_kind::created:
      return event->base_reserves > 0 ? tells::after : tells::nothing;
    default:
      return tells::after;
  }
}

domain::pubkey venue_of(const row& x) {
  return std::visit([](const auto& y) { return y.pool; }, x);
}

domain::chain_position position_of(const row& x) {
  return std::visit([](const auto& y) { return y.position; }, x);
}

/// A sampled trade: where its chain can show it, and the event that would.
struct judged {
  place where = place::on_chain;
  std::optional<domain::chain_position> shown_at = {};
};

judged judge(const history& rows, size_t gone) {
  const auto& x = std::get<domain::trade>(rows[gone]);
  auto is_link = [&x](const row& y) {
    return venue_of(y) == x.pool && told_by(y) != tells::nothing;
  };
  auto removed = rows.begin() + static_cast<ptrdiff_t>(gone);
  auto next = std::find_if(removed + 1, rows.end(), is_link);
  if (std::none_of(rows.begin(), removed, is_link))
    return {place::first_of_its_chain};
  if (next == rows.end())
    return {place::last_of_its_chain};
  if (told_by(*next) == tells::after)
    return {place::before_a_restart};
  if (domain::reserves_before(x) == domain::reserves_after(x))
    return {place::moves_nothing};
  return {place::on_chain, position_of(*next)};
}

/// Where the fold of the product sees the first break.
std::optional<domain::chain_position> find_by_ledger(const history& rows,
                                                     size_t gone) {
  const auto& mint = std::get<domain::trade>(rows[gone]).mint;
  auto ledger = domain::token_ledger::refold(mint);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (i == gone)
      continue;
    auto effect = std::visit([&](const auto& x) { return ledger.apply(x); },
                             rows[i]);
    if (effect && effect->broken)
      return effect->broken->position;
  }
  return std::nullopt;
}

/// Where the fold of `verify` sees the first break.
std::optional<domain::chain_position> find_by_verify(const history& rows,
                                                     size_t gone) {
  auto fold = domain::reference_fold{};
  for (size_t i = 0; i < rows.size(); ++i)
    if (i != gone)
      std::visit([&](const auto& x) { fold.add(x); }, rows[i]);
  fold.fold();
  if (fold.breaks().empty())
    return std::nullopt;
  return fold.breaks().front().second.position;
}

/// The journal by token, each history in chain order, and all its trades.
struct journal {
  std::unordered_map<domain::pubkey, history, domain::pubkey_hasher> tokens;
  std::vector<std::pair<const history*, size_t>> trades;
};

std::optional<journal> read_journal(const char* path) {
  auto options = adapters::sqlite_options{};
  options.access = adapters::sqlite_access::read_only;
  options.create = false;
  auto store = adapters::open_sqlite(path, options);
  auto result = journal{};
  auto keep = [&result](const auto& x) {
    result.tokens[x.mint].emplace_back(x);
  };
  auto done = store ? (*store)->visit_journal(keep, keep)
                    : messages::store_result<void>{
                      tl::unexpected{std::move(store.error())}};
  if (!done) {
    std::fprintf(stderr, "removals: %s\n", done.error().what.c_str());
    return std::nullopt;
  }
  for (const auto& [mint, rows] : result.tokens)
    for (size_t i = 0; i < rows.size(); ++i)
      if (std::holds_alternative<domain::trade>(rows[i]))
        result.trades.emplace_back(&rows, i);
  // The order of a hash map is no order to sample from.
  std::sort(result.trades.begin(), result.trades.end(),
            [](const auto& x, const auto& y) {
              return position_of((*x.first)[x.second])
                     < position_of((*y.first)[y.second]);
            });
  return result;
}

void print(const char* what, const char* kind, const domain::trade& x) {
  std::printf("{\"%s\":\"%s\",\"mint\":\"%s\",\"slot\":%llu,\"tx_index\":%u,"
              "\"ix_path\":%u}\n",
              what, kind, domain::to_string(x.mint).c_str(),
              static_cast<unsigned long long>(x.position.slot),
              x.position.tx_index, x.position.ix_path);
}

std::optional<uint64_t> number(std::string_view text) {
  auto result = uint64_t{0};
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(),
                                      result);
  if (error != std::errc{} || end != text.data() + text.size())
    return std::nullopt;
  return result;
}

int remove_trades(const journal& rows, uint64_t count, uint64_t seed) {
  auto sample = std::vector<std::pair<const history*, size_t>>{};
  auto random = std::mt19937_64{seed};
  std::sample(rows.trades.begin(), rows.trades.end(),
              std::back_inserter(sample), count, random);
  auto places = std::array<size_t, place_names.size()>{};
  auto found = size_t{0};
  auto wrong = size_t{0};
  for (const auto& [token, gone] : sample) {
    const auto& x = std::get<domain::trade>((*token)[gone]);
    auto expected = judge(*token, gone);
    auto kind = static_cast<size_t>(expected.where);
    ++places[kind];
    if (expected.where != place::on_chain)
      print("not_on_chain", place_names[kind], x);
    auto by_ledger = find_by_ledger(*token, gone);
    auto by_verify = find_by_verify(*token, gone);
    if (by_ledger != expected.shown_at || by_verify != expected.shown_at) {
      ++wrong;
      print(by_ledger != expected.shown_at ? "wrong_by_ledger"
                                           : "wrong_by_verify",
            place_names[kind], x);
    } else if (by_ledger) {
      ++found;
    }
  }
  std::printf("{\"removals\":%zu,\"found\":%zu,\"wrong\":%zu", sample.size(),
              found, wrong);
  for (size_t i = 0; i < places.size(); ++i)
    std::printf(",\"%s\":%zu", place_names[i], places[i]);
  std::printf("}\n");
  return wrong == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  auto count = argc == 4 ? number(argv[2]) : std::nullopt;
  auto seed = argc == 4 ? number(argv[3]) : std::nullopt;
  if (!count || !seed) {
    std::fprintf(stderr, "usage: removals STORE COUNT SEED\n");
    return 2;
  }
  auto rows = read_journal(argv[1]);
  return rows ? remove_trades(*rows, *count, *seed) : 1;
}
