#include "backend/rules/disco.h"

#include <algorithm>
#include <array>

#include "backend/rules/probe.h"
#include "core/digest.h"
#include "xmpp/base64.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

/// Sorted, as the hash wants them (XEP-0115 section 5.1).
constexpr std::array<std::string_view, 10> kServerFeatures{
    xmpp::ns::kDiscoInfo, xmpp::ns::kDiscoItems, xmpp::ns::kRoster,  xmpp::ns::kVersion,
    "msgoffline",         xmpp::ns::kBlocking,   xmpp::ns::kCarbons, xmpp::ns::kPing,
    xmpp::ns::kTime,      xmpp::ns::kVcard};
static_assert(std::is_sorted(kServerFeatures.begin(), kServerFeatures.end()));
constexpr std::array<std::string_view, 3> kAccountFeatures{xmpp::ns::kDiscoInfo,
                                                           xmpp::ns::kDiscoItems, xmpp::ns::kVcard};

constexpr std::string_view kNode = xmpp::ns::kStanzanodeCaps;

struct Identity {
    std::string_view category, type, name;
};

template <class Features>
std::string info_xml(std::string_view node, const Identity& identity, const Features& features) {
    std::string out = "<query";
    xmpp::append_attribute(out, "xmlns", xmpp::ns::kDiscoInfo);
    xmpp::append_attribute(out, "node", node);
    out += "><identity";
    xmpp::append_attribute(out, "category", identity.category);
    xmpp::append_attribute(out, "type", identity.type);
    xmpp::append_attribute(out, "name", identity.name);
    out += "/>";
    for (const std::string_view feature : features) {
        out += "<feature";
        xmpp::append_attribute(out, "var", feature);
        out += "/>";
    }
    return out += "</query>";
}

std::string no_items_xml() {
    return xmpp::empty_element("query", xmpp::ns::kDiscoItems);
}

/// XEP-0115 section 5.
std::string verification(std::string_view software) {
    std::string text = "server/im//";
    text += software;
    text += '<';
    for (const std::string_view feature : kServerFeatures) {
        text += feature;
        text += '<';
    }
    return xmpp::encode_base64(core::sha1(text));
}

std::string_view node_of(const IqRequest& request) {
    return request.payload.attribute("node").value_or(std::string_view{});
}

}  // namespace

std::string caps_feature(std::string_view software) {
    std::string out = "<c";
    xmpp::append_attribute(out, "xmlns", xmpp::ns::kCaps);
    xmpp::append_attribute(out, "hash", "sha-1");
    xmpp::append_attribute(out, "node", kNode);
    xmpp::append_attribute(out, "ver", verification(software));
    return out += "/>";
}

bool plan_server_disco(const IqRequest& request, PlanBuilder& plan) {
    const std::string_view node = node_of(request);
    const std::string_view software = plan.context().software;
    if (request.payload.is("query", xmpp::ns::kDiscoItems)) {
        plan.answer(request.iq, no_items_xml());
    } else if (!request.payload.is("query", xmpp::ns::kDiscoInfo)) {
        return false;
    } else if (!node.empty() && node != std::string(kNode) + '#' + verification(software)) {
        plan.refuse(request.iq, StanzaErrorCondition::item_not_found);
    } else {
        plan.answer(request.iq, info_xml(node, {"server", "im", software}, kServerFeatures));
    }
    return true;
}

bool plan_account_disco(const IqRequest& request, PlanBuilder& plan) {
    const bool is_info = request.payload.is("query", xmpp::ns::kDiscoInfo);
    if (request.is_set || (!is_info && !request.payload.is("query", xmpp::ns::kDiscoItems)))
        return false;
    if (!may_see_presence(request.user, plan)) {
        plan.refuse(request.iq, StanzaErrorCondition::service_unavailable);
    } else if (!is_info) {
        plan.answer(request.iq, no_items_xml());
    } else if (!node_of(request).empty()) {
        plan.refuse(request.iq, StanzaErrorCondition::item_not_found);
    } else {
        plan.answer(request.iq, info_xml({}, {"account", "registered", {}}, kAccountFeatures));
    }
    return true;
}

}  // namespace backend
