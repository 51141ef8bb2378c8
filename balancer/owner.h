#pragma once
// Whose a session is: a backend's name that stays the same over reloads and restarts and in every
// proxy, since a client may come back after any of them. A value; any thread.

#include <cstdint>
#include <string_view>

#include "core/strong.h"

namespace balancer {

/// 48 bits, never 0: of pool and name, as hash_of_backend() of both. The name of a member of an
/// `srv` is its target and port.
using Owner = core::Strong<struct OwnerTag, std::uint64_t>;
inline constexpr int kOwnerBits = 48;

Owner owner_of(std::string_view pool, std::string_view backend);

}  // namespace balancer
