#pragma once

#include "domain/error.hpp"
#include "messages/console.hpp"
#include "messages/pipeline.hpp"
#include "messages/publication.hpp"
#include "messages/work.hpp"

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/error.hpp>
#include <caf/make_message.hpp>
#include <caf/type_id.hpp>

namespace pumpscope::messages {

// Defined in messages/actors.hpp: they hold handles.
struct router_links;
struct sequencer_links;
struct board_links;
struct market_links;
struct publisher_links;
struct sink_links;
struct inspector_links;
struct entity_handles;
struct served_partitions;
struct moved_partitions;
using router_links_ptr = std::shared_ptr<const router_links>;
using sequencer_links_ptr = std::shared_ptr<const sequencer_links>;
using board_links_ptr = std::shared_ptr<const board_links>;
using market_links_ptr = std::shared_ptr<const market_links>;
using publisher_links_ptr = std::shared_ptr<const publisher_links>;
using sink_links_ptr = std::shared_ptr<const sink_links>;
using inspector_links_ptr = std::shared_ptr<const inspector_links>;
using entity_handles_ptr = std::shared_ptr<const entity_handles>;
using served_partitions_ptr = std::shared_ptr<const served_partitions>;
using moved_partitions_ptr = std::shared_ptr<const moved_partitions>;

} // namespace pumpscope::messages

// These never leave the process: they carry pointers. What crosses nodes gets
// an `inspect` when it does.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::batch_delivered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::audit_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::board_links_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::board_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::breaks_found_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::checkpoint_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::collect_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::collect_wallet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::epoch_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::epoch_committed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::epoch_completed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::epoch_folded_here)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::epoch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::fetch_slots)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::fold_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::fold_wallet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_board)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_changes)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_market)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_totals)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::journal_boot_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::journal_rows_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::load_entities)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::load_partition)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::load_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::load_tail)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::loaded_entities_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::look_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::looked_up_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::market_links_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::market_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::mint_breaks_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::moved_partitions_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::parsed_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::partition_boot_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::payloads_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::pipeline_status_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::projection)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::publication_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::publisher_links_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::raw_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::repair_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::routed_epoch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::router_links_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::sequencer_links_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::served_partitions_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::sink_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::sink_links_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::snapshot_token)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::snapshot_wallet)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::source_failed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::tick_batch_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::token_changes_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::token_news_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::token_view_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::totals_by_wallet_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::wallet_changes_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::wallet_view_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::entity_handles_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::entity_sample_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::found_key_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::found_trace_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::console_look_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::find_key)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::find_trace)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_entities)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_look)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_sample)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::get_troubles)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::head_row)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::host_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::inspector_links_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::partitions_dropped)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::partitions_joined)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::partitions_left)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::load_slot_rows)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::load_stored)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::stored_key_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::tail_rows_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::trace_report_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::messages::troubles_ptr)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::domain::pubkey)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(pumpscope::domain::wallet_totals)

// The order is part of the wire format: append only.
CAF_BEGIN_TYPE_ID_BLOCK(pumpscope_messages, caf::first_custom_type_id)

  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::domain::pubkey))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::board_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::checkpoint_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::epoch_applied))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::epoch_committed))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::epoch_completed))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::epoch_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::fold_token))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::fold_wallet))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_board))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::journal_boot_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::journal_rows_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::load_entities))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::load_partition))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::load_tail))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::loaded_entities_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::look_up))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::looked_up_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::mint_breaks_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::parsed_batch_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::partition_boot_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::pipeline_status_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::projection))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::raw_batch_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::routed_epoch_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::router_links_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::sequencer_links_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::snapshot_token))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::snapshot_wallet))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::source_failed))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::token_view_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::wallet_view_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_market))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::market_links_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::market_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::token_news_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::batch_delivered))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::collect_token))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::collect_wallet))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_changes))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::load_rows))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::publication_batch_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::publisher_links_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::sink_changed))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::sink_links_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::tick_batch_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::token_changes_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::wallet_changes_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::fetch_slots))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::audit_found))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::repair_wanted))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::payloads_done))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::breaks_found_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::domain::wallet_totals))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_totals))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::totals_by_wallet_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_token))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::entity_handles_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::entity_sample_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::found_key_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::found_trace_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::console_look_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::find_key))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::find_trace))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_entities))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_look))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_sample))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::get_troubles))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::inspector_links_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::load_slot_rows))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::load_stored))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::stored_key_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::tail_rows_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::trace_report_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::troubles_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::head_row))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::partitions_left))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::partitions_joined))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::partitions_dropped))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::served_partitions_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages,
                  (pumpscope::messages::moved_partitions_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::board_links_ptr))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::epoch_folded_here))
  CAF_ADD_TYPE_ID(pumpscope_messages, (pumpscope::messages::host_applied))

CAF_END_TYPE_ID_BLOCK(pumpscope_messages)

CAF_ERROR_CODE_ENUM(pumpscope::domain::errc, "pumpscope")
