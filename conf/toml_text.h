#pragma once
// Where things stand in a TOML text, found without parsing it. Offsets are bytes; whatever the text
// holds, the answers lie inside it. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string_view>

#include "conf/findings.h"

namespace conf {

/// What may stand around keys and values.
inline constexpr std::string_view kBlank = " \t";

inline bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// The key of `key = value`, looked for backwards from the value; nothing when no '=' stands before
/// it.
std::optional<Span> key_before(std::string_view text, std::size_t value_at);

/// Where the key of a value stands. `place` is the value's, or that of the [header] or dotted key
/// that names it; it is the answer where no key is found.
Span key_place(std::string_view text, Span place, std::string_view key);

/// Where the line of that number (from 1) begins, or the last one.
std::size_t start_of_line(std::string_view text, std::size_t line);

/// The line around `at`, without its end.
std::string_view line_at(std::string_view text, std::size_t at);

/// The offset behind the string that starts at `at` (a quote), or behind the line where it is not
/// closed.
std::size_t after_string(std::string_view text, std::size_t at);

/// What is open at an offset, brackets in strings and remarks not counted.
struct Surroundings {
    std::size_t string_at = 0;  // the quote that opened the last string that begins there or before
    char bracket = 0;           // the innermost '[' or '{', or none
};
Surroundings surroundings(std::string_view text, std::size_t at);

}  // namespace conf
