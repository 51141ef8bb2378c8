#pragma once
// What must hold before toml11 3.7.1 may see a text: it overflows the stack on 100,000 nested
// brackets, reads NUL bytes and broken UTF-8 as they come, and copies the current line for each
// thing it tries. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace conf {

inline constexpr std::size_t kConfigBytes = 4 * 1024 * 1024;  // of one file
inline constexpr std::size_t kConfigLineBytes = 4 * 1024;     // of one line
/// Tables, keys and values of one file. toml11 takes 25 us for a table with a short name and
/// 80 for a long dotted one (measured): four seconds at worst, in which a process that reads its
/// file again hears no command.
inline constexpr std::size_t kConfigItems = 50'000;
inline constexpr std::size_t kConfigDepth = 32;  // brackets open at once; parts of one dotted key

struct Refusal {
    std::size_t at = 0;  // byte offset
    std::string what;
    std::string hint;
};

/// Why the parser must not open this text, or nothing. Brackets inside strings and comments do not
/// count.
std::optional<Refusal> guard(std::string_view text);

}  // namespace conf
