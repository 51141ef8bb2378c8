#include "backend/rules/iq_rules.h"

#include "backend/rules/addressing.h"
#include "backend/rules/block_list.h"
#include "backend/rules/blocking_iq.h"
#include "backend/rules/disco.h"
#include "backend/rules/iq_request.h"
#include "backend/rules/roster_iq.h"
#include "backend/rules/server_queries.h"
#include "backend/rules/vcard_iq.h"
#include "xmpp/namespaces.h"

namespace backend {
namespace {

using enum StanzaErrorCondition;

bool is_request(const Stanza& iq) {
    return iq.type == "get" || iq.type == "set";
}

/// RFC 6120 section 8.2.3: an id, one of four types, and in a request exactly one child.
bool is_well_formed(const Stanza& iq) {
    if (iq.id.empty()) return false;
    if (!is_request(iq)) return iq.type == "result" || iq.type == "error";
    const auto child = iq.root.first_child();
    return child && !child.next_sibling();
}

void switch_carbons(const IqRequest& request, PlanBuilder& plan) {
    const std::string_view name = request.payload.local_name();
    if (!request.is_set || (name != "enable" && name != "disable")) {
        return plan.refuse(request.iq, bad_request);
    }
    Route route = plan.route();
    route.carbons = name == "enable";
    if (route != plan.route()) plan.change_route(std::move(route));
    plan.answer(request.iq);
}

/// XEP-0199 and RFC 3921 section 3: there is nothing to be done but to say so.
void confirm(const IqRequest& request, bool is_right, PlanBuilder& plan) {
    if (!is_right) return plan.refuse(request.iq, bad_request);
    plan.answer(request.iq);
}

/// Requests about the sender's own account. False: not one that is known.
bool answer_for_self(const IqRequest& request, PlanBuilder& plan) {
    const std::string_view uri = request.payload.namespace_uri();
    if (uri == xmpp::ns::kRoster) return plan_roster_iq(request, plan), true;
    if (uri == xmpp::ns::kBlocking) return plan_blocking_iq(request, plan), true;
    if (uri == xmpp::ns::kCarbons) return switch_carbons(request, plan), true;
    if (uri == xmpp::ns::kVcard) return plan_vcard_iq(request, plan), true;
    if (uri == xmpp::ns::kPing) {
        return confirm(request, !request.is_set && request.payload.local_name() == "ping", plan),
               true;
    }
    if (uri == xmpp::ns::kSession) {
        return confirm(request, request.is_set && request.payload.local_name() == "session", plan),
               true;
    }
    return plan_account_disco(request, plan);
}

/// Requests to somebody else's account.
bool answer_for_other(const IqRequest& request, PlanBuilder& plan) {
    const std::string_view uri = request.payload.namespace_uri();
    const bool is_own_affair =
        request.is_set &&
        (uri == xmpp::ns::kRoster || uri == xmpp::ns::kBlocking || uri == xmpp::ns::kVcard);
    if (is_own_affair) return plan.refuse(request.iq, forbidden), true;
    if (uri == xmpp::ns::kVcard) return plan_vcard_iq(request, plan), true;
    return plan_account_disco(request, plan);
}

bool answer_for_server(const IqRequest& request, PlanBuilder& plan) {
    if (request.is_set) return false;
    return plan_server_disco(request, plan) || plan_server_query(request, plan);
}

/// Between sessions as it came (RFC 6121 section 8.5.3).
void relay(const Stanza& iq, const Target& target, PlanBuilder& plan) {
    const Route* route = route_at(plan.user(target.user), target.resource);
    if (route == nullptr) return plan.refuse(iq, service_unavailable);
    plan.send(target.user, *route, with_attribute(iq.bytes, "from", plan.sender().jid.full()));
}

/// True: one of the two does not want the other to hear it.
bool is_stopped_by_blocks(const Stanza& iq, const Target& target, PlanBuilder& plan) {
    if (target.user == plan.own_user()) return false;
    if (has_blocked(plan.own_user(), plan.user(plan.own_user()), iq.to->full())) {
        plan.refuse(iq, not_acceptable, blocked_detail());
        return true;
    }
    if (!has_blocked(target.user, plan.user(target.user), plan.sender().jid.full())) return false;
    plan.refuse(iq, service_unavailable);
    return true;
}

void plan_iq_for_account(const Stanza& iq, const Target& target, PlanBuilder& plan) {
    if (is_stopped_by_blocks(iq, target, plan)) return;
    if (!target.resource.empty()) return relay(iq, target, plan);
    if (!is_request(iq)) return;  // an answer to what the server has asked, such as a roster push
    const IqRequest request{iq, iq.root.first_child(), iq.type == "set", target.user};
    const bool is_self = target.user == plan.own_user();
    const bool is_known =
        is_self ? answer_for_self(request, plan) : answer_for_other(request, plan);
    if (!is_known) plan.refuse(iq, service_unavailable);
}

}  // namespace

void plan_iq(const Stanza& iq, PlanBuilder& plan) {
    if (!is_well_formed(iq)) return plan.refuse(iq, bad_request);
    if (iq.has_bad_to) return plan.refuse(iq, jid_malformed);
    const Target target = target_of(iq, plan.own_user(), plan.context());
    switch (target.place) {
        case Place::account: return plan_iq_for_account(iq, target, plan);
        case Place::remote: return plan.refuse(iq, remote_server_not_found);
        case Place::nowhere: return plan.refuse(iq, service_unavailable);
        case Place::server: break;
    }
    if (!is_request(iq)) return;
    const IqRequest request{iq, iq.root.first_child(), iq.type == "set", {}};
    if (!answer_for_server(request, plan)) plan.refuse(iq, service_unavailable);
}

}  // namespace backend
