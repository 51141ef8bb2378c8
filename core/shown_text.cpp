#include "core/shown_text.h"

namespace core {
namespace {

/// Length of the UTF-8 character at the front, or 0 when the bytes are none.
std::size_t character_length(std::string_view bytes) {
    const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    const unsigned lead = at(0);
    if (lead < 0x80) return 1;
    std::size_t length = 0;
    if (lead >= 0xC2 && lead <= 0xDF) length = 2;
    if (lead >= 0xE0 && lead <= 0xEF) length = 3;
    if (lead >= 0xF0 && lead <= 0xF4) length = 4;
    if (length == 0 || bytes.size() < length) return 0;
    for (std::size_t i = 1; i < length; ++i) {
        if (!goes_on_with_character(bytes[i])) return 0;
    }
    const bool is_overlong = (lead == 0xE0 && at(1) < 0xA0) || (lead == 0xF0 && at(1) < 0x90);
    const bool is_out_of_range = (lead == 0xED && at(1) > 0x9F) || (lead == 0xF4 && at(1) > 0x8F);
    return is_overlong || is_out_of_range ? 0 : length;
}

std::uint32_t code_of(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character[0]);
    if (character.size() == 1) return lead;
    std::uint32_t code = lead & (0x7FU >> character.size());
    for (const char byte : character.substr(1))
        code = code << 6 | (static_cast<unsigned char>(byte) & 0x3F);
    return code;
}

}  // namespace

bool may_be_shown(std::uint32_t code) {
    const auto is_within = [code](std::uint32_t first, std::uint32_t last) {
        return code >= first && code <= last;
    };
    const bool is_control = code < 0x20 || is_within(0x7F, 0x9F);
    const bool ends_a_line = is_within(0x2028, 0x2029);
    const bool turns_direction = code == 0x061C || is_within(0x200E, 0x200F) ||
                                 is_within(0x202A, 0x202E) || is_within(0x2066, 0x2069);
    const bool is_seen_wrongly = code == 0xA0 || code == 0x200B || code == 0x2060 || code == 0xFEFF;
    const bool is_no_character = is_within(0xFFFE, 0xFFFF);
    return !is_control && !ends_a_line && !turns_direction && !is_seen_wrongly && !is_no_character;
}

TextFront text_front(std::string_view text) {
    const std::size_t length = character_length(text);
    if (length == 0) return {.bytes = text.substr(0, 1), .is_broken = true};
    const std::string_view character = text.substr(0, length);
    const std::uint32_t code = code_of(character);
    return {.bytes = character, .code = code, .may_be_shown = may_be_shown(code)};
}

}  // namespace core
