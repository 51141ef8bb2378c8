#pragma once
// Names one backend of this process, in every worker and snapshot.

#include <cstdint>

#include "core/strong.h"

namespace balancer {

/// Small numbers from 0; given once per pool and backend name, and never to another one.
using BackendId = core::Strong<struct BackendIdTag, std::uint32_t>;

/// Different backends that one process may meet between its start and its end, reloads included.
inline constexpr std::uint32_t kMaxBackends = 4096;

}  // namespace balancer
