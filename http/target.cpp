#include "http/target.h"

#include <optional>
#include <string>

#include "core/ascii.h"
#include "http/utf8_check.h"

namespace http {
namespace {

constexpr std::string_view kBadByte = "The target holds a byte that may not stand there.";
constexpr std::string_view kBadEncoding = "The path holds an encoding that may not stand there.";

std::optional<unsigned> hex_digit(char c) {
    if (core::is_ascii_digit(c)) return static_cast<unsigned>(c - '0');
    c = core::ascii_lower(c);
    if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
    return std::nullopt;
}

/// Beside what a request line cannot hold. Browsers leave some of the others as they are.
bool may_stand_in_target(char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F &&
           std::string_view("#\\\"<>").find(c) == std::string_view::npos;
}

/// The path without its encodings; nullopt when one of them may not stand there.
std::optional<std::string> decoded(std::string_view path) {
    std::string text;
    text.reserve(path.size());
    while (!path.empty()) {
        char c = path.front();
        path.remove_prefix(1);
        if (c == '%') {
            const auto high = path.size() < 2 ? std::nullopt : hex_digit(path[0]);
            const auto low = path.size() < 2 ? std::nullopt : hex_digit(path[1]);
            if (!high || !low) return std::nullopt;
            c = static_cast<char>(*high * 16 + *low);
            if (c == '/' || c == '\\' || core::is_ascii_control(c)) return std::nullopt;
            path.remove_prefix(2);
        }
        text += c;
    }
    return text;
}

/// Servers written in Java cut off what follows ';' and then look at the dots.
bool has_dot_segment(std::string_view path) {
    while (true) {
        const auto slash = path.find('/');
        std::string_view segment = path.substr(0, slash);
        segment = segment.substr(0, segment.find(';'));
        if (segment == "." || segment == "..") return true;
        if (slash == path.npos) return false;
        path.remove_prefix(slash + 1);
    }
}

}  // namespace

std::string_view flaw_of_target(std::string_view target) {
    if (!target.starts_with('/')) return "The target must be a path.";
    for (const char c : target)
        if (!may_stand_in_target(c)) return kBadByte;
    const auto path = decoded(target.substr(0, target.find('?')));
    if (!path || !is_utf8(*path)) return kBadEncoding;
    if (has_dot_segment(*path)) return "The path may not lead upwards.";
    return {};
}

}  // namespace http
