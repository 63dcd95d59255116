// What a pipeline answers: it asks its children and puts their answers
// together.

#include "actors/pipeline.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <tuple>
#include <utility>

namespace pumpscope::actors {

namespace {

/// Answers of many actors that become one report.
struct status_collection {
  size_t missing = 0;
  messages::pipeline_status status = {};
  caf::typed_response_promise<messages::pipeline_status_ptr> promise = {};

  void one_less() {
    if (--missing > 0)
      return;
    auto by_chain = [](auto& a, auto& b) {
      return std::tie(a.mint, a.value.position)
             < std::tie(b.mint, b.value.position);
    };
    std::sort(status.breaks.begin(), status.breaks.end(), by_chain);
    promise.deliver(messages::pipeline_status_ptr{
      std::make_shared<messages::pipeline_status>(std::move(status))});
  }
};

using collection_ptr = std::shared_ptr<status_collection>;

uint64_t number(const caf::settings& x, std::string_view key) {
  auto value = caf::get_or(x, caf::string_view{key.data(), key.size()},
                           int64_t{0});
  return static_cast<uint64_t>(value);
}

void add_sequencer(messages::pipeline_status& to, const caf::settings& x) {
  to.duplicates += number(x, "duplicates_total");
  to.late += number(x, "late_total");
  to.trades += number(x, "trades_total");
  to.token_events += number(x, "token_events_total");
  to.ignored += number(x, "ignored_total");
  to.dead_letters += number(x, "dead_letters_total");
  to.abandoned_transactions += number(x, "abandoned_transactions_total");
  to.dead_slots += number(x, "dead_slots_total");
  to.voided_slots += number(x, "voided_slots_total");
  to.gaps += number(x, "gaps_total");
  to.below_retention += number(x, "below_retention_total");
  to.break_gaps_opened += number(x, "break_gaps_opened_total");
  to.break_gaps_filled += number(x, "break_gaps_filled_total");
  to.breaks_unexplained += number(x, "breaks_unexplained");
  to.breaks_too_wide += number(x, "breaks_too_wide_total");
  to.breaks_refused += number(x, "breaks_refused_total");
  to.epochs += number(x, "epochs_total");
  to.highest_slot = number(x, "highest_slot");
  to.hints_held = number(x, "hints_held");
}

void add_backfill(messages::pipeline_status& to, const caf::settings& x) {
  to.backfill_slots += number(x, "backfill_slots_total");
  to.backfill_failures += number(x, "backfill_ranges_incomplete_total");
}

void add_inbox(messages::pipeline_status& to, const caf::settings& x) {
  to.payloads += number(x, "payloads_total");
  to.payload_entries_malformed += number(x, "payload_entries_malformed_total");
}

void add_parser(messages::pipeline_status& to, const caf::settings& x) {
  to.updates += number(x, "updates_total");
  to.transactions += number(x, "transactions_total");
  to.failed_transactions += number(x, "failed_transactions_total");
  to.foreign_events += number(x, "foreign_events_total");
  to.malformed_updates += number(x, "malformed_updates_total");
}

void add_partition(messages::pipeline_status& to, const caf::settings& x) {
  to.repairs += number(x, "repairs_total");
  to.rejected_rows += number(x, "refused_total");
  to.entity_restarts += number(x, "entity_restarts_total");
  to.audit_mismatches += number(x, "sum_mismatches_total");
}

} // namespace

caf::typed_response_promise<messages::token_view_ptr>
pipeline_state::view_token(const domain::pubkey& mint) {
  auto result = self->make_response_promise<messages::token_view_ptr>();
  if (tokens.empty()) {
    result.deliver(caf::make_error(domain::errc::internal,
                                   std::string{"no children are running"}));
    return result;
  }
  auto identity = parts.writer_store->identity();
  auto partition = domain::partition_of(mint, identity.hash_seed,
                                        identity.partitions);
  self->request(tokens[partition], config.view_timeout, atom::get_v, mint)
    .then(
      [this, result, mint](const messages::token_view_ptr& view) mutable {
        if (!publisher || !view->known) {
          result.deliver(view);
          return;
        }
        self->request(publisher, config.view_timeout, atom::get_v, mint)
          .then(
            [result, view](uint64_t holders) mutable {
              auto whole = std::make_shared<messages::token_view>(*view);
              whole->holders = holders;
              result.deliver(messages::token_view_ptr{std::move(whole)});
            },
            // The pipeline starts again; the rest of the answer holds.
            [result, view](caf::error&) mutable { result.deliver(view); });
      },
      [result](caf::error& err) mutable { result.deliver(std::move(err)); });
  return result;
}

void pipeline_state::note_replaced(const caf::settings& x) {
  add_partition(replaced, x);
  replaced.reserve_breaks_total += number(x, "reserve_breaks_total");
}

caf::typed_response_promise<messages::pipeline_status_ptr>
pipeline_state::collect_status() {
  auto all = std::make_shared<status_collection>();
  all->promise = self->make_response_promise<messages::pipeline_status_ptr>();
  all->status = replaced;
  all->status.restarts = restarts_total;
  all->status.moves = moves_total;
  all->status.moves_failed = moves_failed_total;
  all->status.move_seconds_max = move_seconds_max;
  all->status.head = head;
  if (source) {
    all->status.bytes_read = source->bytes_read();
    all->status.bytes_total = source->bytes_total();
  }
  all->missing = 1;
  auto ask = [this, all](const auto& hdl, auto add) {
    ++all->missing;
    self->request(hdl, config.flush_timeout, atom::status_v)
      .then(
        [all, add](const caf::settings& x) {
          add(all->status, x);
          all->one_less();
        },
        // A child that is gone has nothing to report.
        [all](caf::error&) { all->one_less(); });
  };
  if (sequencer)
    ask(sequencer, add_sequencer);
  if (backfill)
    ask(backfill, add_backfill);
  if (inbox)
    ask(inbox, add_inbox);
  if (auditor)
    ask(auditor, [](auto& to, auto& from) {
      to.audited += number(from, "audited_total");
      to.audit_mismatches += number(from, "mismatches_total");
    });
  for (auto& x : parsers)
    ask(x, add_parser);
  for (auto& x : wallets)
    ask(x, [](auto& to, auto& from) {
      add_partition(to, from);
      to.wallets_live += number(from, "entities");
      to.wallets_known += number(from, "stored");
      to.head.jpos = std::max(to.head.jpos, number(from, "applied"));
    });
  for (auto& x : tokens) {
    ask(x, [](auto& to, auto& from) {
      add_partition(to, from);
      to.tokens_live += number(from, "entities");
      to.tokens_known += number(from, "stored");
      to.reserve_breaks += number(from, "reserve_breaks");
      to.reserve_breaks_total += number(from, "reserve_breaks_total");
    });
    ++all->missing;
    self->request(x, config.flush_timeout, atom::get_v)
      .then(
        [all](const messages::mint_breaks_ptr& breaks) {
          for (auto& broken : *breaks)
            if (all->status.breaks.size()
                < messages::pipeline_status::breaks_max)
              all->status.breaks.push_back(broken);
          all->one_less();
        },
        [all](caf::error&) { all->one_less(); });
  }
  all->one_less();
  return all->promise;
}

caf::settings pipeline_state::status() const {
  auto result = caf::settings{};
  put(result, "generation", generation);
  put(result, "restarts_total", restarts_total);
  put(result, "moves_total", moves_total);
  put(result, "moves_failed_total", moves_failed_total);
  put(result, "move_seconds_max", move_seconds_max);
  put(result, "children", static_cast<uint64_t>(children.size()));
  put(result, "mailbox", static_cast<uint64_t>(self->mailbox().size()));
  return result;
}

caf::typed_response_promise<messages::totals_by_wallet_ptr>
pipeline_state::totals(const messages::get_totals& x) {
  struct round {
    caf::typed_response_promise<messages::totals_by_wallet_ptr> promise = {};
    std::shared_ptr<messages::totals_by_wallet> answer
      = std::make_shared<messages::totals_by_wallet>();
    // Whoever answers at once must not find the round at its end.
    size_t missing = 1;

    void one_less() {
      if (--missing == 0)
        promise.deliver(messages::totals_by_wallet_ptr{std::move(answer)});
    }
  };
  auto of = std::make_shared<round>();
  of->promise = self->make_response_promise<messages::totals_by_wallet_ptr>();
  auto count = static_cast<uint32_t>(wallets.size());
  auto queries = std::vector<messages::get_totals>(count);
  auto seed = parts.writer_store->identity().hash_seed;
  if (count > 0)
    for (auto& wallet : x.wallets)
      queries[domain::partition_of(wallet, seed, count)].wallets.push_back(
        wallet);
  for (uint32_t i = 0; i < count; ++i) {
    if (queries[i].wallets.empty())
      continue;
    ++of->missing;
    self
      ->request(wallets[i], config.publisher.totals_timeout,
                std::move(queries[i]))
      .then(
        [of](const messages::totals_by_wallet_ptr& part) {
          of->answer->insert(part->begin(), part->end());
          of->one_less();
        },
        // Its rows go without.
        [of](caf::error&) { of->one_less(); });
  }
  of->one_less();
  return of->promise;
}

} // namespace pumpscope::actors
