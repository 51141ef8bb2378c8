#pragma once
// Which characters of a text from outside may be shown as they are: one rule for terminals, logs
// and JSON. Standard library only. Pure; any thread.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace core {

/// The first character of a text, or its first byte where that is in none (RFC 3629).
struct TextFront {
    std::string_view bytes;
    std::uint32_t code = 0;  // of a character
    bool is_broken = false;  // one byte that is not UTF-8
    bool may_be_shown = false;
};
/// `text` must not be empty.
TextFront text_front(std::string_view text);

/// False for what steers a terminal (C0, DEL, C1), ends a line or turns its direction (Unicode,
/// property Bidi_Control), and for what looks like a blank or like nothing and is neither.
bool may_be_shown(std::uint32_t code);

/// Whether a byte of UTF-8 goes on with a character that another one began.
constexpr bool goes_on_with_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

}  // namespace core
