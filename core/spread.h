#pragma once
// Times that many sessions wait for, each its own. Pure; any thread. Why: core/README.md, "Shared
// times".

#include <chrono>
#include <cstdint>

namespace core {

/// Up to a fifth shorter or longer, in one of nine steps: a loop has a queue for each different
/// duration (Timer).
constexpr std::chrono::milliseconds spread(std::chrono::milliseconds time, std::uint32_t random) {
    const int steps = static_cast<int>(random % 9) - 4;
    return time + time * steps / 20;
}

/// Up to a fifth shorter, for what may not be longer.
constexpr std::chrono::milliseconds spread_below(std::chrono::milliseconds time,
                                                 std::uint32_t random) {
    return time - time * (random & 0xffff) / 0xffff / 5;
}

/// Numbers that are near each other have nothing in common then (SplitMix64's last steps).
constexpr std::uint32_t mixed(std::uint64_t number) {
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9U;
    number = (number ^ (number >> 27)) * 0x94d049bb133111ebU;
    return static_cast<std::uint32_t>(number >> 32);
}

}  // namespace core
