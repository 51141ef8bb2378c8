#include "backend/rules/stanza.h"

#include "xmpp/markup.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

std::optional<StanzaKind> kind_of(xmpp::Element root) {
    for (const auto kind : {StanzaKind::message, StanzaKind::presence, StanzaKind::iq}) {
        if (root.is(to_string(kind), xmpp::ns::kClient)) return kind;
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(StanzaKind kind) {
    switch (kind) {
        case StanzaKind::message: return "message";
        case StanzaKind::presence: return "presence";
        case StanzaKind::iq: return "iq";
    }
    return "message";
}

std::optional<Stanza> open_stanza(std::string_view bytes, xmpp::Element root) {
    const auto kind = kind_of(root);
    if (!kind) return std::nullopt;
    Stanza stanza{.kind = *kind, .bytes = bytes, .root = root};
    stanza.type = root.attribute("type").value_or(std::string_view{});
    stanza.id = root.attribute("id").value_or(std::string_view{});
    if (const auto to = root.attribute("to")) {
        auto prepared = xmpp::Jid::parse(*to);
        if (prepared) {
            stanza.to = *std::move(prepared);
        } else {
            stanza.has_bad_to = true;
        }
    }
    return stanza;
}

std::string cut_out(std::string_view bytes, xmpp::Element root, xmpp::Element child) {
    const auto range = xmpp::element_at(bytes, child.offset());
    std::string element(bytes.substr(range.begin, range.end - range.begin));
    for (const auto& binding : root.declarations()) {
        const std::string name = binding.attribute_name();
        if (child.attribute(name)) continue;
        element = with_attribute(element, name, binding.uri);
    }
    return element;
}

std::string with_attribute(std::string_view element, std::string_view name,
                           std::string_view value) {
    xmpp::ByteEdits edits;
    const std::size_t behind_name = xmpp::name_end(element);
    edits.replace(
        xmpp::attribute_at(element, 0, name).value_or(xmpp::ByteRange{behind_name, behind_name}),
        xmpp::attribute(name, value));
    return edits.apply(element);
}

std::string with_child(std::string_view element, std::string_view child) {
    const auto content = xmpp::content_at(element, 0);
    xmpp::ByteEdits edits;
    if (content.begin == element.size()) {  // <name/>
        std::string tail(">");
        tail += child;
        tail += "</";
        tail += element.substr(1, xmpp::name_end(element) - 1);
        tail += '>';
        edits.replace({element.size() - 2, element.size()}, std::move(tail));
    } else {
        edits.replace({content.end, content.end}, std::string(child));
    }
    return edits.apply(element);
}

std::string with_client_namespace(std::string_view element) {
    if (xmpp::attribute_at(element, 0, "xmlns")) return std::string(element);
    return with_attribute(element, "xmlns", xmpp::ns::kClient);
}

}  // namespace backend
