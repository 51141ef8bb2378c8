#pragma once
// One stream of a health check, from connecting to the goodbye: performs the pure ProbeDialog over
// a BackendConnection. Control loop's thread only.

#include <chrono>
#include <functional>
#include <memory>

#include "proxy/checks/probe.h"
#include "proxy/checks/probe_dialog.h"

namespace proxy {

/// What the stream has shown, and how long that took; rounded up, so never 0.
using OnStreamProbed =
    std::function<void(const ProbeVerdict& verdict, std::chrono::milliseconds took)>;

/// Opens a stream with a header of the request's form; `asks_both` does not count. `on_done` as
/// start_probe has it.
std::unique_ptr<Probe> start_stream_probe(const ProbeEnvironment& environment,
                                          const ProbeRequest& request, OnStreamProbed on_done);

}  // namespace proxy
