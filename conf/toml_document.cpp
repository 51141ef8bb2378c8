// toml11 3.7.1, with its habits worked around:
// - it keeps no key places and no order: keys are found by walking back from their values, children
// are
//   sorted by place. value.location() counts newlines from the start of the file on each call, so
//   offsets come from the region itself.
// - [a.b.c] and a.b = 1 make tables whose region is the header or the dotted key that named them
// first.
// - a syntax error knows its line, but its column is often 1; the drawing inside what() has the
// right one.
// - it stops at the first error, duplicate keys and tables included (both are syntax errors to it).
// - it refuses [a.b] behind [[a.b.c]], which TOML allows: the hint says to write it above.
// - integers too large for 64 bits become the largest one in silence; the ranges of the reader
// refuse them.

#include "conf/toml_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <sstream>
#include <toml.hpp>

namespace conf {
namespace {

using Value = toml::basic_value<toml::discard_comments, std::map>;

constexpr std::string_view kBlank = " \t";
constexpr std::string_view kBareKey =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
constexpr int kMostSyntaxErrors = 20;
constexpr std::size_t kRecoveryBytes =
    64 * 1024;  // larger texts stop at the first: each error costs one more parse

// --- places
// ---------------------------------------------------------------------------------------------

Span place_of(const Value& value, std::string_view text) {
    const auto* region = dynamic_cast<const toml::detail::region*>(toml::detail::get_region(value));
    if (region == nullptr) return {};
    const auto at = static_cast<std::size_t>(region->first() - region->begin());
    return {std::min(at, text.size()), region->size()};
}

/// The key of `key = value`, looked for backwards from the value; nothing when no '=' stands before
/// it.
std::optional<Span> key_before(std::string_view text, std::size_t value_at) {
    const std::size_t equals = text.substr(0, value_at).find_last_not_of(kBlank);
    if (equals == std::string_view::npos || text[equals] != '=') return std::nullopt;
    const std::size_t last = text.substr(0, equals).find_last_not_of(kBlank);
    if (last == std::string_view::npos) return std::nullopt;
    if (text[last] == '"' || text[last] == '\'') {
        const std::size_t open =
            last == 0 ? std::string_view::npos : text.rfind(text[last], last - 1);
        if (open == std::string_view::npos) return std::nullopt;
        return Span{open, last + 1 - open};
    }
    const std::size_t before = text.substr(0, last + 1).find_last_not_of(kBareKey);
    const std::size_t first = before == std::string_view::npos ? 0 : before + 1;
    return Span{first, last + 1 - first};
}

Span key_place(std::string_view text, Span place, std::string_view key) {
    if (const auto found = key_before(text, place.at)) return *found;
    // A [header] or a dotted key: this key is one part of it, between dots, quotes, brackets or
    // blanks.
    constexpr std::string_view kEdges = "[].=\"' \t";
    const std::string_view names = text.substr(place.at, place.length);
    const auto is_edge = [&](std::size_t at) {
        return at >= names.size() || kEdges.find(names[at]) != std::string_view::npos;
    };
    for (std::size_t at = names.find(key); at != std::string_view::npos && !key.empty();
         at = names.find(key, at + 1)) {
        if ((at == 0 || is_edge(at - 1)) && is_edge(at + key.size()))
            return {place.at + at, key.size()};
    }
    return place;
}

// --- values
// ---------------------------------------------------------------------------------------------

Node to_node(const Value& value, std::string_view text) {
    Node node;
    node.place = place_of(value, text);
    node.key_place = node.place;
    switch (value.type()) {
        case toml::value_t::table:
            node.kind = Node::Kind::table;
            for (const auto& [key, child] : value.as_table()) {
                Node& made = node.children.emplace_back(to_node(child, text));
                made.key = key;
                made.key_place = key_place(text, made.place, key);
            }
            std::stable_sort(
                node.children.begin(), node.children.end(),
                [](const Node& a, const Node& b) { return a.key_place.at < b.key_place.at; });
            break;
        case toml::value_t::array:
            node.kind = Node::Kind::array;
            for (const Value& child : value.as_array())
                node.children.push_back(to_node(child, text));
            break;
        case toml::value_t::string:
            node.kind = Node::Kind::string;
            node.text = value.as_string().str;
            break;
        case toml::value_t::integer:
            node.kind = Node::Kind::integer;
            node.integer = value.as_integer();
            break;
        case toml::value_t::boolean:
            node.kind = Node::Kind::boolean;
            node.boolean = value.as_boolean();
            break;
        case toml::value_t::floating: node.kind = Node::Kind::floating; break;
        default: node.kind = Node::Kind::date; break;
    }
    return node;
}

// --- syntax errors
// --------------------------------------------------------------------------------------

struct SyntaxError {
    Span place;
    std::string what;
    std::string hint;
    bool may_go_on = false;  // is what cannot be read limited to its line or section?
};

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

std::size_t start_of_line(std::string_view text, std::size_t line) {
    std::size_t at = 0;
    for (; line > 1; --line) {
        const std::size_t end = text.find('\n', at);
        if (end == std::string_view::npos) break;
        at = end + 1;
    }
    return at;
}

std::string_view line_at(std::string_view text, std::size_t at) {
    at = std::min(at, text.size());
    const std::size_t before = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
    const std::size_t start = before == std::string_view::npos ? 0 : before + 1;
    return text.substr(start, text.find('\n', start) - start);
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
                "close the quote on the same line"},
    Translation{"parse_literal_string", "text that is not closed, or holds a control character",
                "close the quote on the same line"},
    Translation{"parse_ml_", "text in three quotes that is not closed",
                "close it with three quotes"},
    Translation{"leading zero", "a number with a zero in front", "write it without"},
    Translation{"newline required after", "something follows the table's header on its line",
                "break the line"},
    Translation{"missing array separator",
                "no comma between two values of an array, or no \"]\" behind them", ""},
};

/// `30s` without quotes is a number with something behind it: say what was meant.
std::string hint_for_rest(std::string_view line, std::size_t column) {
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || column < equals) return "one key = value per line";
    std::string_view value = line.substr(equals + 1);
    value = value.substr(0, value.find_first_of("#\r"));
    const std::size_t first = value.find_first_not_of(kBlank);
    if (first == std::string_view::npos || value.find('"') != std::string_view::npos) {
        return "one key = value per line";
    }
    value = value.substr(first, value.find_last_not_of(kBlank) + 1 - first);
    return "write " + in_quotes(value);
}

