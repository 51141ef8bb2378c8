#pragma once
// How many file descriptors this process may hold. Any thread.

#include <cstdint>
#include <string>

#include "core/result.h"

namespace core {

/// Takes all that the system allows (the hard limit of RLIMIT_NOFILE) and says how many that are.
/// Where the system refuses, how many there were already.
std::uint64_t raise_descriptor_limit();

/// Takes all that the system allows. An error, for the operator, when that is not enough for as
/// many as are open already and `further` ones, without which the process is of no use.
Result<void, std::string> require_descriptors(std::uint64_t further);

/// What a process needs descriptors for.
struct DescriptorNeeds {
    std::uint64_t reserved = 0;     // those that are no sessions
    std::uint64_t per_session = 1;  // of each; a limit that holds for n nodes takes n
};
/// Takes all that the system allows, and says how many sessions that carries: one at least, and at
/// most `wanted` (0: as many as possible). Warns when that is fewer than wanted, or fewer than a
/// server is good for.
std::uint32_t sessions_within_descriptors(std::uint32_t wanted, const DescriptorNeeds& needs);

}  // namespace core
