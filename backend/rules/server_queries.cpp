#include "backend/rules/server_queries.h"

#include <string>

#include "backend/namespaces.h"
#include "backend/rules/delay.h"
#include "backend/xml_writing.h"
#include "xmpp/xml_text.h"

namespace backend {
namespace {

std::string software_xml(const PlanContext& context) {
    return with_content("query", ns::kVersion,
                        "<name>" + xmpp::escaped(context.software) + "</name><version>" +
                            xmpp::escaped(context.version) + "</version>");
}

/// XEP-0054: a server that knows of cards has one itself.
std::string card_xml(const PlanContext& context) {
    return with_content("vCard", ns::kVcard, "<FN>" + xmpp::escaped(context.software) + "</FN>");
}

std::string time_xml(const PlanContext& context) {
    return with_content("time", ns::kTime,
                        "<tzo>+00:00</tzo><utc>" + utc_time(context.now) + "</utc>");
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
