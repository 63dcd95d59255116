#pragma once

#include <caf/atom.hpp>

namespace pumpscope::atom {

// CAF 0.17 packs atoms into 64 bits: at most ten characters.
using collected = caf::atom_constant<caf::atom("collected")>;
using credit = caf::atom_constant<caf::atom("credit")>;
using drained = caf::atom_constant<caf::atom("drained")>;
using finished = caf::atom_constant<caf::atom("finished")>;
using flush = caf::atom_constant<caf::atom("flush")>;
using get = caf::atom_constant<caf::atom("get")>;
using go = caf::atom_constant<caf::atom("go")>;
using join = caf::atom_constant<caf::atom("join")>;
using leave = caf::atom_constant<caf::atom("leave")>;
using rebalance = caf::atom_constant<caf::atom("rebalance")>;
using renew = caf::atom_constant<caf::atom("renew")>;
using retry = caf::atom_constant<caf::atom("retry")>;
using start = caf::atom_constant<caf::atom("start")>;
using status = caf::atom_constant<caf::atom("status")>;
using stop = caf::atom_constant<caf::atom("stop")>;
using tick = caf::atom_constant<caf::atom("tick")>;
using totals = caf::atom_constant<caf::atom("totals")>;

inline constexpr auto collected_v = collected{};
inline constexpr auto credit_v = credit{};
inline constexpr auto drained_v = drained{};
inline constexpr auto finished_v = finished{};
inline constexpr auto flush_v = flush{};
inline constexpr auto get_v = get{};
inline constexpr auto go_v = go{};
inline constexpr auto join_v = join{};
inline constexpr auto leave_v = leave{};
inline constexpr auto rebalance_v = rebalance{};
inline constexpr auto renew_v = renew{};
inline constexpr auto retry_v = retry{};
inline constexpr auto start_v = start{};
inline constexpr auto status_v = status{};
inline constexpr auto stop_v = stop{};
inline constexpr auto tick_v = tick{};
inline constexpr auto totals_v = totals{};

} // namespace pumpscope::atom
