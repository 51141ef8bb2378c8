#include "backend/rules/vcard_iq.h"

#include <string>

#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

using enum StanzaErrorCondition;

void set_vcard(const IqRequest& request, PlanBuilder& plan) {
    std::string card = cut_out(request.iq.bytes, request.iq.root, request.payload);
    if (card.size() > kVcardBytes) return plan.refuse(request.iq, policy_violation);
    plan.write(PutVcard{plan.own_user(), std::move(card)});
    plan.answer(request.iq);
}

}  // namespace

void plan_vcard_iq(const IqRequest& request, PlanBuilder& plan) {
    if (!request.payload.is("vCard", xmpp::ns::kVcard)) return plan.refuse(request.iq, bad_request);
    if (request.is_set) return set_vcard(request, plan);
    const std::string card = plan.vcard(request.user);
    if (!card.empty()) return plan.answer(request.iq, card);
    // One's own card may be missing. For another user that looks as if the user did not exist
    // (section 3.3).
    if (request.user != plan.own_user()) return plan.refuse(request.iq, item_not_found);
    plan.answer(request.iq, xmpp::empty_element("vCard", xmpp::ns::kVcard));
}

}  // namespace backend
