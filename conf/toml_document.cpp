// toml11 3.7.1, with its habits worked around:
// - it keeps no key places and no order: keys are found by walking back from their values, children
//   are sorted by place. value.location() counts newlines from the start of the file on each call,
//   so offsets come from the region itself.
// - [a.b.c] and a.b = 1 make tables whose region is the header or the dotted key that named them
//   first.
// - integers too large for 64 bits become the largest one in silence; the ranges of the reader
//   refuse them.
// What it says of errors is conf/syntax_error's.

#include "conf/toml_document.h"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <toml.hpp>

#include "conf/syntax_error.h"
#include "conf/toml_text.h"

namespace conf {
namespace {

using Value = toml::basic_value<toml::discard_comments, std::map>;

constexpr int kMostSyntaxErrors = 20;
// Larger texts stop at the first error: each costs one more parse.
constexpr std::size_t kRecoveryBytes = 64 * 1024;

Span place_of(const Value& value, std::string_view text) {
    const auto* region = dynamic_cast<const toml::detail::region*>(toml::detail::get_region(value));
    if (region == nullptr) return {};
    const auto at = static_cast<std::size_t>(region->first() - region->begin());
    return {std::min(at, text.size()), region->size()};
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

/// Overwrites with blanks what cannot be read: the line of `at`, or from a header the whole
/// section. Line numbers stay. False when there was nothing left to take away.
bool take_away(std::string& text, std::size_t at) {
    const std::string_view line = line_at(text, at);
    auto from = static_cast<std::size_t>(line.data() - text.data());
    std::size_t to = from + line.size();
    if (line.substr(0, line.find_first_not_of(" \t") + 1).ends_with('[')) {
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
        const auto where = thrown.location();
        return explain_syntax_error(thrown.what(), where.line(), where.column() - 1, text);
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
