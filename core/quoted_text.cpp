#include "core/quoted_text.h"

#include <fmt/format.h>

#include <iterator>

#include "core/shown_text.h"

namespace core {
namespace {

/// The two-character escape that text and JSON share, or null.
const char* short_escape(char byte) {
    switch (byte) {
        case '"': return "\\\"";
        case '\\': return "\\\\";
        case '\n': return "\\n";
        case '\r': return "\\r";
        case '\t': return "\\t";
        default: return nullptr;
    }
}

bool may_stand_bare(std::string_view value) {
    if (value.empty()) return false;
    while (!value.empty()) {
        const TextFront front = text_front(value);
        const char first = front.bytes[0];
        if (!front.may_be_shown || first == ' ' || first == '=' || short_escape(first) != nullptr)
            return false;
        value.remove_prefix(front.bytes.size());
    }
    return true;
}

/// `value` between quotes; what may not be shown as `escape(front)` writes it.
template <class Escape>
std::string quoted(std::string_view value, Escape escape) {
    std::string out = "\"";
    while (!value.empty()) {
        const TextFront front = text_front(value);
        if (const char* known = short_escape(front.bytes[0])) {
            out += known;
        } else if (front.may_be_shown) {
            out += front.bytes;
        } else {
            out += escape(front);
        }
        value.remove_prefix(front.bytes.size());
    }
    return out + '"';
}

}  // namespace

std::string text_quoted(std::string_view value) {
    if (may_stand_bare(value)) return std::string(value);
    return quoted(value, [](const TextFront& front) {
        std::string escaped;
        for (const char byte : front.bytes) {
            fmt::format_to(std::back_inserter(escaped), "\\x{:02x}",
                           static_cast<unsigned char>(byte));
        }
        return escaped;
    });
}

std::string json_quoted(std::string_view value) {
    return quoted(value, [](const TextFront& front) {
        // What may not be shown is within the 16 bits that one escape has.
        return front.is_broken ? std::string("\xEF\xBF\xBD") : fmt::format("\\u{:04x}", front.code);
    });
}

}  // namespace core
