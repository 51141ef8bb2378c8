#include "backend/stream/bind.h"

#include <utility>

#include "backend/stream/stream_management.h"
#include "xmpp/jid.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"
#include "xmpp/xml_writing.h"

namespace backend {

std::optional<BindRequest> read_bind(xmpp::Element iq) {
    if (!iq.is("iq", xmpp::ns::kClient) || iq.attribute("type") != "set") return std::nullopt;
    const auto bind = iq.child("bind", xmpp::ns::kBind);
    if (!bind) return std::nullopt;
    BindRequest request{.id = std::string(iq.attribute("id").value_or("")), .resource = {}};
    // An empty one wishes for nothing: some clients write it to get one of ours.
    std::string resource = bind.child("resource", xmpp::ns::kBind).text();
    if (!xmpp::is_white_space(resource)) request.resource = std::move(resource);
    return request;
}

std::string write_bind_result(std::string_view id, std::string_view jid) {
    const std::string text = "<jid>" + xmpp::escaped(jid) + "</jid>";
    return "<iq type='result'" + xmpp::attribute("id", id) + ">" +
           xmpp::with_content("bind", xmpp::ns::kBind, text) + "</iq>";
}

std::string write_bind_error(std::string_view id, std::string_view type,
                             std::string_view condition) {
    return "<iq type='error'" + xmpp::attribute("id", id) + "><error" +
           xmpp::attribute("type", type) + ">" +
           xmpp::empty_element(condition, xmpp::ns::kStanzaErrors) + "</error></iq>";
}

std::optional<std::string> prepared_resource(std::string_view resource) {
    // A domain that is always right, so that only the resource can be wrong.
    const auto jid = xmpp::Jid::parse("a/" + std::string(resource));
    if (!jid) return std::nullopt;
    return std::string(jid->resourcepart());
}

Bind2Request read_bind2(xmpp::Element bind, std::chrono::seconds most_resume_time) {
    Bind2Request request;
    if (const auto tag = bind.child("tag", xmpp::ns::kBind2)) request.tag = tag.text();
    if (const auto enable = bind.child("enable", xmpp::ns::kSm3))
        request.sm = read_enable(enable, most_resume_time);
    if (request.sm) request.sm->after = 0;  // a new session: <bound/> comes before everything
    request.carbons = static_cast<bool>(bind.child("enable", xmpp::ns::kCarbons));
    request.is_inactive = static_cast<bool>(bind.child("inactive", xmpp::ns::kClientState));
    return request;
}

std::string write_bound(std::string_view inner) {
    return xmpp::with_content("bound", xmpp::ns::kBind2, inner);
}

std::string make_resource(std::string_view tag, const std::string& token) {
    if (tag.empty()) return token;
    return prepared_resource(std::string(tag) + '.' + token).value_or(token);
}

}  // namespace backend
