#include "xmpp/attribute_value.h"

#include <cstdint>
#include <cstdlib>

namespace xmpp {
namespace {

/// A reference's character, as UTF-8. `name` is what stands between '&' and ';' and has been
/// checked.
void append_referenced(std::string& out, std::string_view name) {
    if (name == "lt") return out.push_back('<');
    if (name == "gt") return out.push_back('>');
    if (name == "amp") return out.push_back('&');
    if (name == "quot") return out.push_back('"');
    if (name == "apos") return out.push_back('\'');
    const bool hex = name[1] == 'x';
    const auto code = static_cast<std::uint32_t>(
        std::strtoul(std::string(name.substr(hex ? 2 : 1)).c_str(), nullptr, hex ? 16 : 10));
    const auto tail = [&](int shift) {
        out.push_back(static_cast<char>(0x80 | (code >> shift & 0x3F)));
    };
    if (code < 0x80) {
        out.push_back(static_cast<char>(code));
    } else if (code < 0x800) {
        out.push_back(static_cast<char>(0xC0 | code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | code >> 12));
        tail(6);
        tail(0);
    } else {
        out.push_back(static_cast<char>(0xF0 | code >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

}  // namespace

std::string attribute_value(std::string_view raw) {
    std::string out;
    out.reserve(raw.size());
    for (std::size_t i = 0; i < raw.size(); ++i) {
        if (raw[i] == '&') {
            const std::size_t end = raw.find(';', i);
            append_referenced(out, raw.substr(i + 1, end - i - 1));
            i = end;
        } else if (raw[i] == '\r' && i + 1 < raw.size() && raw[i + 1] == '\n') {
            continue;  // CR LF is one line end
        } else {
            out.push_back(raw[i] == '\t' || raw[i] == '\n' || raw[i] == '\r' ? ' ' : raw[i]);
        }
    }
    return out;
}

}  // namespace xmpp
