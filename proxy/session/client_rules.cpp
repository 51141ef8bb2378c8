#include "proxy/session/client_rules.h"

#include "xmpp/client_elements.h"
#include "xmpp/namespaces.h"

namespace proxy {

using xmpp::StreamErrorCondition;
namespace ns = xmpp::ns;

std::optional<RelayEnd> judge_element(const xmpp::Token& element) {
    const std::string_view uri = element.namespace_uri;
    if (xmpp::is_said_by_servers(element)) {
        return RelayEnd{EndReason::not_offered, StreamErrorCondition::unsupported_stanza_type,
                        "said_by_servers"};
    }
    if (uri == ns::kTls || uri == ns::kCompressProtocol) {
        // Neither was offered, and a backend that agreed would take its bytes out of our sight.
        return RelayEnd{EndReason::not_offered, StreamErrorCondition::unsupported_stanza_type,
                        uri == ns::kTls ? "starttls" : "compression"};
    }
    if (uri.empty() || (uri == ns::kStreams && element.local_name != "error")) {
        // The header we write declares jabber:client, so a backend would read this as something
        // else than what the client wrote (RFC 6120 section 4.8.3).
        return RelayEnd{EndReason::bad_client_xml, StreamErrorCondition::invalid_namespace,
                        "invalid-namespace"};
    }
    return std::nullopt;
}

std::optional<RelayEnd> judge_element_before_login(const xmpp::Token& element) {
    if (xmpp::needs_login(element)) {
        return RelayEnd{EndReason::not_authorized, StreamErrorCondition::not_authorized,
                        "element_before_login"};
    }
    // An iq may come before SASL: in-band registration (XEP-0077) does. The backend judges it.
    if (!element.is_stanza() || element.local_name == "iq") return std::nullopt;
    return RelayEnd{EndReason::not_authorized, StreamErrorCondition::not_authorized,
                    "stanza_before_login"};
}

}  // namespace proxy
