#pragma once
// What our TCP sockets are set to, and which addresses they stand between. Any thread.

#include <cstdint>

#include "core/endpoint.h"

namespace core {

/// A peer that vanished says nothing (RFC 6120 section 4.6.1, a dead connection). After
/// `idle_seconds` of silence the system asks it every `interval_seconds`, and gives it up when it
/// has answered none of `probes`. A peer that acknowledges none of the bytes under way is given up
/// after the same time: with a shorter TCP_USER_TIMEOUT the system gives up with the first probe
/// that is lost, whatever `probes` says.
struct Keepalive {
    int idle_seconds;
    int interval_seconds;
    int probes;

    constexpr int patience_ms() const { return (idle_seconds + interval_seconds * probes) * 1'000; }
    /// With an idle time and an interval of its own, each up to a fifth shorter or longer. The
    /// system coarsens timers of a minute to steps of two seconds; connections that were made in
    /// one step would all ask in one moment, more than an interface holds, and meet again at each
    /// repetition.
    constexpr Keepalive spread(std::uint32_t random) const {
        return {spread_part(idle_seconds, random & 0xffff),
                spread_part(interval_seconds, random >> 16), probes};
    }

    /// `of_2_16` of what lies within a fifth.
    static constexpr int spread_part(int seconds, std::uint32_t of_2_16) {
        const std::int64_t milliseconds = std::int64_t{seconds} * 1'000;
        const std::int64_t part = milliseconds * 4 / 5 + milliseconds * 2 / 5 * of_2_16 / 0xffff;
        return static_cast<int>((part + 500) / 1'000);
    }
};

/// Nagle off, keep-alive on. Sockets that a listening one accepts inherit both.
void prepare_tcp(int fd, const Keepalive& keepalive) noexcept;

/// Other times for a socket that keeps alive. One that is connected may have been silent for longer
/// than the new times allow: then it is asked at once, and as often as any other before it is given
/// up. What is written meanwhile to a peer that is gone is given up as late as that.
void set_keepalive(int fd, const Keepalive& keepalive) noexcept;

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
