// How a problem is shown: one line that an editor can jump to, and the place drawn below it.

#include "conf/problem.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/terminal_text.h"
#include "core/shown_text.h"

namespace conf {
namespace {

constexpr std::size_t kShownCharacters = 96;  // of a source line: the drawing must fit a terminal
constexpr std::size_t kShownBefore = 60;      // of those, at most so many before the caret
constexpr std::size_t kIndent = 4;            // of the second line of a sentence

/// The part of `line` from character `first` on, at most `count` characters (UTF-8 is not cut).
std::string characters(const std::string& line, std::size_t first, std::size_t count) {
    std::string part;
    std::size_t seen = 0;
    for (const char byte : line) {
        if (!core::goes_on_with_character(byte)) ++seen;
        if (seen > first + count) break;
        if (seen > first) part += byte;
    }
    return part;
}

}  // namespace

const char* to_string(Severity severity) noexcept {
    return severity == Severity::error ? "error" : "warning";
}

std::string Problem::summary(std::size_t columns) const {
    // Names and paths out of the file may hold anything, by way of escapes.
    const std::string name = file.empty() ? "-" : file.string();
    const std::string at = line == 0 ? name : fmt::format("{}:{}:{}", name, line, column);
    const std::string place = printable(fmt::format("{}: {}:", at, conf::to_string(severity)));
    std::string text = place + ' ';
    if (!where.empty()) text += where + ": ";
    text += what;
    if (!hint.empty()) text += " (" + hint + ")";
    text = printable(text);
    return columns == 0 ? text : broken_at_blanks(text, place.size(), columns, kIndent);
}

std::string Problem::to_string(std::size_t columns) const {
    const std::string number = std::to_string(line);
    const std::size_t beside = number.size() + 4;  // " 12 | "
    const std::size_t fitting = columns > beside ? columns - beside : kShownCharacters;
    const std::size_t most = std::min(kShownCharacters, fitting);
    const std::size_t most_before = std::min(kShownBefore, most / 2 + most / 8);
    const std::size_t first = column > most_before ? column - most_before : 0;
    const std::string shown = characters(source_line, first, most);
    const std::size_t before = column - 1 - std::min(first, column - 1);
    const std::size_t marks = std::clamp<std::size_t>(width, 1, most - before);
    return fmt::format("{}\n {} | {}\n {:{}} | {:{}}^{:~>{}}", summary(columns), number, shown, "",
                       number.size(), "", before, "", marks - 1);
}

}  // namespace conf
