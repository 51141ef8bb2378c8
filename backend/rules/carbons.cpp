#include "backend/rules/carbons.h"

#include "backend/namespaces.h"
#include "backend/rules/stanza.h"
#include "backend/xml_writing.h"
#include "xmpp/markup.h"
#include "xmpp/namespaces.h"

namespace backend {
namespace {

std::string_view name_of(CarbonKind kind) {
    return kind == CarbonKind::sent ? "sent" : "received";
}

bool is_private(xmpp::Element message) {
    return message.child("private", ns::kCarbons) || message.child("no-copy", ns::kHints);
}

bool is_instant_messaging(xmpp::Element message) {
    if (message.child("body", xmpp::ns::kClient)) return true;
    for (auto at = message.first_child(); at; at = at.next_sibling()) {
        const std::string_view uri = at.namespace_uri();
        if (uri == ns::kReceipts || uri == ns::kChatMarkers || uri == ns::kChatStates) return true;
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
    const auto mark = reader.root().child("private", ns::kCarbons);
    if (!mark) return std::string(message);
    xmpp::ByteEdits edits;
    edits.cut(xmpp::element_at(message, mark.offset()));
    return edits.apply(message);
}

std::string carbon(CarbonKind kind, std::string_view user, std::string_view message,
                   std::string_view type) {
    std::string out = "<message";
    append_attribute(out, "from", user);
    append_attribute(out, "to", user);
    append_attribute(out, "type", type);
    out += "><";
    out += name_of(kind);
    append_attribute(out, "xmlns", ns::kCarbons);
    out += "><forwarded";
    append_attribute(out, "xmlns", ns::kForward);
    out += '>';
    out += with_client_namespace(message);
    out += "</forwarded></";
    out += name_of(kind);
    return out += "></message>";
}

Unwrapped unwrap_carbon(std::string_view user, std::string_view bytes, xmpp::Element root) {
    if (root.attribute("from") != user) return {};
    for (const auto kind : {CarbonKind::sent, CarbonKind::received}) {
        const auto inner = root.child(name_of(kind), ns::kCarbons)
                               .child("forwarded", ns::kForward)
                               .child("message", xmpp::ns::kClient);
        if (!inner) continue;
        const auto range = xmpp::element_at(bytes, inner.offset());
        return {true, kind, std::string(bytes.substr(range.begin, range.end - range.begin))};
    }
    return {};
}

}  // namespace backend
