#include "backend/rules/server_queries.h"

#include <string>

#include "backend/rules/delay.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

std::string software_xml(const PlanContext& context) {
    return xmpp::with_content("query", xmpp::ns::kVersion,
                              "<name>" + xmpp::escaped(context.software) + "</name><version>" +
                                  xmpp::escaped(context.version) + "</version>");
}

/// XEP-0054: a server that knows of cards has one itself.
std::string card_xml(const PlanContext& context) {
    return xmpp::with_content("vCard", xmpp::ns::kVcard,
                              "<FN>" + xmpp::escaped(context.software) + "</FN>");
}

std::string time_xml(const PlanContext& context) {
    return xmpp::with_content("time", xmpp::ns::kTime,
                              "<tzo>+00:00</tzo><utc>" + utc_time(context.now) + "</utc>");
}

}  // namespace

bool plan_server_query(const IqRequest& request, PlanBuilder& plan) {
    if (request.payload.is("ping", xmpp::ns::kPing)) {
        plan.answer(request.iq);
    } else if (request.payload.is("query", xmpp::ns::kVersion)) {
        plan.answer(request.iq, software_xml(plan.context()));
    } else if (request.payload.is("time", xmpp::ns::kTime)) {
        plan.answer(request.iq, time_xml(plan.context()));
    } else if (request.payload.is("vCard", xmpp::ns::kVcard)) {
        plan.answer(request.iq, card_xml(plan.context()));
    } else {
        return false;
    }
    return true;
}

}  // namespace backend
