// A lexer that knows only strings, comments, brackets and dots. Where it and toml11 could disagree
// about the end of a string, toml11 stops with a syntax error at that very place, so no nesting
// hides behind it.

#include "conf/toml_guard.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/toml_text.h"
#include "core/ascii.h"
#include "xmpp/xml_text.h"

namespace conf {
namespace {

constexpr std::size_t kOurKeyParts = 4;  // "pool.main.health.every"

/// Length of the longest front part that is UTF-8: it ends where the first broken character begins.
std::size_t utf8_prefix(std::string_view line) {
    std::size_t length = line.size();
    while (!xmpp::is_utf8(line.substr(0, length))) --length;
    return length;
}

/// TOML has a place for none but the tab, and for CR only in front of LF.
std::optional<Refusal> check_control_characters(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto found = std::find_if(line.begin(), line.end(),
                                    [](char c) { return c != '\t' && core::is_ascii_control(c); });
    if (found == line.end()) return std::nullopt;
    const auto at = static_cast<std::size_t>(found - line.begin());
    switch (*found) {
        case '\0': return Refusal{at, "a NUL byte", "is this a text file?"};
        case '\r':
            return Refusal{at, "a carriage return that ends no line",
                           "save the file with the line ends of Unix"};
        default: return Refusal{at, "a control character", "remove it"};
    }
}

std::optional<Refusal> check_line(std::string_view line) {
    if (line.size() > kConfigLineBytes) {
        return Refusal{0, fmt::format("a line longer than {} bytes", kConfigLineBytes),
                       "break the line"};
    }
    const auto refusal = check_control_characters(line);
    // The first problem of the line is reported.
    if (refusal) line = line.substr(0, refusal->at);
    if (!xmpp::is_utf8(line)) {
        return Refusal{utf8_prefix(line), "bytes that are not UTF-8", "save the file as UTF-8"};
    }
    return refusal;
}

std::optional<Refusal> check_lines(std::string_view text) {
    for (std::size_t start = 0; start < text.size();) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        if (auto refusal = check_line(text.substr(start, end - start))) {
            refusal->at += start;
            return refusal;
        }
        start = end + 1;
    }
    return std::nullopt;
}

/// Whether a table, a key's value or a further value begins at this byte, or one more part of a
/// dotted key that is longer than any of ours.
bool begins_item(std::string_view text, std::size_t at, std::size_t dots) {
    const bool is_second_of_header =
        at > 0 && text[at] == '[' && text[at - 1] == '[' && (at == 1 || text[at - 2] == '\n');
    if (is_second_of_header) return false;
    switch (text[at]) {
        case '[':
        case '{':
        case '=':
        case ',': return true;
        case '.': return dots >= kOurKeyParts;
        default: return false;
    }
}

std::optional<Refusal> check_structure(std::string_view text) {
    std::size_t items = 0;
    std::size_t depth = 0;
    std::size_t dots = 0;  // since the last byte that ends a dotted key
    for (std::size_t at = 0; at < text.size();) {
        const char byte = text[at];
        if (byte == '"' || byte == '\'') {
            at = after_string(text, at);
            continue;
        }
        if (byte == '#') {
            at = std::min(text.find('\n', at), text.size());
            continue;
        }
        if (byte == '[' || byte == '{') ++depth;
        if ((byte == ']' || byte == '}') && depth > 0) --depth;
        if (byte == '.') ++dots;
        if (begins_item(text, at, dots) && ++items > kConfigItems) {
            return Refusal{
                at, fmt::format("more than {} tables, keys and values", kConfigItems),
                "let \"*.DOMAIN\" stand for many domains, SRV records for many backends"};
        }
        if (byte == '\n' || byte == '=' || byte == ',' || byte == '[' || byte == '{') dots = 0;
        if (depth > kConfigDepth || dots >= kConfigDepth) {
            return Refusal{at, fmt::format("nested deeper than {} levels", kConfigDepth),
                           "no key of this file needs more than four"};
        }
        ++at;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Refusal> guard(std::string_view text) {
    if (text.size() > kConfigBytes) {
        return Refusal{0, fmt::format("larger than {} MiB", kConfigBytes >> 20),
                       "is this the right file?"};
    }
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
        return Refusal{0, "this is UTF-16", "save the file as UTF-8"};
    if (auto refusal = check_lines(text)) return refusal;
    return check_structure(text);
}

}  // namespace conf
