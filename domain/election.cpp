#include "domain/election.hpp"

namespace pumpscope::domain {

bool may_claim(const election_facts& x, std::chrono::milliseconds ttl) {
  if (x.draining || (x.lost_for.count() >= 0 && x.lost_for < ttl))
    return false;
  if (!x.owned_by_other)
    return true;
  return !x.owner_alive && x.seen_for >= ttl;
}

} // namespace pumpscope::domain
