#pragma once
// The words that fields are made of: tokens, values, lists (RFC 9110 section 5). Standard library
// only. Pure; any thread.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "core/ascii.h"

namespace http {

// What a byte may be, as bits of a table.
inline constexpr std::uint8_t kTokenByte = 1;  // RFC 9110 section 5.6.2, tchar
inline constexpr std::uint8_t kLineByte = 2;   // may stand in a request line: VCHAR and space
inline constexpr std::uint8_t kValueByte = 4;  // may stand in a value: VCHAR, space, tab, obs-text

constexpr std::array<std::uint8_t, 256> make_field_classes() {
    constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
    std::array<std::uint8_t, 256> classes{};
    for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        const bool is_token = core::is_ascii_alphanumeric(c) || kMarks.find(c) != kMarks.npos;
        const bool is_line = byte >= 0x20 && byte < 0x7F;
        const bool is_value = is_line || c == '\t' || byte >= 0x80;
        classes[byte] = static_cast<std::uint8_t>(
            (is_token ? kTokenByte : 0) | (is_line ? kLineByte : 0) | (is_value ? kValueByte : 0));
    }
    return classes;
}

inline constexpr std::array<std::uint8_t, 256> kFieldClasses = make_field_classes();

inline bool byte_may_be(char byte, std::uint8_t classes) {
    return (kFieldClasses[static_cast<unsigned char>(byte)] & classes) != 0;
}

inline bool is_token(std::string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char byte) { return byte_may_be(byte, kTokenByte); });
}

/// False for a text with a line break, a NUL or another control character.
inline bool is_field_value(std::string_view text) {
    return std::ranges::all_of(text, [](char byte) { return byte_may_be(byte, kValueByte); });
}

/// Names of fields, and most of their words, know no case.
inline bool same_word(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, [](char left, char right) {
        return core::ascii_lower(left) == core::ascii_lower(right);
    });
}

inline std::string_view without_outer_blanks(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Calls `take` with each element of a comma-separated list, its outer blanks removed; empty ones
/// are skipped (RFC 9110 section 5.6.1.2). For lists of tokens: a comma in quotes parts as well.
template <class Take>
void for_each_in_list(std::string_view list, Take take) {
    while (true) {
        const auto comma = list.find(',');
        const std::string_view element = without_outer_blanks(list.substr(0, comma));
        if (!element.empty()) take(element);
        if (comma == list.npos) return;
        list.remove_prefix(comma + 1);
    }
}

}  // namespace http
