#pragma once
// What our TCP sockets are set to, and which addresses they stand between. Any thread.

#include "core/endpoint.h"

namespace core {

/// A peer that vanished says nothing (RFC 6120 section 4.6.1, a dead connection). After
/// `idle_seconds` of silence the system asks it every `interval_seconds`, and gives it up when it
/// has answered none of `probes`. A peer that acknowledges none of the bytes under way is given up
/// after the same time.
struct Keepalive {
    int idle_seconds;
    int interval_seconds;
    int probes;

    constexpr int patience_ms() const { return (idle_seconds + interval_seconds * probes) * 1'000; }
};

/// Nagle off, keep-alive on. Sockets that a listening one accepts inherit both.
void prepare_tcp(int fd, const Keepalive& keepalive) noexcept;

/// setsockopt() for what is a number. What the system refuses is left as it was.
void set_option(int fd, int level, int name, int value) noexcept;

/// From here on close() sends RST, and drops what is not sent.
void set_reset_on_close(int fd) noexcept;
/// Bytes that have been written and that the peer has not acknowledged.
int unacknowledged_bytes(int fd) noexcept;

/// The two ends of a socket; unspecified where there is none.
Endpoint local_endpoint(int fd) noexcept;
Endpoint peer_endpoint(int fd) noexcept;

}  // namespace core