/// Where the first of two equal names stands; [a.b] behind [[a.b.c]] is only in the wrong order.
std::string hint_for_double(std::string_view text, std::size_t first_line,
                            std::string_view second) {
    const std::string_view first = line_at(text, start_of_line(text, first_line));
    const std::size_t name = first.find_first_not_of(" \t");
    const bool is_order = name != std::string_view::npos && first.substr(name).starts_with("[[") &&
                          second.find("[[") == std::string_view::npos;
    return is_order ? fmt::format("write it above line {}", first_line)
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

SyntaxError explain(const toml::exception& thrown, std::string_view text) {
    const std::string drawing = thrown.what();
    const std::vector<Drawn> places = drawn_places(drawing);
    const Drawn last = places.empty()
                           ? Drawn{thrown.location().line(), thrown.location().column() - 1}
                           : places.back();
    SyntaxError error;
    const std::size_t start = start_of_line(text, last.line);
    const std::string_view line = line_at(text, start);
    error.place = {start + std::min(last.column, line.size()), 1};
    error.what = first_sentence(drawing);

    const bool is_header =
        line.substr(0, last.column + 1).find_first_not_of(" \t[") == std::string_view::npos &&
        line.find('[') != std::string_view::npos;
    if (drawing.find("already exists") != std::string::npos ||
        drawing.find("defined") != std::string::npos) {
        error.what = is_header ? "this table is given twice" : "this key is given twice";
        if (const auto found = key_before(text, error.place.at)) error.place = *found;
        if (places.size() > 1) error.hint = hint_for_double(text, places.front().line, line);
        error.may_go_on = true;
        return error;
    }
    if (drawing.find("invalid line format") != std::string::npos) {
        error.what = "something follows the value on its line";
        error.hint = hint_for_rest(line, last.column);
    } else if (drawing.find("invalid key appeared") != std::string::npos) {
        error.what = is_header ? "a table header that is not closed or not a name" : "not a key";
        error.hint =
            is_header ? "write [name] or [[name]]" : "write key = value, or # in front of a remark";
    }
    for (const Translation& entry : kTranslations) {
        if (drawing.find(entry.theirs) == std::string::npos) continue;
        error.what = entry.what;
        error.hint = entry.hint;
        break;
    }
    // What is broken inside brackets or three quotes has no clear end: going on would only make
    // noise.
    const std::size_t equals = line.find('=');
    const std::string_view value = equals == std::string_view::npos ? "" : line.substr(equals + 1);
    const bool opens = value.find_first_of("[{") != std::string_view::npos ||
                       value.find("\"\"\"") != std::string_view::npos ||
                       value.find("'''") != std::string_view::npos;
    error.may_go_on = (equals != std::string_view::npos || is_header) && !opens &&
                      drawing.find("parse_array:") == std::string::npos;
    return error;
}

/// Overwrites with blanks what cannot be read: the line of `at`, or from a header the whole
/// section. Line numbers stay. False when there was nothing left to take away.
bool take_away(std::string& text, std::size_t at) {
    const std::string_view line = line_at(text, at);
    auto from = static_cast<std::size_t>(line.data() - text.data());
    std::size_t to = from + line.size();
    if (line.substr(0, line.find_first_not_of(kBlank) + 1).ends_with('[')) {
        const std::size_t next = text.find("\n[", from);
        to = next == std::string::npos ? text.size() : next;
    }
    bool has_changed = false;
    for (; from < to; ++from) {
        if (text[from] == '\n' || text[from] == ' ') continue;
        text[from] = ' ';
        has_changed = true;
    }
    return has_changed;
}

std::optional<SyntaxError> parse_once(const std::string& text, Node& root) {
    try {
        std::istringstream input(text);
        root = to_node(toml::parse<toml::discard_comments, std::map>(input, "config"), text);
        return std::nullopt;
    } catch (const toml::exception& thrown) {
        return explain(thrown, text);
    } catch (const std::exception& thrown) {
        return SyntaxError{
            {}, std::string("the file cannot be read as TOML: ") + thrown.what(), "", false};
    }
}

}  // namespace

