#include "backend/rules/roster.h"

#include "backend/rules/addressing.h"
#include "backend/rules/subscription.h"
#include "xmpp/namespaces.h"
#include "xmpp/xml_text.h"
#include "xmpp/xml_writing.h"

namespace backend {
namespace {

std::string item_xml(const RosterItem& item) {
    std::string out = "<item";
    xmpp::append_attribute(out, "jid", item.jid);
    xmpp::append_attribute(out, "name", item.name);
    xmpp::append_attribute(out, "subscription", to_string(item.subscription));
    if (item.ask) xmpp::append_attribute(out, "ask", "subscribe");
    if (item.approved) xmpp::append_attribute(out, "approved", "true");
    out += '>';
    for (const std::string& group : item.groups) {
        out += "<group>";
        xmpp::append_escaped(out, group);
        out += "</group>";
    }
    return out += "</item>";
}

std::string removed_xml(std::string_view jid) {
    std::string out = "<item";
    xmpp::append_attribute(out, "jid", jid);
    return out += " subscription='remove'/>";
}

std::string query_xml(std::uint64_t version, std::string_view items) {
    std::string out = "<query";
    xmpp::append_attribute(out, "xmlns", xmpp::ns::kRoster);
    xmpp::append_attribute(out, "ver", std::to_string(version));
    out += '>';
    out += items;
    return out += "</query>";
}

/// RFC 6121 section 2.1.6.
void push(PlanBuilder& plan, const std::string& user, std::uint64_t version,
          std::string_view item) {
    plan.rely_on_routes(user);
    for (const Route& route : plan.user(user).routes) {
        if (!route.wants_roster) continue;
        plan.send(user, route,
                  iq_push("push" + std::to_string(version), full_jid(user, route),
                          query_xml(version, item)));
    }
}

bool says_nothing(const RosterItem& item) {
    return !item.is_listed && item.pending_in.empty();
}

bool looks_the_same(const RosterItem* before, const RosterItem& after) {
    const bool was_listed = before != nullptr && before->is_listed;
    if (was_listed != after.is_listed) return false;
    return !was_listed || item_xml(*before) == item_xml(after);
}

}  // namespace

const RosterItem* item_for(const Roster& roster, std::string_view contact) {
    for (const RosterItem& item : roster.items) {
        if (item.jid == contact) return &item;
    }
    return nullptr;
}

RosterItem item_or_new(const Roster& roster, std::string_view contact) {
    if (const RosterItem* item = item_for(roster, contact)) return *item;
    RosterItem item;
    item.jid = contact;
    item.is_listed = false;
    return item;
}

std::string roster_xml(const Roster& roster) {
    std::string items;
    for (const RosterItem& item : roster.items) {
        if (item.is_listed) items += item_xml(item);
    }
    return query_xml(roster.version, items);
}

bool has_room_for(const Roster& roster, const RosterItem& item) {
    const RosterItem* before = item_for(roster, item.jid);
    if (before == nullptr && roster.items.size() >= kRosterItems) return false;
    const std::size_t now = roster_xml(roster).size() + item_xml(item).size();
    const bool was_counted = before != nullptr && before->is_listed;
    return now - (was_counted ? item_xml(*before).size() : 0) <= kRosterBytes;
}

void put_item(PlanBuilder& plan, const std::string& user, const RosterItem* before,
              const RosterItem& item) {
    if (before != nullptr ? *before == item : says_nothing(item)) return;
    const std::uint64_t version = plan.next_roster_version(user);
    if (says_nothing(item)) {
        plan.write(RemoveRosterItem{user, item.jid});
    } else {
        plan.write(PutRosterItem{user, item});
    }
    if (!looks_the_same(before, item)) push(plan, user, version, item_xml(item));
}

void remove_item(PlanBuilder& plan, const std::string& user, RosterItem item) {
    const std::uint64_t version = plan.next_roster_version(user);
    if (item.pending_in.empty()) {
        plan.write(RemoveRosterItem{user, item.jid});
    } else {
        RosterItem stranger;
        stranger.jid = item.jid;
        stranger.pending_in = item.pending_in;
        stranger.is_listed = false;
        plan.write(PutRosterItem{user, stranger});
    }
    push(plan, user, version, removed_xml(item.jid));
}

}  // namespace backend
