#include "backend/rules/copy_marks.h"

#include <optional>

#include "backend/rules/stanza.h"
#include "core/digest.h"
#include "core/hex.h"
#include "xmpp/jid.h"
#include "xmpp/markup.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

constexpr std::size_t kNameBytes = 4;  // few sessions of one user: 32 bits tell them apart

/// Names a session in the mark of one message.
std::string session_name(std::string_view message_id, const Route& route) {
    std::string bytes(message_id);
    bytes += '\0';  // in no id
    bytes += route.session.reveal();
    return core::hex(core::sha256(bytes).substr(0, kNameBytes));
}

std::optional<std::string_view> id_by(xmpp::Element message, std::string_view user) {
    for (auto at = message.first_child(); at; at = at.next_sibling()) {
        if (at.is("stanza-id", xmpp::ns::kStanzaId) && at.attribute("by") == user)
            return at.attribute("id");
    }
    return std::nullopt;
}

bool is_in_the_name_of(std::string_view user, xmpp::Element child) {
    if (child.is("copies", xmpp::ns::kCopies)) return true;
    if (!child.is("stanza-id", xmpp::ns::kStanzaId)) return false;
    const auto by = xmpp::Jid::parse(child.attribute("by").value_or(std::string_view{}));
    return by && by->bare() == user;
}

std::string marked(std::string_view message, std::string_view user,
                   const std::vector<const Route*>& routes, std::string_view id) {
    std::string names;
    for (const Route* route : routes) names += session_name(id, *route);
    return with_child(message, "<stanza-id" + xmpp::attribute("xmlns", xmpp::ns::kStanzaId) +
                                   xmpp::attribute("by", user) + xmpp::attribute("id", id) +
                                   "/><copies" + xmpp::attribute("xmlns", xmpp::ns::kCopies) +
                                   xmpp::attribute("in", names) + "/>");
}

}  // namespace

std::string with_copy_mark(std::string message, std::string_view user,
                           const std::vector<const Route*>& routes, MakeId make_id) {
    if (routes.size() < 2) return message;
    return marked(message, user, routes, make_id());
}

std::string with_new_copy_mark(std::string_view message, xmpp::Element root, std::string_view user,
                               const std::vector<const Route*>& routes, MakeId make_id) {
    if (routes.size() < 2) return std::string(message);
    const auto id = id_by(root, user);
    return marked(without_copy_marks(message, root, user), user, routes,
                  id ? std::string(*id) : make_id());
}

std::string without_copy_marks(std::string_view message, xmpp::Element root,
                               std::string_view user) {
    xmpp::ByteEdits edits;
    for (auto at = root.first_child(); at; at = at.next_sibling()) {
        if (is_in_the_name_of(user, at)) edits.cut(xmpp::element_at(message, at.offset()));
    }
    return edits.apply(message);
}

bool has_copy(xmpp::Element message, std::string_view user, const Route& route) {
    const auto id = id_by(message, user);
    if (!id) return false;
    const auto mark = message.child("copies", xmpp::ns::kCopies);
    if (!mark) return false;
    const std::string_view names = mark.attribute("in").value_or(std::string_view{});
    const std::string name = session_name(*id, route);
    for (std::size_t i = 0; i + name.size() <= names.size(); i += name.size()) {
        if (names.substr(i, name.size()) == name) return true;
    }
    return false;
}

}  // namespace backend
