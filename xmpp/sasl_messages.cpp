#include "xmpp/sasl_messages.h"

#include <algorithm>

namespace xmpp {
namespace {

/// RFC 5802 section 7: printable, no comma.
bool is_nonce(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(),
                                        [](char c) { return c > 0x20 && c < 0x7F && c != ','; });
}

}  // namespace

std::optional<PlainMessage> read_plain_message(std::string_view message) {
    const auto first = message.find('\0');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = message.find('\0', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    if (message.find('\0', second + 1) != std::string_view::npos) return std::nullopt;
    return PlainMessage{.authzid = message.substr(0, first),
                        .authcid = message.substr(first + 1, second - first - 1),
                        .password = message.substr(second + 1)};
}

std::optional<ScramFirst> read_scram_first(std::string_view message) {
    ScramFirst first;
    std::string_view rest = message;
    const auto flag = take_scram_field(rest);
    if (!flag || (*flag != "n" && *flag != "y" && !flag->starts_with("p="))) return std::nullopt;
    first.flag = *flag;
    const auto authzid = take_scram_field(rest);
    if (!authzid || (!authzid->empty() && !authzid->starts_with("a="))) return std::nullopt;
    if (!authzid->empty()) first.authzid = authzid->substr(2);
    first.bare = rest;
    first.gs2_header = message.substr(0, message.size() - rest.size());
    // A mandatory extension would stand here ("m="), and none is known.
    const auto name = take_scram_field(rest);
    if (!name || !name->starts_with("n=")) return std::nullopt;
    first.name = name->substr(2);
    const auto nonce = rest.substr(0, rest.find(','));
    if (!nonce.starts_with("r=") || !is_nonce(nonce.substr(2))) return std::nullopt;
    first.nonce = nonce.substr(2);
    return first;
}

std::optional<std::string_view> take_scram_field(std::string_view& text) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto field = text.substr(0, comma);
    text.remove_prefix(comma + 1);
    return field;
}

std::optional<std::string> unescape_saslname(std::string_view name) {
    std::string plain;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] != '=') {
            plain += name[at];
            continue;
        }
        const auto code = name.substr(at + 1, 2);
        if (code != "2C" && code != "3D") return std::nullopt;
        plain += code == "2C" ? ',' : '=';
        at += 2;
    }
    return plain;
}

}  // namespace xmpp
