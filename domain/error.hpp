#pragma once

#include <tl/expected.hpp>

#include <cstdint>
#include <string>

namespace pumpscope::domain {

/// Reasons why something is refused.
///
/// The values travel between nodes: append only, never renumber.
enum class errc : uint8_t {
  /// Not an error; `0` is reserved by CAF.
  none = 0,
  /// A configuration value is outside its documented range.
  invalid_config,
  /// Bytes from outside end inside a field or carry an impossible value.
  malformed,
  /// An amount does not fit the width that it is stored in.
  overflow,
  /// A text is not base58, not base64 or of the wrong length.
  invalid_text,
  /// The store refused a write because another owner has a higher fence.
  fenced,
  /// The outcome of a write is unknown; read the head before going on.
  unknown_outcome,
  /// The store cannot be opened, read or written.
  store_unavailable,
  /// The store was written by a newer version of the program.
  store_version,
  /// A stored blob fails its checksum or has an unknown version.
  blob_corrupt,
  /// Another process holds the store.
  store_locked,
  /// A source cannot be reached or ended the stream.
  source_unavailable,
  /// The server no longer has the slot that we want to resume from.
  source_out_of_range,
  /// The server refused our credentials.
  unauthorized,
  /// A bound would be exceeded.
  limit_exceeded,
  /// An actor or one of its collaborators broke an invariant.
  internal,
  /// What is asked for lies in the part of the journal that was dropped.
  below_retention,
  /// The node that hosted partitions for us is gone.
  host_lost,
};

/// @relates errc
std::string to_string(errc x);

/// The outcome of a domain operation that can refuse its input.
template <class T>
using result = tl::expected<T, errc>;

} // namespace pumpscope::domain
