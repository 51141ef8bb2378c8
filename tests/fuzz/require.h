#pragma once
// What must hold whatever the bytes.

#include <cstdlib>

namespace fuzz {

/// Ends the process, so that the fuzzer keeps the bytes.
inline void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace fuzz
