#pragma once
// Names one backend of this process, in every worker and snapshot.

#include <cstdint>

#include "core/strong.h"

namespace balancer {

/// Small numbers from 0; one per pool and backend name, and another one's only long after this one
/// is gone (balancer/backend_ids.h).
using BackendId = core::Strong<struct BackendIdTag, std::uint32_t>;

/// Backends of one process, those that left a short while ago or still have sessions included.
inline constexpr std::uint32_t kMaxBackends = 4096;

}  // namespace balancer
