#include "tests/simulation/planted/planted_bug.hpp"

namespace pumpscope {

namespace {

// The simulation runs in one thread.
domain::bug current = domain::bug::none;

} // namespace

bool domain::planted(bug x) {
  return current == x;
}

void test::plant(domain::bug x) {
  current = x;
}

} // namespace pumpscope
