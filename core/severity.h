#pragma once
// How much a log line matters.

#include <cstdint>

namespace core {

enum class Severity : std::uint8_t { debug, info, warn, error };

}  // namespace core
