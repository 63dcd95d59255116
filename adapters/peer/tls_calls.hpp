#pragma once

#include <chrono>
#include <cstdint>

namespace pumpscope::peer {

/// Longest time from the first byte of TLS to the last one of a handshake. A
/// connection that takes longer fails.
constexpr auto handshake_max = std::chrono::milliseconds{2'000};

/// Handshakes that are under way; further ones fail at once.
constexpr int64_t handshakes_max = 256;

/// Makes good what CAF 0.17 does not do for its TLS; call this for the linker
/// to see it. The operations of OpenSSL in this process do more then:
///
/// - Errors of one connection stay away from others. OpenSSL tells what became
///   of an operation by a queue of errors of the thread, which has to be empty
///   before each. CAF never empties it: an end of file or a failed handshake on
///   one connection then counts as a failure of the next one that merely has to
///   wait, and that one is dropped, and so on.
/// - Handshakes of CAF end. It lets one last for ever, and asks again and again
///   without a pause meanwhile: a process that is frozen, or a client that says
///   nothing, would cost a core, and an actor system that connects to it never
///   came to its end. Each attempt that has to wait now waits for bytes, for a
///   millisecond at most for all connections together.
void mend_tls();

/// How often CAF tried to go on with a handshake so far, on all connections
/// together.
uint64_t handshake_attempts();

} // namespace pumpscope::peer
