#pragma once
// How many file descriptors this process may hold. Any thread.

#include <cstdint>

namespace core {

/// Takes all that the system allows (the hard limit of RLIMIT_NOFILE) and says how many that are.
/// Where the system refuses, how many there were already.
std::uint64_t raise_descriptor_limit();

}  // namespace core
