#pragma once
// Times and sizes as operators write them: a whole number and a unit, nothing between. Pure; any
// thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace conf {

/// Reads "500ms", "30s", "5m", "12h", "7d". What is too large for the type becomes its largest
/// value, so that the caller's range check speaks.
std::optional<std::chrono::milliseconds> parse_time(std::string_view text);
/// Reads "512B", "64KB" (1000), "256KiB" (1024), and so on for MB, MiB, GB, GiB; bytes, saturating.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// The shortest text that parse_time reads back equal: "30s", "1500ms".
std::string time_text(std::chrono::milliseconds time);
/// The shortest text that parse_size reads back equal: "256KiB", "10000B".
std::string size_text(std::uint64_t bytes);

}  // namespace conf
