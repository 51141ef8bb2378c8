#include "backend/rules/broadcast.h"

#include "backend/rules/addressing.h"
#include "backend/rules/block_list.h"
#include "backend/rules/subscription.h"

namespace backend {
namespace {

/// Calls `visit(jid, snapshot)` for each contact that passes `filter`, if neither side has blocked
/// the other.
template <class Filter, class Visit>
void for_contacts(PlanBuilder& plan, Filter filter, Visit visit) {
    const std::string& own_user = plan.own_user();
    const UserSnapshot& own = plan.user_with_roster(own_user);
    plan.rely_on_roster(own_user);
    for (const RosterItem& item : own.roster.items) {
        if (!filter(item.subscription) || !serves(plan.context(), domain_of(item.jid))) continue;
        if (has_blocked(own_user, own, item.jid)) continue;
        const UserSnapshot& contact = plan.user(item.jid);
        // Both may change at the same moment: then this plan must see what the other one did.
        plan.rely_on_routes(item.jid);
        if (has_blocked(item.jid, contact, plan.sender().jid.full())) continue;
        visit(item.jid, contact);
    }
}

/// One session of a contact may be blocked by its full JID.
bool is_session_blocked(const std::string& user, const Route& route, PlanBuilder& plan) {
    const UserSnapshot& own = plan.user(plan.own_user());
    return !own.blocks.empty() && has_blocked(plan.own_user(), own, full_jid(user, route));
}

}  // namespace

std::set<std::string> broadcast(const std::string& presence, PlanBuilder& plan) {
    std::set<std::string> told;
    const auto tell = [&](const std::string& user, const UserSnapshot& snapshot) {
        const std::string addressed = with_attribute(presence, "to", user);
        for (const Route& route : snapshot.routes) {
            if (plan.is_own(route) || !is_available(route)) continue;
            if (is_session_blocked(user, route, plan)) continue;
            plan.send(user, route, addressed);
            told.insert(full_jid(user, route));
        }
    };
    for_contacts(plan, gives_presence, tell);
    plan.rely_on_routes(plan.own_user());
    tell(plan.own_user(), plan.user(plan.own_user()));
    return told;
}

void show_others(PlanBuilder& plan) {
    const auto show = [&](const std::string& user, const UserSnapshot& snapshot) {
        for (const Route& route : snapshot.routes) {
            if (plan.is_own(route) || !is_available(route)) continue;
            if (is_session_blocked(user, route, plan)) continue;
            plan.reply(with_attribute(route.presence, "to", plan.sender().jid.full()));
        }
    };
    show(plan.own_user(), plan.user(plan.own_user()));
    for_contacts(plan, gets_presence, show);
}

}  // namespace backend
