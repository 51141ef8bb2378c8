#pragma once
// "Did you mean": the known name that a mistyped one most resembles. Pure; any thread.

#include <span>
#include <string>
#include <string_view>

namespace conf {

/// The candidate nearest to `typed` by edit distance (insert, drop, change, swap of neighbours;
/// letter case and the choice between '-' and '_' count nothing; one that begins with the other is
/// near), or "" when none is near enough to be meant.
std::string_view near_name(std::string_view typed, std::span<const std::string_view> candidates);

/// `did you mean "weight"?`, or "" when nothing is near.
std::string did_you_mean(std::string_view typed, std::span<const std::string_view> candidates);

}  // namespace conf
