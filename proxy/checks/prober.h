#pragma once
// The health check of one backend, as a session would meet it: connect, PROXY header, TLS as
// configured, a stream in a domain's name, and its features; then the stream is closed in order
// (proxy/checks/stream_probe). Never a bare connect: ejabberd waits on it. A check that wants to
// know what is offered to headers of both forms opens two streams at once. Control loop's thread
// only.

#include <functional>
#include <memory>

#include "proxy/checks/probe.h"

namespace proxy {

/// `on_done` comes once, from the loop, never from within this call; it may destroy the probe. A
/// failure comes at once; a pass comes when the backend has ended its stream, too, or has had half
/// a second to do so.
std::unique_ptr<Probe> start_probe(const ProbeEnvironment& environment, ProbeRequest request,
                                   std::function<void(const ProbeResult&)> on_done);

}  // namespace proxy
