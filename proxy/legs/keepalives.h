#pragma once
// How peers of sessions that say nothing are watched. Each connection has its own spread of these
// times (core::Keepalive::spread).

#include "core/tcp_socket.h"

namespace proxy {

/// A client that vanished is given up after some nine minutes. Rare enough to let a phone's radio
/// sleep.
inline constexpr core::Keepalive kClientKeepalive{
    .idle_seconds = 300, .interval_seconds = 30, .probes = 8};

/// A backend is watched by its checks, so its sessions seldom ask: often enough for what stands
/// between and forgets silent connections.
inline constexpr core::Keepalive kBackendKeepalive{
    .idle_seconds = 720, .interval_seconds = 30, .probes = 8};
/// One whose checks are off.
inline constexpr core::Keepalive kUncheckedKeepalive{
    .idle_seconds = 60, .interval_seconds = 5, .probes = 8};
/// One that checks have found gone: are its sessions?
inline constexpr core::Keepalive kDoubtedKeepalive{
    .idle_seconds = 5, .interval_seconds = 3, .probes = 8};

}  // namespace proxy
