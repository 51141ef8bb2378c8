#include "core/quoted_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <iterator>

namespace core {
namespace {

/// The length of the UTF-8 character at the front (RFC 3629), or 0 when the bytes are none.
std::size_t utf8_length(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    std::size_t length = 0;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (length == 0 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (at(i) < 0x80 || at(i) > 0xBF) return 0;
    }
    const bool is_overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
    const bool is_out_of_range = (lead == 0xED && at(1) > 0x9F) || (lead == 0xF4 && at(1) > 0x8F);
    return is_overlong || is_out_of_range ? 0 : length;
}

/// C0, DEL and the C1 range (two bytes in UTF-8), which terminals obey.
bool is_control(std::string_view character) {
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return first < 0x20 || first == 0x7F;
    return character.size() == 2 && first == 0xC2 &&
           static_cast<unsigned char>(character[1]) < 0xA0;
}

/// Calls `character(text)` for each UTF-8 character and `broken(text)` for each byte that is in
/// none.
template <class Character, class Broken>
void each_character(std::string_view value, Character character, Broken broken) {
    while (!value.empty()) {
        const std::size_t length = utf8_length(value);
        if (length == 0) {
            broken(value.substr(0, 1));
        } else {
            character(value.substr(0, length));
        }
        value.remove_prefix(length == 0 ? 1 : length);
    }
}

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
    bool is_bare = !value.empty();
    each_character(
        value,
        [&](std::string_view character) {
            const char first = character[0];
            if (first == ' ' || first == '=' || short_escape(first) != nullptr ||
                is_control(character)) {
                is_bare = false;
            }
        },
        [&](std::string_view) { is_bare = false; });
    return is_bare;
}

/// `value` between quotes; control characters as `control(text)` writes them, a byte that is in no
/// character as `broken(text)` does.
template <class Control, class Broken>
std::string quoted(std::string_view value, Control control, Broken broken) {
    std::string out = "\"";
    each_character(
        value,
        [&](std::string_view character) {
            if (const char* escape = short_escape(character[0])) {
                out += escape;
            } else if (is_control(character)) {
                out += control(character);
            } else {
                out += character;
            }
        },
        [&](std::string_view byte) { out += broken(byte); });
    return out + '"';
}

}  // namespace

std::string text_quoted(std::string_view value) {
    if (may_stand_bare(value)) return std::string(value);
    const auto byte_by_byte = [](std::string_view bytes) {
        std::string escaped;
        for (const char byte : bytes) {
            fmt::format_to(std::back_inserter(escaped), "\\x{:02x}",
                           static_cast<unsigned char>(byte));
        }
        return escaped;
    };
    return quoted(value, byte_by_byte, byte_by_byte);
}

std::string json_quoted(std::string_view value) {
    // A C1 character is C2 80 to C2 9F: its code point is its second byte.
    const auto code_point = [](std::string_view control) {
        return fmt::format("\\u{:04x}", static_cast<unsigned char>(control.back()));
    };
    const auto replacement = [](std::string_view) { return "\xEF\xBF\xBD"; };
    return quoted(value, code_point, replacement);
}

}  // namespace core
