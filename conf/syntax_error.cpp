// toml11 3.7.1 stops at the first error, duplicate keys and tables included (both are syntax errors
// to it), and refuses [a.b] behind [[a.b.c]], which TOML allows: the hint says to write it above.
// An error knows its line, but its column is often 1; the drawing inside what() has the right one.

#include "conf/syntax_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <sstream>
#include <vector>

#include "conf/toml_text.h"

namespace conf {
namespace {

constexpr std::string_view kBlank = " \t";

/// One place of toml11's drawing: ` 12 | source line`, and below it ` | ` and a mark under the
/// place.
struct Drawn {
    std::size_t line = 0;
    std::size_t column = 0;  // bytes, from 0
};

std::vector<Drawn> drawn_places(const std::string& drawing) {
    std::vector<Drawn> places;
    std::istringstream lines(drawing);
    std::size_t numbered = 0;  // of the line just read; 0: it had no number
    for (std::string line; std::getline(lines, line);) {
        const std::size_t bar = line.find(" | ");
        const std::size_t digit = line.find_first_not_of(' ');
        const std::size_t mark = bar == std::string::npos ? bar : line.find_first_of("^~", bar);
        std::size_t number = 0;
        if (bar != std::string::npos && digit < bar) {
            std::from_chars(line.data() + digit, line.data() + bar, number);
        } else if (numbered != 0 && mark != std::string::npos) {
            places.push_back({numbered, mark - bar - 3});
        }
        numbered = number;
    }
    return places;
}

struct Translation {
    std::string_view theirs;  // a part of toml11's sentence
    std::string_view what;
    std::string_view hint;
};

constexpr std::array kTranslations{
    Translation{"unknown value appeared", "not a TOML value", "text needs quotes: \"...\""},
    // A word that begins with n or i is taken for a broken nan or inf.
    Translation{"parse_floating", "not a TOML value", "text needs quotes: \"...\""},
    Translation{"parse_boolean", "not a TOML value", "true, false, or text in quotes"},
    Translation{"missing key-value separator", "no \"=\" after the key", "write key = value"},
    Translation{"empty key", "no key in front of \"=\"", "write key = value"},
    Translation{"missing value after", "no value after \"=\"", "write key = value"},
    Translation{"parse_basic_string",
                "text that is not closed, or holds a wrong escape or a control character",
                "close the quote on the same line; a backslash is written twice"},
    Translation{"parse_literal_string", "text that is not closed, or holds a control character",
                "close the quote on the same line"},
    Translation{"parse_ml_", "text in three quotes that is not closed",
                "close it with three quotes"},
    Translation{"leading zero", "a number with a zero in front", "write it without"},
    Translation{"newline required after", "something follows the table's header on its line",
                "break the line"},
    Translation{"missing array separator",
                "no comma between two values of an array, or no \"]\" behind them",
                "write a comma between them, or \"]\" behind the last"},
    Translation{"invalid format appeared in an array", "no value, and no end of the array",
                "text needs quotes, and \"]\" is the end: [\"...\", \"...\"]"},
    Translation{"missing curly brace", "a table in braces that is not closed",
                "close it with \"}\" on the same line"},
    Translation{"trailing comma", "a comma behind the last key of a table in braces", "remove it"},
    Translation{"invalid format for key", "not a key",
                "it has letters, digits, \"-\" and \"_\", no blank and nothing invisible"},
    Translation{"surrounded by digits", "a \"_\" that does not stand between two digits",
                "write the number without"},
    Translation{"conform RFC3339", "not a TOML value", "text needs quotes: \"...\""},
    Translation{"neither table nor", "a key of this name stands above, so it is no table",
                "remove one of them"},
};

/// `30s` without quotes is a number with something behind it: say what was meant.
std::string hint_for_rest(std::string_view line, std::size_t column) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || column < equals) return "one key = value per line";
    std::string_view value = line.substr(equals + 1);
    value = value.substr(0, value.find_first_of("#\r"));
    const std::size_t first = value.find_first_not_of(kBlank);
    if (first == std::string_view::npos || value.find_first_of("\"=") != std::string_view::npos) {
        return "one key = value per line";
    }
    value = value.substr(first, value.find_last_not_of(kBlank) + 1 - first);
    return "write " + in_quotes(value);
}

