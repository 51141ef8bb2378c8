#include "xmpp/xml_text.h"

#include <cstddef>
#include <cstdint>

namespace xmpp {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// The well-formed sequences of RFC 3629 section 4: the lead byte decides the length and the range
/// of the second byte, which is what keeps overlong forms, surrogates and code points above
/// U+10FFFF out.
struct Lead {
    std::size_t size = 0;  // 0: no sequence begins with this byte
    std::uint8_t second_min = 0x80;
    std::uint8_t second_max = 0xBF;
};

Lead lead_of(std::uint8_t byte) {
    if (byte < 0x80) return {1};
    if (byte < 0xC2) return {0};
    if (byte < 0xE0) return {2};
    if (byte == 0xE0) return {3, 0xA0, 0xBF};
    if (byte == 0xED) return {3, 0x80, 0x9F};
    if (byte < 0xF0) return {3};
    if (byte == 0xF0) return {4, 0x90, 0xBF};
    if (byte < 0xF4) return {4};
    if (byte == 0xF4) return {4, 0x80, 0x8F};
    return {0};
}

/// Bytes of the sequence at the front of `text` (not empty); 0 if it is ill-formed.
std::size_t sequence_size(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const Lead lead = lead_of(byte(0));
    if (lead.size == 0 || lead.size > text.size()) return 0;
    if (lead.size > 1 && (byte(1) < lead.second_min || byte(1) > lead.second_max)) return 0;
    for (std::size_t i = 2; i < lead.size; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    return lead.size;
}

/// XML 1.0 production Char, for one well-formed sequence.
bool is_xml_character(std::string_view sequence) {
    const auto first = static_cast<std::uint8_t>(sequence[0]);
    if (first < 0x20) return first == '\t' || first == '\n' || first == '\r';
    return sequence != "\xEF\xBF\xBE" && sequence != "\xEF\xBF\xBF";
}

/// What stands for a character that may not stand for itself; empty if it may.
std::string_view reference_for(char character) {
    switch (character) {
        case '&': return "&amp;";
        case '<': return "&lt;";
        case '>': return "&gt;";
        case '\'': return "&apos;";
        case '"': return "&quot;";
        case '\t': return "&#9;";
        case '\n': return "&#10;";
        case '\r': return "&#13;";
        default: return {};
    }
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    while (!bytes.empty()) {
        const std::size_t size = sequence_size(bytes);
        if (size == 0) return false;
        bytes.remove_prefix(size);
    }
    return true;
}

bool is_white_space(std::string_view bytes) {
    return bytes.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

void append_escaped(std::string& out, std::string_view text) {
    out.reserve(out.size() + text.size());
    while (!text.empty()) {
        const std::size_t size = sequence_size(text);
        const std::string_view sequence = text.substr(0, size);
        if (size == 0 || !is_xml_character(sequence)) {
            out += kReplacement;
        } else if (const std::string_view reference = reference_for(text[0]); !reference.empty()) {
            out += reference;
        } else {
            out += sequence;
        }
        text.remove_prefix(size == 0 ? 1 : size);
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

}  // namespace xmpp
