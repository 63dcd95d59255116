#include "runtime/node_metrics.hpp"

#include <string>

namespace pumpscope::runtime {

namespace {

using prometheus_text::metric_page;

struct count {
  std::string_view name = {};
  std::string_view help = {};
  uint64_t value = 0;
};

void add_counters(metric_page& to, std::initializer_list<count> counts) {
  for (auto& x : counts)
    to.counter(x.name, x.help, static_cast<double>(x.value));
}

void add_gauges(metric_page& to, std::initializer_list<count> counts) {
  for (auto& x : counts)
    to.gauge(x.name, x.help, static_cast<double>(x.value));
}

void add_pipeline(metric_page& to, const messages::pipeline_status& x) {
  add_counters(
    to,
    {{"ingest_updates_total", "Updates read from sources.", x.updates},
     {"ingest_bytes_total", "Bytes read from sources.", x.bytes_read},
     {"ingest_transactions_total", "Transactions read.", x.transactions},
     {"ingest_failed_transactions_total",
      "Transactions that failed on chain and were skipped.",
      x.failed_transactions},
     {"ingest_duplicates_total", "Transactions that were known.", x.duplicates},
     {"ingest_late_total", "Rows of slots that were sealed.", x.late},
     {"ingest_malformed_total", "Updates that are none.", x.malformed_updates},
     {"ignored_events_total", "Events that are no coin trades.", x.ignored},
     {"dead_letters_written_total", "Events that could not be decoded.",
      x.dead_letters},
     {"trades_total", "Trades journaled by this run.", x.trades},
     {"token_events_total", "Events of tokens journaled by this run.",
      x.token_events},
     {"epochs_total", "Epochs committed.", x.epochs},
     {"repairs_total", "Keys that were to be folded again.", x.repairs},
     {"slots_dead_total", "Slots that left the chain.", x.dead_slots},
     {"slots_voided_total", "Sealed slots that left the chain.",
      x.voided_slots},
     {"slot_gaps_total", "Gaps opened.", x.gaps},
     {"reserve_breaks_total", "Places where reserves do not join.",
      x.reserve_breaks_total},
     {"backfill_slots_total", "Blocks fetched.", x.backfill_slots},
     {"backfill_failures_total", "Ranges that could not be fetched.",
      x.backfill_failures},
     {"webhook_payloads_total", "Payloads of webhooks read.", x.payloads},
     {"pipeline_restarts_total", "Restarts of all actors.", x.restarts},
     {"partition_moves_total",
      "Times that partitions changed their node while all else went on.",
      x.moves},
     {"partition_moves_failed_total",
      "Times that all actors started again because that failed.",
      x.moves_failed},
     {"entity_restarts_total", "Wallets and tokens that were replaced.",
      x.entity_restarts},
     {"reconcile_keys_total", "Keys that the audit compared.", x.audited},
     {"reconcile_failures_total", "Keys that differed from their journal.",
      x.audit_mismatches}});
  auto role = [](std::string_view name) {
    return prometheus_text::labels{{"role", std::string{name}}};
  };
  to.gauge("partition_move_seconds_max",
           "The longest time in which partitions that moved folded nothing.",
           x.move_seconds_max);
  constexpr auto actors_help = "Entities with an actor.";
  to.gauge("actors", actors_help, static_cast<double>(x.wallets_live),
           role("wallet_ledger"));
  to.gauge("actors", actors_help, static_cast<double>(x.tokens_live),
           role("token_candles"));
}

} // namespace

void add_node_metrics(metric_page& to, const api::node_facts& facts,
                      const messages::pipeline_status* status) {
  to.gauge("build_info", "Version of the program.", 1,
           {{"version", facts.version}});
  add_gauges(
    to,
    {{"journal_position", "Highest position of the journal.", facts.head.jpos},
     {"sealed_slot", "Highest slot that is sealed.", facts.head.sealed_slot},
     {"ingest_lag_slots", "Slots seen and not sealed.", facts.lag_slots},
     {"slot_gaps_open", "Gaps that are open.", facts.gaps.size()},
     {"dead_letters", "Dead letters that wait.", facts.counts.dead_letters},
     {"wallets", "Wallets known.", facts.wallets},
     {"tokens", "Tokens known.", facts.tokens},
     {"uptime_seconds", "Seconds since the start.", facts.uptime_seconds}});
  to.gauge("chain_time_seconds", "Block time of the last sealed slot.",
           static_cast<double>(facts.head.chain_time));
  if (status != nullptr)
    add_pipeline(to, *status);
}

void add_http_metrics(metric_page& to, const http::server_counters& all,
                      const std::vector<http::route_counters>& routes) {
  add_counters(to, {{"http_connections_total", "Connections.", all.connections},
                    {"http_sent_bytes_total", "Bytes sent.", all.bytes_sent},
                    {"http_rate_limited_total", "Requests that came too fast.",
                     all.rate_limited},
                    {"http_timeouts_total",
                     "Requests and answers that took too long.", all.timeouts},
                    {"sse_stalled_total", "Streams whose client took nothing.",
                     all.streams_stalled}});
  add_gauges(to, {{"http_connections", "Connections without streams.",
                   all.connections_open},
                  {"sse_clients", "Streams.", all.streams_open}});
  for (auto& x : routes) {
    for (size_t i = 0; i < x.answers.size(); ++i)
      if (x.answers[i] > 0)
        to.counter("http_answers_total", "Answers by pattern and class.",
                   static_cast<double>(x.answers[i]),
                   {{"route", x.path}, {"code", std::to_string(i + 1) + "xx"}});
    to.histogram("http_request_duration_seconds",
                 "Time to the begin of the answer.",
                 http::duration_bounds_seconds, x.durations, x.seconds_total,
                 {{"route", x.path}});
  }
}

void add_hub_metrics(metric_page& to, const hub::hub_counters& x) {
  add_counters(to,
               {{"hub_messages_total", "Messages encoded.", x.messages_total},
                {"hub_deliveries_total", "Messages put in line for clients.",
                 x.deliveries_total},
                {"messages_dropped_total",
                 "Messages that slow clients did not get.", x.left_out_total},
                {"hub_resumes_total",
                 "Clients that came back and missed nothing.", x.resumes_total},
                {"hub_resets_total", "Clients that came back and begin anew.",
                 x.resets_total}});
  add_gauges(
    to, {{"hub_channels", "Channels that are followed.", x.channels},
         {"hub_tokens", "Tokens in the directory.", x.tokens},
         {"hub_ring_bytes", "Bytes kept for who comes back.", x.ring_bytes}});
}

void add_reader_metrics(metric_page& to, const read_pool_counters& readers,
                        const api::answer_cache_counters& cache) {
  add_counters(
    to,
    {{"store_reads_total", "Reads for the API.", readers.reads},
     {"store_reads_refused_total", "Reads refused: too many waited.",
      readers.refused},
     {"store_reads_dropped_total", "Reads that waited too long.",
      readers.dropped},
     {"cache_hits_total", "Answers that were there.", cache.hits + cache.joins},
     {"cache_misses_total", "Answers that were made.", cache.misses}});
  add_gauges(to, {{"store_reads_waiting", "Reads that wait.", readers.waiting},
                  {"cache_entries", "Answers that are kept.", cache.entries}});
}

void add_peer_metrics(metric_page& to, const peer::peer_counters& x) {
  add_counters(
    to,
    {{"peer_asked_total", "Requests that other nodes were asked.", x.asked},
     {"peer_asked_in_vain_total",
      "Of these: no node was reached, or none answered in time.",
      x.asked_in_vain},
     {"peer_answered_total", "Requests of other nodes that were answered.",
      x.answered},
     {"peer_refused_total",
      "Requests of other nodes that were refused, by routes or for a bound.",
      x.refused},
     {"peer_connections_lost_total", "Connections to nodes that broke.",
      x.connections_lost},
     {"peer_bytes_asked_total", "Bytes of bodies that other nodes were sent.",
      x.bytes_asked},
     {"peer_bytes_told_total", "Bytes of bodies that other nodes sent back.",
      x.bytes_told}});
  add_gauges(to, {{"peer_streams", "Live streams of other nodes' clients.",
                   x.streams_open}});
}

} // namespace pumpscope::runtime
