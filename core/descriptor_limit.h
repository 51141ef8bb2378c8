#pragma once
// How many file descriptors this process may hold. Any thread.

#include <cstdint>

namespace core {

/// Takes all that the system allows (the hard limit of RLIMIT_NOFILE) and says how many that are.
/// Where the system refuses, how many there were already.
std::uint64_t raise_descriptor_limit();

/// What a process needs descriptors for.
struct DescriptorNeeds {
    std::uint64_t reserved = 0;     // those that are no sessions
    std::uint64_t per_session = 1;  // of each; a limit that holds for n nodes takes n
};
/// Takes all that the system allows, and says how many sessions that carries: one at least, and at
/// most `wanted` (0: as many as possible). Warns when that is fewer than wanted.
std::uint32_t sessions_within_descriptors(std::uint32_t wanted, const DescriptorNeeds& needs);

}  // namespace core
