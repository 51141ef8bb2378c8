#include "backend/probe.h"

#include "backend/block_list.h"
#include "backend/roster.h"
#include "backend/subscription.h"

namespace backend {
namespace {

bool may_see(const std::string& contact, PlanBuilder& plan) {
    if (contact == plan.own_user()) return true;
    const UserSnapshot& asked = plan.user_with_roster(contact);
    const RosterItem* item = item_for(asked.roster, plan.own_user());
    return item != nullptr && gives_presence(item->subscription);
}

/// Without anything that a session has said: what the server itself knows.
std::string bare_answer(const Stanza& probe, std::string_view from, std::string_view to,
                        std::string_view type) {
    std::string out = "<presence";
    append_attribute(out, "from", from);
    append_attribute(out, "to", to);
    append_attribute(out, "id", probe.id);
    append_attribute(out, "type", type);
    return out += "/>";
}

}  // namespace

void plan_probe(const Stanza& probe, const Target& target, PlanBuilder& plan) {
    const std::string asker = plan.sender().jid.full();
    const std::string& own = plan.own_user();
    if (has_blocked(own, plan.user(own), probe.to->full())) {
        return plan.refuse(probe, StanzaErrorCondition::not_acceptable, blocked_detail());
    }
    const UserSnapshot& contact = plan.user(target.user);
    if (has_blocked(target.user, contact, asker)) return;
    if (!may_see(target.user, plan)) {
        return plan.reply(bare_answer(probe, target.user, asker, "unsubscribed"));
    }
    plan.rely_on_routes(target.user);  // or older news could come behind newer
    bool is_there = false;
    for (const Route& route : contact.routes) {
        const bool is_meant = target.resource.empty() || route.resource == target.resource;
        if (!is_meant || !is_available(route)) continue;
        plan.reply(with_attribute(route.presence, "to", asker));
        is_there = true;
    }
    if (!is_there) plan.reply(bare_answer(probe, probe.to->full(), asker, "unavailable"));
}

}  // namespace backend
