#include "conf/toml11_4_words.h"

#include <algorithm>
#include <array>

#include "conf/toml_text.h"

namespace conf {
namespace {

/// One complaint, its place, and the line around it.
struct Flaw {
    TomlComplaint& complaint;
    std::string_view text;
    std::string_view line = line_at(text, start_of_line(text, complaint.at.line));

    /// What stands from the place to the end of the line.
    std::string_view rest() const {
        return line.substr(std::min(complaint.at.column, line.size()));
    }
    /// Nothing but a remark?
    bool is_at_end_of_line() const {
        const std::size_t first = rest().find_first_not_of(" \t\r");
        return first == std::string_view::npos || rest()[first] == '#';
    }
    std::size_t offset() const {
        return start_of_line(text, complaint.at.line) + std::min(complaint.at.column, line.size());
    }
    void say(std::string_view words) { complaint.said = words; }
    void move_to_start_of_line() {
        complaint.at.column = std::min(line.find_first_not_of(kBlank), line.size());
    }
    /// To behind the last of what stands before the place and is none of `passed`.
    void move_back_over(std::string_view passed) {
        const std::size_t last = line.substr(0, complaint.at.column).find_last_not_of(passed);
        complaint.at.column = last == std::string_view::npos ? 0 : last + 1;
    }
    void move_to(std::size_t offset) {
        const auto before = text.substr(0, offset);
        const std::size_t end = before.rfind('\n');
        complaint.at.line =
            1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
        complaint.at.column = end == std::string_view::npos ? offset : offset - end - 1;
    }
};

void key_is_broken(Flaw& flaw) {
    const std::string_view before =
        flaw.line.substr(0, std::min(flaw.complaint.at.column, flaw.line.size()));
    const std::size_t last = before.find_last_not_of(kBlank);
    if (last != std::string_view::npos && before[last] == '.') {
        flaw.move_back_over(" \t.");
        flaw.say("invalid format for key");
    } else {
        flaw.say(flaw.rest().starts_with('=') ? "empty key" : "invalid key appeared");
    }
}

void no_separator(Flaw& flaw) {
    flaw.say(has(flaw.rest(), "=") ? "invalid format for key" : "missing key-value separator");
    flaw.move_back_over(kBlank);
}

void no_value(Flaw& flaw) {
    if (surroundings(flaw.text, flaw.offset()).bracket == '[') {
        flaw.say("parse_array: invalid format appeared in an array");
    } else if (flaw.is_at_end_of_line()) {
        flaw.say("missing value after");
    }
}

/// toml11 3 names the quote that opens the text, 4 the byte where it gave up.
void text_is_broken(Flaw& flaw) {
    // Of a character that does not exist, 4 knows the line alone.
    if (has(flaw.complaint.said, "parse_utf8_codepoint")) {
        const std::size_t escape = flaw.line.find("\\");
        if (escape != std::string_view::npos) flaw.complaint.at.column = escape;
        flaw.say("not valid UTF-8");
    } else if (has(flaw.complaint.said, "parse_escape_sequence")) {
        const bool is_long =
            flaw.text.substr(surroundings(flaw.text, flaw.offset()).string_at, 3) == R"(""")";
        flaw.say(is_long ? "parse_ml_basic_string" : "parse_basic_string");
    }
    flaw.move_to(surroundings(flaw.text, flaw.offset()).string_at);
    const std::string_view line = line_at(flaw.text, flaw.offset());
    if (line.substr(0, flaw.complaint.at.column).find_first_not_of(kBlank) ==
        std::string_view::npos) {
        flaw.say("invalid key appeared");
    }
}

void header_is_broken(Flaw& flaw) {
    flaw.move_to_start_of_line();
    flaw.say("invalid key appeared");
}

void header_has_company(Flaw& flaw) {
    flaw.move_back_over(kBlank);
    flaw.say("newline required after");
}

void table_in_braces_is_broken(Flaw& flaw) {
    flaw.say(flaw.is_at_end_of_line() ? "missing curly brace" : "missing table separator");
}

void array_is_open(Flaw& flaw) {
    flaw.move_to(flaw.text.size());
    flaw.say("parse_array: missing array separator");
}

struct Rule {
    std::string_view theirs;  // a part of what toml11 4 says
    void (*act)(Flaw&);
};

/// The first one that fits counts.
constexpr std::array kRules{
    Rule{"newline (LF / CRLF) or EOF", [](Flaw& flaw) { flaw.say("invalid line format"); }},
    Rule{"newline (or EOF) expected", header_has_company},
    Rule{"invalid table key", header_is_broken},
    Rule{"invalid array-table key", header_is_broken},
    Rule{"invalid array-of-tables key", header_is_broken},
    Rule{"must be in lowercase", [](Flaw& flaw) { flaw.say("unknown value appeared"); }},
    Rule{"invalid key value separator", no_separator},
    Rule{"invalid key: key must be", key_is_broken},
    Rule{"unknown value appeared", no_value},
    Rule{"parse_basic_string", text_is_broken},
    Rule{"parse_literal_string", text_is_broken},
    Rule{"parse_ml_", text_is_broken},
    Rule{"parse_escape_sequence", text_is_broken},
    Rule{"parse_utf8_codepoint", text_is_broken},
    Rule{"parse_hex_integer", [](Flaw& flaw) { flaw.say("parse_hexadecimal_integer"); }},
    Rule{"parse_oct_integer", [](Flaw& flaw) { flaw.say("parse_octal_integer"); }},
    Rule{"parse_bin_integer", [](Flaw& flaw) { flaw.say("parse_octal_integer"); }},
    Rule{"invalid digit after an integer", [](Flaw& flaw) { flaw.say("parse_octal_integer"); }},
    Rule{"integer part is required", [](Flaw& flaw) { flaw.say("bad float: invalid format"); }},
    Rule{"missing closing bracket `]`", array_is_open},
    Rule{"`,` or closing `]`",
         [](Flaw& flaw) { flaw.say("parse_array: missing array separator"); }},
    Rule{"`,` or closing `}`", table_in_braces_is_broken},
    Rule{"missing closing bracket `}`", table_in_braces_is_broken},
    Rule{"invalid date.", [](Flaw& flaw) { flaw.say("conform RFC3339"); }},
    Rule{"invalid time.", [](Flaw& flaw) { flaw.say("conform RFC3339"); }},
    Rule{"inline array of tables", [](Flaw& flaw) { flaw.say("collides with existing"); }},
    Rule{"reopening a table", [](Flaw& flaw) { flaw.say("already defined"); }},
    Rule{"insert an array of tables", [](Flaw& flaw) { flaw.say("already exists"); }},
    Rule{"non-table value already exists", [](Flaw& flaw) { flaw.say("neither table nor"); }},
};

}  // namespace

TomlComplaint as_toml11_3_says(TomlComplaint theirs, std::string_view text) {
    Flaw flaw{theirs, text};
    const auto rule = std::find_if(kRules.begin(), kRules.end(),
                                   [&](const Rule& each) { return has(theirs.said, each.theirs); });
    if (rule != kRules.end()) rule->act(flaw);
    return theirs;
}

}  // namespace conf
