#include "backend/rules/presence_rules.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "backend/rules/addressing.h"
#include "backend/rules/block_list.h"
#include "backend/rules/broadcast.h"
#include "backend/rules/probe.h"
#include "backend/rules/subscription_rules.h"
#include "xmpp/namespaces.h"

namespace backend {
namespace {

using enum StanzaErrorCondition;

/// RFC 6121 section 4.2: a new session sees all its contacts, and gets what has waited for it.
void welcome(const Route& before, const Route& after, PlanBuilder& plan) {
    if (!is_available(before)) show_others(plan);
    const bool took_messages = is_available(before) && *before.priority >= 0;
    const bool begins_to = *after.priority >= 0 && !took_messages;
    if (begins_to) plan.write(MoveOffline{});
    if (begins_to || !is_available(before)) plan.write(Welcome{});
    if (is_available(before)) return;
    const UserSnapshot& own = plan.user_with_roster(plan.own_user());
    for (const RosterItem& item : own.roster.items) {
        const bool is_asked = !item.pending_in.empty();
        if (is_asked && !has_blocked(plan.own_user(), own, item.jid)) {
            plan.reply(item.pending_in);  // section 3.1.3
        }
    }
}

/// Broadcasts reach the session that made them, too (sections 4.2.2, 4.4.2, 4.5.2).
void tell_sender(const std::string& presence, PlanBuilder& plan) {
    plan.reply(with_attribute(presence, "to", plan.own_user()));
}

void become_available(const Stanza& presence, PlanBuilder& plan) {
    const auto priority = priority_of(presence.root);
    if (!priority) return plan.refuse(presence, bad_request);
    if (presence.bytes.size() > kPresenceBytes) return plan.refuse(presence, policy_violation);
    const Route before = plan.route();
    Route route = before;
    route.priority = priority;
    route.presence = with_attribute(presence.bytes, "from", plan.sender().jid.full());
    plan.change_route(route);
    broadcast(route.presence, plan);
    tell_sender(route.presence, plan);
    welcome(before, route, plan);
}

void become_unavailable(const Stanza& presence, PlanBuilder& plan) {
    Route route = plan.route();
    if (!is_available(route) && route.directed.empty()) return;
    const std::string stamped = with_attribute(presence.bytes, "from", plan.sender().jid.full());
    take_back_presence(stamped, plan);
    if (is_available(route)) tell_sender(stamped, plan);
    route.priority.reset();
    route.presence.clear();
    route.directed.clear();
    plan.change_route(std::move(route));
}

/// Section 4.6: to one entity; remembered, so that it can be taken back.
void send_directed(const Stanza& presence, const Target& target, PlanBuilder& plan) {
    const UserSnapshot& own = plan.user(plan.own_user());
    const UserSnapshot& to = plan.user(target.user);
    const bool is_taken_back = presence.type == "unavailable";
    if (has_blocked(plan.own_user(), own, presence.to->full())) {
        if (!is_taken_back) plan.refuse(presence, not_acceptable, blocked_detail());
        return;
    }
    if (has_blocked(target.user, to, plan.sender().jid.full())) return;
    const std::string stamped = with_attribute(presence.bytes, "from", plan.sender().jid.full());
    bool is_heard = false;
    for (const Route& route : to.routes) {
        const bool is_meant =
            target.resource.empty() ? is_available(route) : route.resource == target.resource;
        if (!is_meant) continue;
        plan.send(target.user, route, stamped);
        is_heard = true;
    }
    if (!is_heard) return;
    Route route = plan.route();
    const auto at = std::find(route.directed.begin(), route.directed.end(), presence.to->full());
    const bool is_known = at != route.directed.end();
    if (is_taken_back != is_known) return;
    if (is_known) {
        route.directed.erase(at);
    } else {
        route.directed.push_back(presence.to->full());
    }
    plan.rely_on_routes(target.user);
    plan.change_route(std::move(route));
}

void plan_presence_for_account(const Stanza& presence, const Target& target, PlanBuilder& plan) {
    if (presence.type.empty() || presence.type == "unavailable") {
        const bool is_too_much =
            presence.type.empty() && plan.route().directed.size() >= kDirectedPresences;
        if (is_too_much) return plan.refuse(presence, resource_constraint);
        return send_directed(presence, target, plan);
    }
    if (const auto action = subscription_action(presence.type)) {
        if (target.user == plan.own_user()) return;  // one's own sessions always know
        return plan_subscription(presence, *action, target.user, plan);
    }
    if (presence.type == "probe") return plan_probe(presence, target, plan);
    plan.refuse(presence, bad_request);
}

}  // namespace

std::optional<std::int8_t> priority_of(xmpp::Element presence) {
    const auto element = presence.child("priority", xmpp::ns::kClient);
    if (!element) return std::int8_t{0};
    const std::string text = element.text();
    const std::size_t begin = text.find_first_not_of(" \t\r\n+");
    if (begin == std::string::npos) return std::nullopt;
    const std::size_t end = text.find_last_not_of(" \t\r\n") + 1;
    int number = 0;
    const auto [at, error] = std::from_chars(text.data() + begin, text.data() + end, number);
    if (error != std::errc{} || at != text.data() + end) return std::nullopt;
    if (number < -128 || number > 127) return std::nullopt;
    return static_cast<std::int8_t>(number);
}

void take_back_presence(const std::string& presence, PlanBuilder& plan) {
    std::set<std::string> told;
    if (is_available(plan.route())) told = broadcast(presence, plan);
    const UserSnapshot& own = plan.user(plan.own_user());
    for (const std::string& jid : plan.route().directed) {
        const std::string user(bare_of(jid));
        const UserSnapshot& to = plan.user(user);
        if (has_blocked(plan.own_user(), own, jid) ||
            has_blocked(user, to, plan.sender().jid.full())) {
            continue;
        }
        for (const Route& route : to.routes) {
            const std::string full = full_jid(user, route);
            const bool is_meant = jid == user ? is_available(route) : jid == full;
            if (!is_meant || !told.insert(full).second) continue;
            plan.send(user, route, with_attribute(presence, "to", jid));
        }
    }
}

void plan_presence(const Stanza& presence, PlanBuilder& plan) {
    if (presence.type == "error") return;
    if (presence.has_bad_to) return plan.refuse(presence, jid_malformed);
    if (!presence.to) {
        if (presence.type.empty()) return become_available(presence, plan);
        if (presence.type == "unavailable") return become_unavailable(presence, plan);
        return plan.refuse(presence, bad_request);
    }
    const Target target = target_of(presence, plan.own_user(), plan.context());
    switch (target.place) {
        case Place::remote:
            if (presence.type != "unavailable") plan.refuse(presence, remote_server_not_found);
            return;
        case Place::server:
        case Place::nowhere: return;  // a server has no use for it
        case Place::account: return plan_presence_for_account(presence, target, plan);
    }
}

}  // namespace backend
