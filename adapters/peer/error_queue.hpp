#pragma once

namespace pumpscope::peer {

/// Keeps errors of one TLS connection away from others.
///
/// OpenSSL tells what became of an operation by a queue of errors of the
/// thread, which has to be empty before each. CAF 0.17 never empties it: an
/// end of file or a failed handshake on one connection then counts as a
/// failure of the next one that merely has to wait, and that one is dropped,
/// and so on. The operations of this process empty the queue first; call this
/// for the linker to see them.
void separate_errors();

} // namespace pumpscope::peer
