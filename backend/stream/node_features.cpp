#include "backend/stream/node_features.h"

#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

std::string limits(std::size_t bytes) {
    return xmpp::with_content("limits", xmpp::ns::kStreamLimits,
                              "<max-bytes>" + std::to_string(bytes) + "</max-bytes>");
}

std::string mechanism_list(const SaslOffer& offer) {
    std::string list;
    for (const auto name : mechanisms(offer)) {
        list.append("<mechanism>").append(name).append("</mechanism>");
    }
    return list;
}

/// XEP-0440: what a -PLUS mechanism can be bound to.
std::string binding_types(const core::ChannelBindings& bindings) {
    if (bindings.empty()) return {};
    std::string types;
    if (!bindings.exporter.empty()) types += "<channel-binding type='tls-exporter'/>";
    if (!bindings.server_end_point.empty())
        types += "<channel-binding type='tls-server-end-point'/>";
    if (!bindings.unique.empty()) types += "<channel-binding type='tls-unique'/>";
    return xmpp::with_content("sasl-channel-binding", xmpp::ns::kSaslBindings, types);
}

std::string inline_feature(std::string_view var) {
    return "<feature var='" + std::string(var) + "'/>";
}

/// XEP-0388 section 2.1, with what may come inside <authenticate/>.
std::string authentication(const SaslOffer& offer) {
    const std::string bind = xmpp::with_content(
        "bind", xmpp::ns::kBind2,
        "<inline>" + inline_feature(xmpp::ns::kSm3) + inline_feature(xmpp::ns::kCarbons) +
            inline_feature(xmpp::ns::kClientState) + "</inline>");
    return xmpp::with_content("authentication", xmpp::ns::kSasl2,
                              mechanism_list(offer) + "<inline>" + bind +
                                  xmpp::empty_element("sm", xmpp::ns::kSm3) + "</inline>");
}

std::string in_features(const std::string& content) {
    return "<stream:features>" + content + "</stream:features>";
}

}  // namespace

std::string write_features(const LoginFeatures& features) {
    std::string content =
        xmpp::with_content("mechanisms", xmpp::ns::kSasl, mechanism_list(features.offer));
    if (features.sasl2) content += authentication(features.offer);
    content += binding_types(features.offer.bindings);
    content += limits(features.stanza_bytes);
    content += features.more;
    return in_features(content);
}

std::string write_features(const SessionFeatures& features) {
    std::string content;
    if (features.bind) content += xmpp::empty_element("bind", xmpp::ns::kBind);
    if (features.stream_management) content += xmpp::empty_element("sm", xmpp::ns::kSm3);
    content += xmpp::empty_element("csi", xmpp::ns::kClientState);
    content += xmpp::empty_element("ver", xmpp::ns::kRosterVersions);
    content += xmpp::empty_element("sub", xmpp::ns::kPreApproval);
    content += limits(features.stanza_bytes);
    content += features.more;
    return in_features(content);
}

}  // namespace backend
