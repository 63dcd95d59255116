#include "domain/election.hpp"

namespace pumpscope::domain {

std::chrono::milliseconds sufficient_silence(const election_facts& x,
                                             const election_limits& limits) {
  return x.owner_refuses ? limits.ttl_refusing : limits.ttl;
}

bool may_claim(const election_facts& x, const election_limits& limits) {
  if (x.draining || (x.lost_for.count() >= 0 && x.lost_for < limits.ttl))
    return false;
  if (!x.owned_by_other)
    return true;
  auto silence = sufficient_silence(x, limits);
  return x.owner_silent_for >= silence && x.seen_for >= silence;
}

} // namespace pumpscope::domain
