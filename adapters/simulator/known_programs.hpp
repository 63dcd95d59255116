#pragma once

#include "domain/pubkey.hpp"

namespace pumpscope::simulator {

/// Accounts that real transactions of the two programs name.
struct known_programs {
  domain::pubkey system = {};
  domain::pubkey token = {};
  domain::pubkey token_2022 = {};
  domain::pubkey associated_token = {};
  domain::pubkey compute_budget = {};
  domain::pubkey fees = {};
  domain::pubkey mayhem = {};
  /// An aggregator.
  domain::pubkey router = {};
  /// A launchpad whose TradeEvent has the discriminator of ours.
  domain::pubkey launchpad = {};
  domain::pubkey pump_event_authority = {};
  domain::pubkey amm_event_authority = {};
  domain::pubkey launchpad_event_authority = {};

  /// The one instance; built at first use.
  static const known_programs& get();
};

} // namespace pumpscope::simulator