const Node* Node::find(std::string_view name) const {
    const auto found = std::find_if(children.begin(), children.end(),
                                    [&](const Node& child) { return child.key == name; });
    return found == children.end() ? nullptr : &*found;
}

const char* to_string(Node::Kind kind) noexcept {
    switch (kind) {
        case Node::Kind::table: return "a table";
        case Node::Kind::array: return "an array";
        case Node::Kind::string: return "text";
        case Node::Kind::integer: return "a whole number";
        case Node::Kind::floating: return "a number with a point";
        case Node::Kind::boolean: return "true or false";
        case Node::Kind::date: return "a date or a time of day";
    }
    return "a value";
}

Node parse_toml(std::string_view text, Findings& findings) {
    std::string readable(text);
    Node root;
    for (int errors = 0; errors < kMostSyntaxErrors; ++errors) {
        const auto error = parse_once(readable, root);
        if (!error) break;
        findings.text_was_skipped();
        findings.error(error->place, {"", "", error->what, error->hint});
        root = Node{};
        const bool goes_on = error->may_go_on && text.size() <= kRecoveryBytes;
        if (!goes_on || !take_away(readable, error->place.at)) break;
    }
    return root;
}

std::string toml_library() {
    return "toml11 " + std::to_string(TOML11_VERSION_MAJOR) + '.' +
           std::to_string(TOML11_VERSION_MINOR) + '.' + std::to_string(TOML11_VERSION_PATCH);
}

}  // namespace conf
