#include "conf/toml_text.h"

#include <algorithm>
#include <string>

namespace conf {
namespace {

constexpr std::string_view kBareKey =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";

}  // namespace

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

std::size_t after_string(std::string_view text, std::size_t at) {
    const char quote = text[at];
    const std::string three(3, quote);
    const bool is_multi_line = text.substr(at, 3) == three;
    at += is_multi_line ? 3 : 1;
    while (at < text.size()) {
        if (text[at] == '\\' && quote == '"') {
            at += 2;
        } else if (is_multi_line && text.substr(at, 3) == three) {
            at += 3;
            // Up to two more quotes belong to the string itself (TOML 1.0).
            for (int more = 0; more < 2 && at < text.size() && text[at] == quote; ++more) ++at;
            return at;
        } else if (!is_multi_line && (text[at] == quote || text[at] == '\n')) {
            return at + 1;
        } else {
            ++at;
        }
    }
    return text.size();
}

Surroundings surroundings(std::string_view text, std::size_t at) {
    Surroundings found;
    std::string open;
    for (std::size_t here = 0; here <= at && here < text.size();) {
        const char byte = text[here];
        if (byte == '"' || byte == '\'') {
            found.string_at = here;
            here = after_string(text, here);
            continue;
        }
        if (byte == '#') {
            here = std::min(text.find('\n', here), text.size());
            continue;
        }
        // What stands at the offset itself is not inside of it.
        if (here < at && (byte == '[' || byte == '{')) open.push_back(byte);
        if (here < at && (byte == ']' || byte == '}') && !open.empty()) open.pop_back();
        ++here;
    }
    found.bracket = open.empty() ? '\0' : open.back();
    return found;
}

}  // namespace conf
