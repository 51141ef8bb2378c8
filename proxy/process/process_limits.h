#pragma once
// What the machine and the system give to this process: workers and sessions. Main's thread.

#include <cstdint>
#include <string>

#include "conf/config.h"
#include "core/result.h"

namespace proxy {

/// As configured, else one per core.
unsigned worker_count(const conf::Config& config);

/// Whether the system gives enough descriptors to serve one session, with this many workers; the
/// error is a sentence for the operator. Before any of them is open.
core::Result<void, std::string> enough_descriptors(const conf::Config& config, unsigned workers);

/// Takes all the descriptors that the system allows, and says how many sessions the process may
/// carry with them, at most as many as configured. Warns when that is fewer than configured.
std::uint32_t session_limit(const conf::Config& config, unsigned workers);

}  // namespace proxy
