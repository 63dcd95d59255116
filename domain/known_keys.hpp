#pragma once

#include "domain/pubkey.hpp"

namespace pumpscope::domain::known_keys {

/// Program ids.
extern const pubkey pump_program;
extern const pubkey pump_amm_program;
/// Mints that count as money.
extern const pubkey wsol_mint;
extern const pubkey usdc_mint;
extern const pubkey usdt_mint;
/// The protocol's own bot in mayhem mode: on no leaderboard.
extern const pubkey mayhem_vault;

/// Tells whether `mint` is one of WSOL, USDC, USDT.
bool is_money(const pubkey& mint);

} // namespace pumpscope::domain::known_keys
