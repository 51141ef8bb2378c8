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

std::string Problem::summary() const {
    std::string text = fmt::format("{}:{}:{}: {}: ", file.empty() ? "-" : file.string(), line,
                                   column, conf::to_string(severity));
    if (!where.empty()) text += where + ": ";
    text += what;
    if (!hint.empty()) text += " (" + hint + ")";
    // Names and paths out of the file may hold anything, by way of escapes.
    return printable(text);
}

std::string Problem::to_string() const {
    const std::size_t first = column > kShownBefore ? column - kShownBefore : 0;
    const std::string shown = characters(source_line, first, kShownCharacters);
    const std::string number = std::to_string(line);
    const std::size_t before = column - 1 - std::min(first, column - 1);
    const std::size_t marks = std::clamp<std::size_t>(width, 1, kShownCharacters);
    return fmt::format("{}\n {} | {}\n {:{}} | {:{}}^{:~>{}}", summary(), number, shown, "",
                       number.size(), "", before, "", marks - 1);
}

}  // namespace conf