/// What stands between the brackets of a [header] or [[header]].
std::string_view header_name(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t[");
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find(']', first) - first);
}

/// Where the first of two equal names stands; [a.b] behind [[a.b.c]] is only in the wrong order.
std::string hint_for_double(std::string_view text, std::size_t first_line,
                            std::string_view second) {
    const std::string_view first = line_at(text, start_of_line(text, first_line));
    const bool is_array =
        first.substr(std::min(first.find_first_not_of(kBlank), first.size())).starts_with("[[") &&
        second.find("[[") == std::string_view::npos;
    const std::string_view name = header_name(second);
    if (is_array && header_name(first) == name)
        return fmt::format("write [[{}]] as on line {}", name, first_line);
    return is_array ? fmt::format("write it above line {}", first_line)
                    : fmt::format("first on line {}", first_line);
}

std::string first_sentence(const std::string& drawing) {
    std::string sentence = drawing.substr(0, drawing.find('\n'));
    if (sentence.starts_with("[error] ")) sentence.erase(0, 8);
    // "toml::parse_key: an invalid key" speaks of their function, which is nothing to an operator.
    if (const std::size_t colon = sentence.find(": ");
        sentence.starts_with("toml::") && colon != sentence.npos) {
        sentence.erase(0, colon + 2);
    }
    return sentence.empty() ? "not valid TOML" : sentence;
}

bool has(std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
}

/// Is the line a [header], as far as the column shows it?
bool is_header(std::string_view line, std::size_t column) {
    return line.substr(0, column + 1).find_first_not_of(" \t[") == std::string_view::npos &&
           has(line, "[");
}

/// What is broken inside brackets or three quotes has no clear end: going on would only make noise.
bool ends_with_its_line(std::string_view line, std::string_view drawing) {
    const std::size_t equals = line.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : line.substr(equals + 1);
    return value.find_first_of("[{") == std::string_view::npos && !has(value, "\"\"\"") &&
           !has(value, "'''") && !has(drawing, "parse_array:");
}

/// Replaces toml11's own words where ours say more.
void translate(SyntaxError& error, std::string_view drawing, std::string_view line,
               const Drawn& at) {
    if (has(drawing, "invalid line format")) {
        error.what = "something follows the value on its line";
        error.hint = hint_for_rest(line, at.column);
    } else if (has(drawing, "invalid key appeared")) {
        const bool in_header = is_header(line, at.column);
        error.what = in_header ? "a table header that is not closed or not a name" : "not a key";
        error.hint =
            in_header ? "write [name] or [[name]]" : "write key = value, or # in front of a remark";
    }
    for (const Translation& entry : kTranslations) {
        if (!has(drawing, entry.theirs)) continue;
        error.what = entry.what;
        error.hint = entry.hint;
        break;
    }
}

}  // namespace

SyntaxError explain_syntax_error(const std::string& drawing, std::size_t line_number,
                                 std::size_t column, std::string_view text) {
    const std::vector<Drawn> places = drawn_places(drawing);
    const Drawn at = places.empty() ? Drawn{line_number, column} : places.back();
    const std::size_t start = start_of_line(text, at.line);
    const std::string_view line = line_at(text, start);
    const bool in_header = is_header(line, at.column);
    SyntaxError error;
    error.place = {start + std::min(at.column, line.size()), 1};
    if (has(drawing, "already exists") || has(drawing, "defined")) {
        error.what = in_header ? "this table is given twice" : "this key is given twice";
        if (const auto key = key_before(text, error.place.at)) error.place = *key;
        if (places.size() > 1) error.hint = hint_for_double(text, places.front().line, line);
        error.may_go_on = true;
        return error;
    }
    error.what = first_sentence(drawing);
    translate(error, drawing, line, at);
    error.may_go_on = (has(line, "=") || in_header) && ends_with_its_line(line, drawing);
    return error;
}

}  // namespace conf
