#include "backend/rules/carbons.h"

#include "backend/rules/stanza.h"
#include "xmpp/markup.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

std::string_view name_of(CarbonKind kind) {
    return kind == CarbonKind::sent ? "sent" : "received";
}

bool is_private(xmpp::Element message) {
    return message.child("private", xmpp::ns::kCarbons) ||
           message.child("no-copy", xmpp::ns::kHints);
}

bool is_instant_messaging(xmpp::Element message) {
    if (message.child("body", xmpp::ns::kClient)) return true;
    for (auto at = message.first_child(); at; at = at.next_sibling()) {
        const std::string_view uri = at.namespace_uri();
        if (uri == xmpp::ns::kReceipts || uri == xmpp::ns::kChatMarkers ||
            uri == xmpp::ns::kChatStates)
            return true;
    }
    return false;
}

}  // namespace

bool may_be_copied(MessageType type, xmpp::Element message) {
    if (is_private(message)) return false;
    if (type == MessageType::chat) return true;
    return type == MessageType::normal && is_instant_messaging(message);
}

std::string without_private(std::string_view message) {
    const xmpp::ElementReader reader(message);
    const auto mark = reader.root().child("private", xmpp::ns::kCarbons);
    if (!mark) return std::string(message);
    xmpp::ByteEdits edits;
    edits.cut(xmpp::element_at(message, mark.offset()));
    return edits.apply(message);
}

std::string carbon(CarbonKind kind, std::string_view user, std::string_view message,
                   std::string_view type) {
    std::string out = "<message";
    xmpp::append_attribute(out, "from", user);
    xmpp::append_attribute(out, "to", user);
    xmpp::append_attribute(out, "type", type);
    out += "><";
    out += name_of(kind);
    xmpp::append_attribute(out, "xmlns", xmpp::ns::kCarbons);
    out += "><forwarded";
    xmpp::append_attribute(out, "xmlns", xmpp::ns::kForward);
    out += '>';
    out += with_client_namespace(message);
    out += "</forwarded></";
    out += name_of(kind);
    return out += "></message>";
}

Unwrapped unwrap_carbon(std::string_view user, std::string_view bytes, xmpp::Element root) {
    if (root.attribute("from") != user) return {};
    for (const auto kind : {CarbonKind::sent, CarbonKind::received}) {
        const auto inner = root.child(name_of(kind), xmpp::ns::kCarbons)
                               .child("forwarded", xmpp::ns::kForward)
                               .child("message", xmpp::ns::kClient);
        if (!inner) continue;
        const auto range = xmpp::element_at(bytes, inner.offset());
        return {true, kind, std::string(bytes.substr(range.begin, range.end - range.begin))};
    }
    return {};
}

}  // namespace backend
