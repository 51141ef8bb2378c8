#pragma once
// Where things stand in a TOML text, found without parsing it. Offsets are bytes; whatever the text
// holds, the answers lie inside it. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string_view>

#include "conf/findings.h"

namespace conf {

/// The key of `key = value`, looked for backwards from the value; nothing when no '=' stands before
/// it.
std::optional<Span> key_before(std::string_view text, std::size_t value_at);

/// Where the line of that number (from 1) begins, or the last one.
std::size_t start_of_line(std::string_view text, std::size_t line);

/// The line around `at`, without its end.
std::string_view line_at(std::string_view text, std::size_t at);

}  // namespace conf
