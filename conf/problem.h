#pragma once
// One thing wrong in a configuration file: where, what, and what to write instead. A plain value;
// any thread.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace conf {

enum class Severity : std::uint8_t { error, warning };
const char* to_string(Severity severity) noexcept;

struct Problem {
    Severity severity = Severity::error;
    std::filesystem::path file;
    std::size_t line = 1;     // from 1; 0: of no line
    std::size_t column = 1;   // from 1, in characters
    std::string key;          // "pool.main.backend[0].weight"; may be empty
    std::string where;        // the owner as people call it: `pool.main.backend "a"`; may be empty
    std::string what;         // the rule broken
    std::string hint;         // what to write instead; may be empty
    std::string source_line;  // as in the file, printable, no password (conf/terminal_text)
    std::size_t width = 1;    // characters that the caret underlines

    /// `FILE:LINE:COLUMN: error: pool.main.backend "a": unknown key "wieght" (did you mean
    /// "weight"?)`, printable. One line, or with `columns` as many as it takes in a terminal of so
    /// many (conf/terminal_text).
    std::string summary(std::size_t columns = 0) const;
    /// The summary, then the line of the file with a caret under the place. No newline at the end.
    std::string to_string(std::size_t columns = 0) const;
};

}  // namespace conf
