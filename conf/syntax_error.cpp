// The words are those of toml11 3.7.1 (conf/toml11_4_words makes those of 4 alike). To it duplicate
// keys and tables are syntax errors, and it refuses [a.b] behind [[a.b.c]], which TOML and toml11 4
// allow: the hint says to write it above.

#include "conf/syntax_error.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "conf/meant_line.h"
#include "conf/meant_value.h"
#include "conf/toml_text.h"

namespace conf {
namespace {

/// Where the operator has to look, seen from the place that toml11 names.
enum class Look : std::uint8_t { there, at_value, at_line, at_string };

struct Translation {
    std::string_view theirs;  // a part of toml11's sentence
    std::string_view what;
    std::string_view hint;
    Look look = Look::there;
    bool is_of_line = false;  // the line itself may show what was meant
};

constexpr std::string_view kNumberHint =
    "0x has hexadecimal digits, 0o octal ones, 0b zeros and ones; text needs quotes";

constexpr std::array kTranslations{
    Translation{"unknown value appeared", "not a TOML value", "text needs quotes: \"...\""},
    // A word that begins with n or i is taken for a broken nan or inf.
    Translation{"parse_floating", "not a TOML value", "text needs quotes: \"...\""},
    Translation{"parse_boolean", "not a TOML value", "true, false, or text in quotes"},
    Translation{"missing key-value separator", "no \"=\" after the key", "write key = value",
                Look::there, true},
    Translation{"empty key", "no key in front of \"=\"", "write key = value"},
    Translation{"missing value after", "no value after \"=\"", "write key = value"},
    Translation{"parse_basic_string",
                "text that is not closed, or holds a wrong escape or a control character",
                "close the quote on the same line; a backslash is written twice"},
    Translation{"parse_literal_string", "text that is not closed, or holds a control character",
                "close the quote on the same line"},
    Translation{"parse_ml_", "text in three quotes that is not closed",
                "close it with three quotes"},
    Translation{"leading zero", "a number with a zero in front", "write it without",
                Look::at_value},
    Translation{"newline required after", "something follows the table's header on its line",
                "break the line", Look::there, true},
    Translation{"missing array separator",
                "no comma between two values of an array, or no \"]\" behind them",
                "write a comma between them, or \"]\" behind the last"},
    Translation{"invalid format appeared in an array", "no value, and no end of the array",
                "text needs quotes, and \"]\" is the end: [\"...\", \"...\"]"},
    Translation{"missing curly brace", "a table in braces that is not closed",
                "close it with \"}\" on the same line"},
    Translation{"trailing comma", "a comma behind the last key of a table in braces", "remove it"},
    Translation{"invalid format for key", "not a key",
                "it has letters, digits, \"-\" and \"_\", no blank and nothing invisible",
                Look::there, true},
    Translation{"surrounded by digits", "a \"_\" that does not stand between two digits",
                "write the number without"},
    Translation{"conform RFC3339", "not a TOML value", "text needs quotes: \"...\"",
                Look::at_value},
    Translation{"bad time", "not a TOML value", "text needs quotes: \"...\"", Look::at_value},
    Translation{"bad offset", "not a TOML value", "text needs quotes: \"...\"", Look::at_value},
    Translation{"bad datetime", "not a TOML value", "text needs quotes: \"...\"", Look::at_value},
    Translation{"bad float", "not a number", "digits stand on both sides of the point: 0.5"},
    Translation{"hexadecimal_integer", "not a number", kNumberHint, Look::at_value},
    Translation{"octal_integer", "not a number", kNumberHint, Look::at_value},
    Translation{"not valid UTF-8", "text with an escape that stands for no character",
                "a backslash is written twice", Look::at_string},
    Translation{"neither table nor", "a key of this name stands above, so it is no table",
                "remove one of them", Look::at_line},
    Translation{"immutable", "a table in braces takes nothing that stands outside of them",
                "write the key between the braces", Look::at_line},
    Translation{"collides with existing", "an array of this name stands above",
                "remove one of them"},
    Translation{"missing table separator", "no comma between two keys of a table in braces",
                "write a comma between them"},
};

/// A value with something behind it, `100;` or `30s`: say what was meant.
std::string hint_for_rest(std::string_view line, std::size_t column) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || column < equals) return "one key = value per line";
    const std::string_view rest = line.substr(equals + 1);
    const std::string_view value = bare_value(rest.substr(0, rest.find_first_of("#\r")));
    if (value.empty() || value.find_first_of("\"=") != std::string_view::npos)
        return "one key = value per line";
    if (value.find_first_not_of("0123456789") == std::string_view::npos)
        return fmt::format("write {}", value);
    return "write " + in_quotes(value);
}

