#include "backend/rules/roster_iq.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "backend/rules/addressing.h"
#include "backend/rules/roster.h"
#include "backend/rules/subscription_rules.h"
#include "xmpp/namespaces.h"

namespace backend {
namespace {

using enum StanzaErrorCondition;

/// Section 2.6: a client that has the newest version gets an empty answer.
void get_roster(const IqRequest& request, PlanBuilder& plan) {
    const Roster& roster = plan.user_with_roster(plan.own_user()).roster;
    plan.rely_on_roster(plan.own_user());  // or the next push would be for a version in between
    Route route = plan.route();
    route.wants_roster = true;
    if (route != plan.route()) plan.change_route(std::move(route));
    const auto known = request.payload.attribute("ver");
    const bool is_newest = known == std::to_string(roster.version);
    plan.answer(request.iq, is_newest ? std::string() : roster_xml(roster));
}

/// The groups of a roster set; an error by section 2.3.3.
std::optional<StanzaErrorCondition> read_groups(xmpp::Element item,
                                                std::vector<std::string>& groups) {
    for (auto at = item.first_child(); at; at = at.next_sibling()) {
        if (!at.is("group", xmpp::ns::kRoster)) continue;
        std::string group = at.text();
        if (group.empty() || group.size() > kRosterNameBytes) return not_acceptable;
        if (std::find(groups.begin(), groups.end(), group) != groups.end()) return bad_request;
        if (groups.size() == kRosterGroups) return policy_violation;
        groups.push_back(std::move(group));
    }
    return std::nullopt;
}

void set_item(const IqRequest& request, xmpp::Element element, const std::string& contact,
              PlanBuilder& plan) {
    const Roster& roster = plan.user_with_roster(plan.own_user()).roster;
    RosterItem item = item_or_new(roster, contact);
    item.is_listed = true;
    item.name = element.attribute("name").value_or(std::string_view{});
    if (item.name.size() > kRosterNameBytes) return plan.refuse(request.iq, not_acceptable);
    item.groups.clear();
    if (const auto error = read_groups(element, item.groups)) {
        return plan.refuse(request.iq, *error);
    }
    if (!has_room_for(roster, item)) return plan.refuse(request.iq, resource_constraint);
    put_item(plan, plan.own_user(), item_for(roster, contact), item);
    plan.answer(request.iq);
}

void remove(const IqRequest& request, const std::string& contact, PlanBuilder& plan) {
    const Roster& roster = plan.user_with_roster(plan.own_user()).roster;
    const RosterItem* item = item_for(roster, contact);
    if (item == nullptr || !item->is_listed) return plan.refuse(request.iq, item_not_found);
    if (serves(plan.context(), domain_of(contact))) end_subscriptions(contact, plan);
    remove_item(plan, plan.own_user(), *item);
    plan.answer(request.iq);
}

}  // namespace

void plan_roster_iq(const IqRequest& request, PlanBuilder& plan) {
    if (!request.payload.is("query", xmpp::ns::kRoster))
        return plan.refuse(request.iq, bad_request);
    if (!request.is_set) return get_roster(request, plan);
    const auto element = request.payload.first_child();
    const bool is_one_item = element.is("item", xmpp::ns::kRoster) && !element.next_sibling();
    const auto jid = element.attribute("jid");
    if (!is_one_item || !jid) return plan.refuse(request.iq, bad_request);
    const auto prepared = xmpp::Jid::parse(*jid);
    if (!prepared) return plan.refuse(request.iq, jid_malformed);
    const std::string contact(prepared->bare());
    if (contact == plan.own_user()) return plan.refuse(request.iq, not_allowed);
    if (element.attribute("subscription") == "remove") return remove(request, contact, plan);
    set_item(request, element, contact, plan);
}

}  // namespace backend
