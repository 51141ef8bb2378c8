#include "backend/rules/probe.h"

#include "backend/rules/block_list.h"
#include "backend/rules/presence_text.h"
#include "backend/rules/roster.h"
#include "backend/rules/subscription.h"

namespace backend {

bool may_see_presence(const std::string& user, PlanBuilder& plan) {
    if (user == plan.own_user()) return true;
    const UserSnapshot& asked = plan.user_with_roster(user);
    const RosterItem* item = item_for(asked.roster, plan.own_user());
    return item != nullptr && gives_presence(item->subscription);
}

void plan_probe(const Stanza& probe, const Target& target, PlanBuilder& plan) {
    const std::string asker = plan.sender().jid.full();
    const std::string& own = plan.own_user();
    if (has_blocked(own, plan.user(own), probe.to->full())) {
        return plan.refuse(probe, StanzaErrorCondition::not_acceptable, blocked_detail());
    }
    const UserSnapshot& contact = plan.user(target.user);
    if (has_blocked(target.user, contact, asker)) return;
    if (!may_see_presence(target.user, plan)) {
        return plan.reply(presence_of_type("unsubscribed", target.user, asker, probe.id));
    }
    plan.rely_on_routes(target.user);  // or older news could come behind newer
    bool is_there = false;
    for (const Route& route : contact.routes) {
        const bool is_meant = target.resource.empty() || route.resource == target.resource;
        if (!is_meant || !is_available(route)) continue;
        plan.reply(with_attribute(route.presence, "to", asker));
        is_there = true;
    }
    if (!is_there) plan.reply(presence_of_type("unavailable", probe.to->full(), asker, probe.id));
}

}  // namespace backend
