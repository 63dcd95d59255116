#include "adapters/console_json/console_json.hpp"

#include "adapters/publication_json/json_writer.hpp"
#include "domain/utf8.hpp"

#include <array>
#include <string_view>

namespace pumpscope::console_json {

namespace {

using publication_json::json_writer;

constexpr size_t text_bytes_max = 2'000;

/// Texts come from servers, and errors hold what they sent.
void add_text(json_writer& to, std::string_view name, std::string_view x) {
  to.key(name).text(domain::clean_utf8(x, text_bytes_max));
}

/// The same, null for an empty one.
void add_or_null(json_writer& to, std::string_view name, std::string_view x) {
  if (x.empty())
    to.key(name).null();
  else
    add_text(to, name, x);
}

std::string_view kind_text(messages::projection x) {
  return x == messages::projection::wallet ? "wallet" : "token";
}

/// Begins an answer with the time of the look.
json_writer& begin(json_writer& to, const messages::console_look& x) {
  to.begin_object();
  to.key("taken_at_unix_ms").number(x.taken_at);
  to.key("period_seconds").number(x.period);
  return to;
}

void add_counters(json_writer& to, const std::vector<messages::counter>& xs) {
  struct visitor {
    json_writer& to;

    void operator()(bool x) const {
      to.flag(x);
    }
    void operator()(int64_t x) const {
      to.number(x);
    }
    void operator()(double x) const {
      to.number(x);
    }
    void operator()(const std::string& x) const {
      to.text(domain::clean_utf8(x, text_bytes_max));
    }
  };
  to.key("counters").begin_object();
  for (auto& x : xs) {
    to.key(x.name);
    std::visit(visitor{to}, x.value);
  }
  to.end_object();
}

void add_actor(json_writer& to, const messages::actor_look& x) {
  to.begin_object();
  to.key("role").plain(x.role);
  to.key("name").plain(x.name);
  to.key("parent");
  if (x.parent.empty())
    to.null();
  else
    to.plain(x.parent);
  to.key("answered").flag(x.answered);
  add_or_null(to, "problem", x.problem);
  auto counted = [&](std::string_view name, uint64_t value) {
    to.key(name).number(x.answered ? std::optional{value} : std::nullopt);
  };
  counted("mailbox", x.mailbox);
  counted("handled_total", x.handled_total);
  to.key("messages_per_second").number(x.messages_per_second);
  to.key("busy").number(x.busy);
  to.key("time_p50_seconds").number(x.time_p50);
  to.key("time_p99_seconds").number(x.time_p99);
  to.key("time_max_seconds").number(x.time_max);
  add_counters(to, x.counters);
  to.end_object();
}

void add_role(json_writer& to, const messages::role_look& x) {
  to.begin_object();
  to.key("role").plain(x.role);
  to.key("parent");
  if (x.parent.empty())
    to.null();
  else
    to.plain(x.parent);
  to.key("actors").number(x.actors);
  to.key("silent").number(x.silent);
  to.key("mailbox").number(x.mailbox);
  to.key("mailbox_max").number(x.mailbox_max);
  to.key("messages_per_second").number(x.messages_per_second);
  to.key("busy_max").number(x.busy_max);
  to.key("time_p50_seconds").number(x.time_p50);
  to.key("time_p99_seconds").number(x.time_p99);
  to.key("restarts").number(x.restarts);
  to.end_object();
}

void add_partition(json_writer& to, const messages::partition_look& x) {
  to.begin_object();
  to.key("kind").plain(kind_text(x.kind));
  to.key("partition").number(uint64_t{x.index});
  to.key("answered").flag(x.answered);
  add_or_null(to, "problem", x.problem);
  add_or_null(to, "node", x.node);
  to.key("entities").number(x.entities);
  to.key("stored").number(x.stored);
  to.key("dirty").number(x.dirty);
  to.key("applied").number(x.applied);
  to.key("cursor").number(x.cursor);
  to.key("lag_rows").number(x.lag_rows);
  to.key("unstored_rows").number(x.unstored_rows);
  to.key("waiting").number(x.waiting);
  to.key("mailbox").number(x.mailbox);
  to.key("checkpoints_total").number(x.checkpoints_total);
  to.key("repairs_total").number(x.repairs_total);
  to.key("entity_restarts_total").number(x.entity_restarts_total);
  to.key("sum_mismatches_total").number(x.sum_mismatches_total);
  to.key("time_p99_seconds").number(x.time_p99);
  to.key("fold_p50_seconds").number(x.fold_p50);
  to.key("fold_p99_seconds").number(x.fold_p99);
  to.end_object();
}

void add_stream(json_writer& to, const messages::stream_look& x) {
  to.begin_object();
  to.key("kind").plain(x.kind);
  add_text(to, "name", x.name);
  to.key("reading").flag(x.reading);
  to.key("standby").flag(x.standby);
  to.key("slot").number(x.slot);
  to.key("lag_slots").number(x.lag_slots);
  to.key("credit").number(x.credit);
  to.key("updates_total").number(x.updates_total);
  to.key("batches_total").number(x.batches_total);
  to.key("retries_total").number(x.retries_total);
  add_or_null(to, "problem", x.problem);
  to.end_object();
}

void add_stage(json_writer& to, const messages::stage_look& x) {
  to.begin_object();
  to.key("stage").plain(x.name);
  to.key("from").plain(x.from);
  to.key("count").number(x.count);
  to.key("p50_seconds").number(x.p50);
  to.key("p99_seconds").number(x.p99);
  to.key("max_seconds").number(x.max);
  to.end_object();
}

void add_row(json_writer& to, const messages::recent_row& x) {
  to.key("jpos").number(x.jpos);
  to.key("epoch");
  if (x.epoch == 0)
    to.null();
  else
    to.number(x.epoch);
  to.key("slot").number(x.position.slot);
  to.key("tx_index").number(uint64_t{x.position.tx_index});
  to.key("ix_path").number(uint64_t{x.position.ix_path});
  to.key("signature").value(x.signature);
  to.key("block_time").time(x.block_time);
  to.key("what").plain(x.what);
  to.key("wallet").value(x.wallet);
  to.key("mint").value(x.mint);
  to.key("token_units").amount(domain::i128{x.token_units});
  to.key("quote_units").amount(domain::i128{x.quote_units});
}

void add_entity(json_writer& to, const messages::found_entity& x) {
  to.begin_object();
  to.key("known").flag(x.known());
  to.key("kind").plain(kind_text(x.kind));
  to.key("partition").number(uint64_t{x.partition});
  add_or_null(to, "problem", x.problem);
  add_or_null(to, "stored_problem", x.stored_problem);
  to.key("live").flag(x.live);
  to.key("dirty").flag(x.dirty);
  to.key("stored").flag(x.stored);
  to.key("applied").number(x.applied);
  to.key("cursor").number(x.cursor);
  to.key("actor");
  if (x.live)
    add_actor(to, x.actor);
  else
    to.null();
  to.key("fields").begin_array();
  for (auto& field : x.fields) {
    to.begin_object();
    add_text(to, "name", field.name);
    add_or_null(to, "live", field.live);
    add_or_null(to, "stored", field.stored);
    to.key("differs").flag(x.live && x.stored && field.live != field.stored);
    to.end_object();
  }
  to.end_array();
  to.key("rows").begin_array();
  for (auto& row : x.rows) {
    to.begin_object();
    add_row(to, row);
    to.end_object();
  }
  to.end_array();
  to.end_object();
}

void add_counts(json_writer& to, const messages::troubles& x) {
  to.key("head").begin_object();
  to.key("fence").number(x.head.fence);
  to.key("epoch").number(x.head.epoch);
  to.key("jpos").number(x.head.jpos);
  to.key("chain_time").time(x.head.chain_time);
  to.key("sealed_slot").number(x.head.sealed_slot);
  to.key("first_slot").number(x.head.first_slot);
  to.end_object();
  to.key("counts").begin_object();
  to.key("trades").number(x.counts.trades);
  to.key("token_events").number(x.counts.token_events);
  to.key("slots").number(x.counts.slots);
  to.key("open_gaps").number(x.counts.open_gaps);
  to.key("dead_letters").number(x.counts.dead_letters);
  to.key("repairs").number(x.counts.repairs);
  to.end_object();
  to.key("retention").begin_object();
  to.key("start_slot").number(x.retention.start_slot);
  to.key("dropped_trades").number(x.retention.dropped_trades);
  to.end_object();
}

/// `{..., NAME: [ITEMS]}` with one item per row.
template <class Rows, class F>
void add_list(json_writer& to, std::string_view name, const Rows& xs, F f) {
  to.key(name).begin_array();
  for (auto& x : xs)
    f(to, x);
  to.end_array();
}

std::string position_text(const domain::chain_position& x) {
  return std::to_string(x.slot) + ":" + std::to_string(x.tx_index) + ":"
         + std::to_string(x.ix_path);
}

} // namespace

std::string overview_json(const messages::console_look& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  auto& of = x.overview;
  begin(to, x);
  to.key("generation").number(x.generation);
  to.key("generation_seconds").number(x.generation_seconds);
  to.key("restarts_total").number(x.restarts_total);
  to.key("sealed_slot").number(of.sealed_slot);
  to.key("highest_slot").number(of.highest_slot);
  to.key("lag_slots").number(of.lag_slots);
  to.key("trades_total").number(of.trades_total);
  to.key("trades_per_second").number(of.trades_per_second);
  to.key("updates_per_second").number(of.updates_per_second);
  to.key("duplicates_total").number(of.duplicates_total);
  to.key("dead_letters_total").number(of.dead_letters_total);
  to.key("gaps_total").number(of.gaps_total);
  to.key("epochs_in_flight").number(of.epochs_in_flight);
  to.key("committed_jpos").number(of.committed_jpos);
  to.key("actors").number(of.actors);
  to.key("silent").number(of.silent);
  to.key("entities").number(of.entities);
  to.key("mailbox").number(of.mailbox);
  to.key("entity_restarts_total").number(of.entity_restarts_total);
  to.key("mismatches_total").number(of.mismatches_total);
  to.key("store").begin_object();
  to.key("ready").flag(of.store_ready);
  add_or_null(to, "problem", of.store_problem);
  to.end_object();
  to.key("sink");
  if (of.sink_ready) {
    to.begin_object();
    to.key("ready").flag(*of.sink_ready);
    add_or_null(to, "problem", of.sink_problem);
    to.end_object();
  } else {
    to.null();
  }
  add_list(to, "latency", x.stages, add_stage);
  to.end_object();
  return result;
}

std::string actors_json(const messages::console_look& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  begin(to, x);
  add_list(to, "roles", x.roles, add_role);
  add_list(to, "actors", x.actors, add_actor);
  to.end_object();
  return result;
}

std::string sample_json(const messages::entity_sample& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  to.begin_object();
  add_list(to, "actors", x.actors, add_actor);
  to.end_object();
  return result;
}

std::string partitions_json(const messages::console_look& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  begin(to, x);
  to.key("committed_jpos").number(x.overview.committed_jpos);
  add_list(to, "partitions", x.partitions, add_partition);
  to.end_object();
  return result;
}

std::string streams_json(const messages::console_look& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  begin(to, x);
  to.key("sealed_slot").number(x.overview.sealed_slot);
  to.key("highest_slot").number(x.overview.highest_slot);
  add_list(to, "streams", x.streams, add_stream);
  to.end_object();
  return result;
}

std::string latency_json(const messages::console_look& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  begin(to, x);
  add_list(to, "stages", x.stages, add_stage);
  to.end_object();
  return result;
}

std::string stores_json(const messages::console_look& x,
                        const messages::troubles* stored,
                        const std::string& problem) {
  constexpr auto roles = std::array<std::string_view, 6>{
    "store-writer", "store-reader", "store-inspector",
    "auditor",      "publisher",    "sink"};
  auto result = std::string{};
  auto to = json_writer{result};
  begin(to, x);
  add_or_null(to, "problem", problem);
  if (stored != nullptr)
    add_counts(to, *stored);
  to.key("actors").begin_array();
  for (auto role : roles)
    for (auto& actor : x.actors)
      if (actor.role == role)
        add_actor(to, actor);
  to.end_array();
  to.end_object();
  return result;
}

std::string gaps_json(const messages::troubles& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  to.begin_object();
  to.key("total").number(x.counts.open_gaps);
  add_list(to, "gaps", x.gaps, [](json_writer& of, const auto& row) {
    of.begin_object();
    of.key("from_slot").number(row.from_slot);
    of.key("to_slot").number(row.to_slot);
    add_text(of, "reason", row.reason);
    of.key("opened_at").time(row.opened_at);
    of.key("filled").flag(row.filled);
    of.end_object();
  });
  to.end_object();
  return result;
}

std::string dead_letters_json(const messages::troubles& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  to.begin_object();
  to.key("total").number(x.counts.dead_letters);
  add_list(to, "dead_letters", x.dead_letters,
           [](json_writer& of, const auto& row) {
             of.begin_object();
             of.key("position").plain(position_text(row.position));
             of.key("slot").number(row.position.slot);
             of.key("signature").value(row.signature);
             of.key("block_time").time(row.block_time);
             of.key("reason").plain(domain::to_string(row.reason));
             of.key("decoder_version").number(uint64_t{row.decoder_version});
             of.end_object();
           });
  to.end_object();
  return result;
}

std::string audits_json(const messages::troubles& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  to.begin_object();
  add_list(to, "audits", x.audits, [](json_writer& of, const auto& row) {
    of.begin_object();
    of.key("found_at").time(row.found_at);
    of.key("kind").plain(kind_text(row.kind));
    of.key("key").value(row.key);
    of.key("jpos").number(row.jpos);
    add_text(of, "what", row.what);
    of.end_object();
  });
  to.end_object();
  return result;
}

std::string found_json(const messages::found_key& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  to.begin_object();
  to.key("key").value(x.key);
  to.key("wallet");
  add_entity(to, x.wallet);
  to.key("token");
  add_entity(to, x.token);
  to.end_object();
  return result;
}

std::string trace_json(const messages::found_trace& x) {
  auto result = std::string{};
  auto to = json_writer{result};
  to.begin_object();
  to.key("signature").value(x.signature);
  to.key("found").flag(x.found);
  add_text(to, "state", x.state);
  auto known = [&x](uint64_t value) {
    return x.found ? std::optional{value} : std::nullopt;
  };
  to.key("slot").number(known(x.slot));
  to.key("tx_index").number(known(x.tx_index));
  to.key("epoch").number(x.epoch != 0 ? known(x.epoch) : std::nullopt);
  add_list(to, "stages", x.stages, [](json_writer& of, const auto& time) {
    of.begin_object();
    of.key("stage").plain(to_string(time.stage));
    of.key("at_unix_ms");
    if (time.at)
      of.number(*time.at);
    else
      of.null();
    of.key("seconds").number(time.seconds);
    of.end_object();
  });
  to.key("rows").begin_array();
  for (size_t i = 0; i < x.rows.size(); ++i) {
    to.begin_object();
    add_row(to, x.rows[i]);
    to.key("wallet_partition").number(uint64_t{x.places[i].wallet_partition});
    to.key("token_partition").number(uint64_t{x.places[i].token_partition});
    to.end_object();
  }
  to.end_array();
  to.end_object();
  return result;
}

} // namespace pumpscope::console_json