/// "write `meant`", or what is right for every line of that kind.
std::string hint_or(const std::string& meant, std::string_view otherwise) {
    return meant.empty() ? std::string(otherwise) : "write " + meant;
}

/// What stands between the brackets of a [header] or [[header]].
std::string_view header_name(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t[");
    if (first == std::string_view::npos) return {};
    return line.substr(first, line.find(']', first) - first);
}

/// What word processors and browsers make of quotes and blanks is neither to TOML.
std::string hint_for_look_alikes(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const std::string_view no_break_space = "\u00A0";
    if (has_typographic_quotes(line) && meant_header(line).empty())
        return "write \" in place of typographic quotes";
    return line.find(no_break_space) == std::string_view::npos
               ? std::string()
               : "write blanks in place of no-break spaces (U+00A0)";
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

std::size_t start_of_value(std::string_view text, std::size_t at) {
    const std::size_t before = text.substr(0, at).find_last_of(" \t\n=,[{");
    return before == std::string_view::npos ? 0 : before + 1;
}

std::size_t look(Look where, std::string_view text, std::size_t at) {
    switch (where) {
        case Look::there: break;
        case Look::at_value: return start_of_value(text, at);
        case Look::at_string: return surroundings(text, at).string_at;
        case Look::at_line: {
            const std::string_view line = line_at(text, at);
            return static_cast<std::size_t>(line.data() - text.data()) +
                   std::min(line.find_first_not_of(kBlank), line.size());
        }
    }
    return at;
}

/// Says more exactly what toml11 3 throws together.
std::string_view refined(std::string_view drawing, std::string_view text, std::size_t at) {
    const std::string_view value = text.substr(start_of_value(text, at));
    const bool has_prefix =
        value.starts_with("0x") || value.starts_with("0o") || value.starts_with("0b");
    if (has(drawing, "leading zero") && has_prefix) return "octal_integer";
    const bool is_in_array = has(drawing, "invalid format appeared in an array");
    if (is_in_array && value.starts_with('"')) return "parse_basic_string";
    if (is_in_array && value.starts_with('\'')) return "parse_literal_string";
    return drawing;
}

/// Replaces toml11's own words where ours say more.
void translate(SyntaxError& error, std::string_view drawing, std::string_view text,
               std::size_t column) {
    const std::string_view line = line_at(text, error.place.at);
    if (has(drawing, "invalid line format")) {
        error.what = "something follows the value on its line";
        error.hint = hint_for_rest(line, column);
    } else if (has(drawing, "invalid key appeared")) {
        const bool in_header = is_header(line, column);
        error.what = in_header ? "a table header that is not closed or not a name" : "not a key";
        error.hint = in_header ? hint_or(meant_header(line), "write [name] or [[name]]")
                               : "write key = value, or # in front of a remark";
    }
    for (const Translation& entry : kTranslations) {
        if (!has(drawing, entry.theirs)) continue;
        error.what = entry.what;
        error.hint = entry.hint;
        error.place.at = look(entry.look, text, error.place.at);
        // `tls: "direct"`, `weight 100`, [pool.main.backend]]
        if (entry.is_of_line)
            error.hint = hint_or(
                is_header(line, line.find('[')) ? meant_header(line) : meant_assignment(line),
                entry.hint);
        break;
    }
}

}  // namespace

SyntaxError explain_syntax_error(const TomlComplaint& complaint, std::string_view text) {
    const std::string& drawing = complaint.said;
    const TomlPlace at = complaint.at;
    if (!complaint.is_of_text)
        return {{}, "the file cannot be read as TOML: " + drawing, "", false};
    const std::size_t start = start_of_line(text, at.line);
    const std::string_view line = line_at(text, start);
    const bool in_header = is_header(line, at.column);
    SyntaxError error;
    error.place = {start + std::min(at.column, line.size()), 1};
    if (has(drawing, "already exists") || has(drawing, "defined")) {
        error.what = in_header ? "this table is given twice" : "this key is given twice";
        if (const auto key = key_before(text, error.place.at)) error.place = *key;
        if (complaint.earlier) error.hint = hint_for_double(text, complaint.earlier->line, line);
        error.may_go_on = true;
        return error;
    }
    error.what = first_sentence(drawing);
    translate(error, refined(drawing, text, error.place.at), text, at.column);
    if (const std::string blamed = hint_for_look_alikes(line); !blamed.empty()) error.hint = blamed;
    error.may_go_on = (has(line, "=") || in_header) && ends_with_its_line(line, drawing);
    return error;
}

}  // namespace conf
