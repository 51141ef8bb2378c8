#include "conf/terminal_text.h"

#include <algorithm>
#include <cstdint>

#include "xmpp/byte_scan.h"

namespace conf {
namespace {

/// C1 controls, what turns the direction of a line (Unicode, property Bidi_Control), and what looks
/// like a blank or like nothing and is neither.
bool deceives_a_reader(std::uint32_t code) {
    return code <= 0xA0 || code == 0x200B || code == 0x2060 || code == 0xFEFF || code == 0x061C ||
           code == 0x200E || code == 0x200F || (code >= 0x202A && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069);
}

bool is_control(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7F;
}

}  // namespace

std::string printable(std::string_view text) {
    std::string shown;
    shown.reserve(text.size());
    const char* const end = text.data() + text.size();
    for (const char* p = text.data(); p < end;) {
        if (static_cast<unsigned char>(*p) < 0x80) {
            shown += *p == '\t' ? ' ' : is_control(*p) ? '?' : *p;
            ++p;
            continue;
        }
        const xmpp::Utf8Sequence sequence = xmpp::decode_utf8(p, end);
        if (sequence.status == xmpp::Utf8Status::valid && !deceives_a_reader(sequence.code)) {
            shown.append(p, sequence.size);
        } else {
            shown += '?';
        }
        p += std::max<std::size_t>(sequence.size, 1);
    }
    return shown;
}

std::string without_password(std::string_view line) {
    constexpr std::string_view kAuthority = "://";
    const std::size_t scheme = line.find(kAuthority);
    // A password that is not written as it should be may hold anything, even an '@'.
    const std::size_t host = line.rfind('@');
    if (scheme == std::string_view::npos || host == std::string_view::npos)
        return std::string(line);
    const std::size_t user = scheme + kAuthority.size();
    const std::size_t colon = line.find(':', user);
    if (colon >= host) return std::string(line);
    const std::string_view password = line.substr(colon + 1, host - colon - 1);
    return std::string(line.substr(0, colon + 1)) + std::string(columns_of(password), '*') +
           std::string(line.substr(host));
}

bool has_control_characters(std::string_view text) {
    return std::any_of(text.begin(), text.end(), is_control);
}

std::size_t columns_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char byte) {
        return (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    }));
}

}  // namespace conf
