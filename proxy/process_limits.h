#pragma once
// What the machine and the system give to this process: workers and sessions. Main's thread.

#include <cstdint>

#include "conf/config.h"

namespace proxy {

/// As configured, else one per core.
unsigned worker_count(const conf::Config& config);

/// Takes all the descriptors that the system allows, and says how many sessions the process may
/// carry with them, at most as many as configured. Warns when that is fewer than configured.
std::uint32_t session_limit(const conf::Config& config, unsigned workers);

}  // namespace proxy
