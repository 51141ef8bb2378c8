#include "backend/rules/blocking_iq.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "backend/rules/addressing.h"
#include "backend/rules/block_list.h"
#include "backend/rules/presence_text.h"
#include "backend/rules/subscription.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

using enum StanzaErrorCondition;
using Jids = std::vector<std::string>;

std::string list_xml(std::string_view name, const Jids& jids) {
    std::string items;
    for (const std::string& jid : jids) items += "<item" + xmpp::attribute("jid", jid) + "/>";
    return xmpp::with_content(name, xmpp::ns::kBlocking, items);
}

bool contains(const Jids& jids, std::string_view jid) {
    return std::find(jids.begin(), jids.end(), jid) != jids.end();
}

bool is_too_long(const Jids& jids) {
    std::size_t bytes = 0;
    for (const std::string& jid : jids) bytes += jid.size();
    return jids.size() > kBlockedJids || bytes > kBlockListBytes;
}

/// The prepared JIDs of <block/> or <unblock/>, each once; an error otherwise.
std::optional<StanzaErrorCondition> read_items(xmpp::Element list, Jids& jids) {
    for (auto at = list.first_child(); at; at = at.next_sibling()) {
        const auto jid = at.attribute("jid");
        if (!at.is("item", xmpp::ns::kBlocking) || !jid) return bad_request;
        const auto prepared = xmpp::Jid::parse(*jid);
        if (!prepared) return jid_malformed;
        if (!contains(jids, prepared->full())) jids.push_back(prepared->full());
        if (is_too_long(jids)) return resource_constraint;
    }
    return std::nullopt;
}

void push(PlanBuilder& plan, std::string_view id, const std::string& payload) {
    plan.rely_on_routes(plan.own_user());
    for (const Route& route : plan.user(plan.own_user()).routes) {
        if (!route.wants_blocks) continue;
        const std::string to = full_jid(plan.own_user(), route);
        plan.send(plan.own_user(), route, iq_push("block-" + std::string(id), to, payload));
    }
}

/// Does one of the entries name the contact, or a session of the contact?
bool is_touched(std::string_view contact, const Jids& entries) {
    return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
        return is_named_by(contact, entry) || bare_of(entry) == contact;
    });
}

/// All available sessions of the user appear to one of a contact, or leave it.
void show_own(PlanBuilder& plan, const std::string& contact, const Route& to, bool is_shown) {
    for (const Route& from : plan.user(plan.own_user()).routes) {
        if (!is_available(from)) continue;
        const std::string presence =
            is_shown ? from.presence : unavailable_presence(full_jid(plan.own_user(), from));
        plan.send(contact, to, with_attribute(presence, "to", contact));
    }
}

/// One session of a contact appears to all available ones of the user.
void show_contact(PlanBuilder& plan, const Route& from) {
    const std::string& own = plan.own_user();
    for (const Route& to : plan.user(own).routes) {
        if (is_available(to)) plan.send(own, to, with_attribute(from.presence, "to", own));
    }
}

/// Sections 3.2 and 3.3: sessions of contacts that are blocked now see the user leave, those that
/// are free again see him, and he them.
void show_change(PlanBuilder& plan, const UserSnapshot& before, const UserSnapshot& after) {
    const std::string& own = plan.own_user();
    for (const RosterItem& item : before.roster.items) {
        if (!serves(plan.context(), domain_of(item.jid))) continue;
        if (!is_touched(item.jid, before.blocks) && !is_touched(item.jid, after.blocks)) continue;
        plan.rely_on_routes(item.jid);
        const UserSnapshot& contact = plan.user(item.jid);
        if (has_blocked(item.jid, contact, own)) continue;
        for (const Route& route : contact.routes) {
            const std::string full = full_jid(item.jid, route);
            const bool is_blocked = has_blocked(own, after, full);
            if (!is_available(route) || has_blocked(own, before, full) == is_blocked) continue;
            if (gives_presence(item.subscription)) show_own(plan, item.jid, route, !is_blocked);
            if (gets_presence(item.subscription) && !is_blocked) show_contact(plan, route);
        }
    }
}

/// Those to whom directed presence went see the sender leave.
void take_back_directed(PlanBuilder& plan, const UserSnapshot& after) {
    for (const std::string& jid : plan.route().directed) {
        const std::string user(bare_of(jid));
        if (!has_blocked(plan.own_user(), after, jid)) continue;
        const std::string presence = unavailable_presence(plan.sender().jid.full());
        for (const Route& route : plan.user(user).routes) {
            const bool is_meant = jid == user || jid == full_jid(user, route);
            if (is_meant) plan.send(user, route, with_attribute(presence, "to", jid));
        }
    }
}

void change(const IqRequest& request, const Jids& named, Jids blocks, PlanBuilder& plan) {
    if (is_too_long(blocks)) return plan.refuse(request.iq, resource_constraint);
    const std::string& own = plan.own_user();
    const UserSnapshot& before = plan.user_with_roster(own);
    UserSnapshot after = before;
    after.blocks = blocks;
    plan.rely_on_roster(own);
    plan.rely_on_routes(own);
    take_back_directed(plan, after);
    show_change(plan, before, after);
    plan.write(PutBlocks{own, std::move(blocks)});
    plan.answer(request.iq);
    push(plan, request.iq.id, list_xml(request.payload.local_name(), named));
}

void block(const IqRequest& request, PlanBuilder& plan) {
    Jids named;
    if (const auto error = read_items(request.payload, named)) {
        return plan.refuse(request.iq, *error);
    }
    if (named.empty()) return plan.refuse(request.iq, bad_request);
    Jids blocks = plan.user_with_roster(plan.own_user()).blocks;
    for (const std::string& jid : named) {
        if (!contains(blocks, jid)) blocks.push_back(jid);
    }
    change(request, named, std::move(blocks), plan);
}

/// Without items: everybody (section 3.5).
void unblock(const IqRequest& request, PlanBuilder& plan) {
    Jids named;
    if (const auto error = read_items(request.payload, named)) {
        return plan.refuse(request.iq, *error);
    }
    Jids blocks;
    if (!named.empty()) {
        blocks = plan.user_with_roster(plan.own_user()).blocks;
        std::erase_if(blocks, [&](const std::string& jid) { return contains(named, jid); });
    }
    change(request, named, std::move(blocks), plan);
}

void list(const IqRequest& request, PlanBuilder& plan) {
    Route route = plan.route();
    route.wants_blocks = true;
    if (route != plan.route()) plan.change_route(std::move(route));
    plan.answer(request.iq, list_xml("blocklist", plan.user(plan.own_user()).blocks));
}

}  // namespace

void plan_blocking_iq(const IqRequest& request, PlanBuilder& plan) {
    const std::string_view name = request.payload.local_name();
    if (!request.is_set && name == "blocklist") return list(request, plan);
    if (request.is_set && name == "block") return block(request, plan);
    if (request.is_set && name == "unblock") return unblock(request, plan);
    plan.refuse(request.iq, bad_request);
}

}  // namespace backend
