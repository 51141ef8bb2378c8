#pragma once
// Classes and cases of ASCII, whatever the locale; bytes above are in no class and have no case.
// Standard library only. Pure; any thread.

#include <algorithm>
#include <string>
#include <string_view>

namespace core {

/// C0, a tab among them, and DEL.
constexpr bool is_ascii_control(char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F;
}

constexpr bool is_ascii_digit(char byte) {
    return byte >= '0' && byte <= '9';
}

constexpr bool is_ascii_upper(char byte) {
    return byte >= 'A' && byte <= 'Z';
}

constexpr bool is_ascii_alphanumeric(char byte) {
    return is_ascii_digit(byte) || is_ascii_upper(byte) || (byte >= 'a' && byte <= 'z');
}

constexpr char ascii_lower(char byte) {
    return is_ascii_upper(byte) ? static_cast<char>(byte - 'A' + 'a') : byte;
}

inline std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), [](char byte) { return ascii_lower(byte); });
    return lower;
}

}  // namespace core
