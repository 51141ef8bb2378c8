#include "backend/server_queries.h"

#include <string>

#include "backend/delay.h"
#include "backend/namespaces.h"
#include "xmpp/xml_text.h"

namespace backend {
namespace {

std::string software_xml(const PlanContext& context) {
    std::string out = "<query";
    append_attribute(out, "xmlns", ns::kVersion);
    out += "><name>";
    xmpp::append_escaped(out, context.software);
    out += "</name><version>";
    xmpp::append_escaped(out, context.version);
    return out += "</version></query>";
}

/// XEP-0054: a server that knows of cards has one itself.
std::string card_xml(const PlanContext& context) {
    std::string out = "<vCard";
    append_attribute(out, "xmlns", ns::kVcard);
    out += "><FN>";
    xmpp::append_escaped(out, context.software);
    return out += "</FN></vCard>";
}

std::string time_xml(const PlanContext& context) {
    std::string out = "<time";
    append_attribute(out, "xmlns", ns::kTime);
    out += "><tzo>+00:00</tzo><utc>";
    out += utc_time(context.now);
    return out += "</utc></time>";
}

}  // namespace

bool plan_server_query(const IqRequest& request, PlanBuilder& plan) {
    if (request.payload.is("ping", ns::kPing)) {
        plan.answer(request.iq);
    } else if (request.payload.is("query", ns::kVersion)) {
        plan.answer(request.iq, software_xml(plan.context()));
    } else if (request.payload.is("time", ns::kTime)) {
        plan.answer(request.iq, time_xml(plan.context()));
    } else if (request.payload.is("vCard", ns::kVcard)) {
        plan.answer(request.iq, card_xml(plan.context()));
    } else {
        return false;
    }
    return true;
}

}  // namespace backend
