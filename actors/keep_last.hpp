#pragma once

#include "domain/planted_bug.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

namespace pumpscope::actors {

/// Leaves the last one of the elements with equal keys, ascending by key: a
/// checkpoint names each stored row once, with its newest state.
template <class T, class Key>
void keep_last(std::vector<T>& xs, Key key) {
  if (planted(domain::bug::checkpoint_repeats_rows))
    return;
  std::stable_sort(xs.begin(), xs.end(),
                   [&key](const T& a, const T& b) { return key(a) < key(b); });
  auto equal = [&key](const T& a, const T& b) { return key(a) == key(b); };
  auto kept = std::unique(xs.rbegin(), xs.rend(), equal);
  xs.erase(xs.begin(), kept.base());
}

} // namespace pumpscope::actors
