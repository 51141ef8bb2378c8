#include "xmpp/xml_text.h"

#include <algorithm>
#include <cstddef>

#include "xmpp/byte_scan.h"

namespace xmpp {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// The character at the front of `text` (not empty), ASCII too; 0 bytes if it is ill-formed.
Utf8Sequence first_character(std::string_view text) {
    if (!is_ascii(text[0])) return decode_utf8(text.data(), text.data() + text.size());
    const auto code = static_cast<unsigned char>(text[0]);
    return {is_xml_char(code) ? Utf8Status::valid : Utf8Status::not_char, 1, code};
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
        const std::size_t size = first_character(bytes).size;
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
        const Utf8Sequence character = first_character(text);
        if (character.status != Utf8Status::valid) {
            out += kReplacement;
        } else if (const std::string_view reference = reference_for(text[0]); !reference.empty()) {
            out += reference;
        } else {
            out += text.substr(0, character.size);
        }
        text.remove_prefix(std::max<std::size_t>(character.size, 1));
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

}  // namespace xmpp
