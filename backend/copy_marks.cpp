#include "backend/copy_marks.h"

#include "backend/digest.h"
#include "backend/namespaces.h"
#include "backend/stanza.h"
#include "backend/xml_writing.h"
#include "xmpp/jid.h"
#include "xmpp/markup.h"

namespace backend {
namespace {

constexpr std::size_t kNameBytes = 4;  // few sessions of one user: 32 bits tell them apart

/// Names a session without telling its id, which is a secret.
std::string session_name(const Route& route) {
    return hex(sha256(route.session.reveal()).substr(0, kNameBytes));
}

}  // namespace

std::string with_copy_mark(std::string message, std::string_view user,
                           const std::vector<const Route*>& routes) {
    if (routes.size() < 2) return message;
    std::string names;
    for (const Route* route : routes) names += session_name(*route);
    return with_child(message, "<stanza-id" + attribute("xmlns", ns::kStanzaId) +
                                   attribute("by", user) + attribute("id", names) + "/>");
}

std::string without_forged_ids(std::string_view message, xmpp::Element root,
                               std::string_view user) {
    xmpp::ByteEdits edits;
    for (auto at = root.first_child(); at; at = at.next_sibling()) {
        if (!at.is("stanza-id", ns::kStanzaId)) continue;
        const auto by = xmpp::Jid::parse(at.attribute("by").value_or(std::string_view{}));
        if (by && by->bare() == user) edits.cut(xmpp::element_at(message, at.offset()));
    }
    return edits.apply(message);
}

bool has_copy(xmpp::Element message, std::string_view user, const Route& route) {
    const std::string name = session_name(route);
    for (auto at = message.first_child(); at; at = at.next_sibling()) {
        if (!at.is("stanza-id", ns::kStanzaId) || at.attribute("by") != user) continue;
        const std::string_view names = at.attribute("id").value_or(std::string_view{});
        for (std::size_t i = 0; i + name.size() <= names.size(); i += name.size()) {
            if (names.substr(i, name.size()) == name) return true;
        }
    }
    return false;
}

}  // namespace backend
