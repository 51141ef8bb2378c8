#include "proxy/checks/account_question.h"

#include <algorithm>
#include <array>

#include "xmpp/base64.h"
#include "xmpp/namespaces.h"
#include "xmpp/sasl_messages.h"

namespace proxy {

namespace ns = xmpp::ns;

namespace {

/// Nothing is proved with it, so it need not be fresh.
constexpr std::string_view kNonce = "stanzagateAsksNoMore";
/// Longer than any server's; RFC 5802 names no bound.
constexpr std::size_t kMarkBytes = 512;

std::string escaped(std::string_view name) {
    std::string out;
    for (const char c : name) {
        if (c == ',') {
            out += "=2C";
        } else if (c == '=') {
            out += "=3D";
        } else {
            out += c;
        }
    }
    return out;
}

}  // namespace

std::string account_question(std::string_view localpart,
                             const std::vector<std::string>& mechanisms) {
    constexpr std::array kAsking{"SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-512"};
    const auto offered = std::find_if(kAsking.begin(), kAsking.end(), [&](const char* each) {
        return std::find(mechanisms.begin(), mechanisms.end(), each) != mechanisms.end();
    });
    if (offered == kAsking.end()) return {};
    const std::string message = "n,,n=" + escaped(localpart) + ",r=" + std::string(kNonce);
    return "<auth xmlns='" + std::string(ns::kSasl) + "' mechanism='" + *offered + "'>" +
           xmpp::encode_base64(message) + "</auth>";
}

std::string_view account_goodbye() {
    return "<abort xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:stream>";
}

std::string account_mark(const xmpp::Token& token, std::string_view bytes,
                         const xmpp::NamespaceBindings& bindings) {
    const xmpp::ElementReader reader(bytes, bindings);
    if (token.is("failure", ns::kSasl)) {
        // Other conditions tell of the server, not of the account.
        return reader.root().child("not-authorized", ns::kSasl) ? std::string(kUnknownAccount)
                                                                : std::string();
    }
    if (!token.is("challenge", ns::kSasl)) return {};
    const auto message = xmpp::decode_base64(reader.root().text());
    if (!message) return {};
    std::string_view rest = message->reveal();
    const auto nonce = xmpp::take_scram_field(rest);
    if (!nonce || !nonce->starts_with("r=") || !rest.starts_with("s=")) return {};
    return std::string(rest.substr(0, kMarkBytes));
}

}  // namespace proxy
