#pragma once
// A server in a nutshell: sessions send stanzas, plans are made and carried out at once over values
// in memory. For tests of the rules; nothing here is lost, late or refused.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <pugixml.hpp>
#include <string>
#include <vector>

#include "backend/rules/departure_rules.h"
#include "backend/rules/plan.h"

namespace backend {

// The usual sessions of the play.
inline const std::string kRomeo = "romeo@example.org/orchard";
inline const std::string kJuliet = "juliet@example.org/balcony";
inline const std::string kChamber = "juliet@example.org/chamber";

/// One spelling for equal XML: attributes in order, white space and quotes as nothing.
inline std::string canonical(const pugi::xml_node& node) {
    if (node.type() != pugi::node_element) return node.value();
    std::vector<std::string> attributes;
    for (const auto attribute : node.attributes()) {
        attributes.push_back(std::string(" ") + attribute.name() + "='" + attribute.value() + "'");
    }
    std::sort(attributes.begin(), attributes.end());
    std::string out = std::string("<") + node.name();
    for (const std::string& attribute : attributes) out += attribute;
    out += '>';
    for (const auto child : node.children()) out += canonical(child);
    return out + "</" + node.name() + ">";
}
inline std::string canonical(const std::string& xml) {
    pugi::xml_document document;
    const auto parsed =
        document.load_buffer(xml.data(), xml.size(), pugi::parse_default | pugi::parse_ws_pcdata);
    if (!parsed) return "not XML: " + xml;
    return canonical(document.document_element());
}

using Stanzas = std::vector<std::string>;
inline Stanzas canonical(const Stanzas& stanzas) {
    Stanzas out;
    for (const std::string& stanza : stanzas) out.push_back(canonical(stanza));
    return out;
}

#define EXPECT_XML(actual, ...) EXPECT_EQ(canonical(actual), canonical(Stanzas __VA_ARGS__))

class World {
public:
    struct User {
        UserSnapshot snapshot;
        Stanzas offline;
        std::string vcard;
    };
    struct Session {
        Sender sender;
        std::vector<QueuedStanza> queue;
        std::uint64_t last = 0;
    };

    void add_user(const std::string& user) { users[user].snapshot.exists = true; }

    /// A connected session without presence; `full` as in juliet@example.org/balcony.
    void connect(const std::string& full) {
        const auto jid = xmpp::Jid::parse(full);
        ASSERT_TRUE(jid.has_value());
        const std::string user(jid->bare());
        add_user(user);
        Route route;
        route.resource = jid->resourcepart();
        route.session = SessionId("id-of-" + full);
        route.node = NodeName("n1");
        users[user].snapshot.routes.push_back(route);
        ++users[user].snapshot.routes_version;
        sessions.insert_or_assign(full, Session{{{user, route.session}, *jid, route}, {}, 0});
    }
    /// Connected, interested in the roster, available; what it got so far is forgotten.
    void come_online(const std::string& full) {
        connect(full);
        send(full, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
        send(full, "<presence/>");
        taken(full);
    }

    void send(const std::string& full, const std::string& bytes) {
        const xmpp::ElementReader reader(bytes);
        const auto stanza = open_stanza(bytes, reader.root());
        ASSERT_TRUE(stanza) << bytes;
        Session& session = sessions.at(full);
        last_plan = with_knowledge(needs(*stanza, session.sender, context()), [&](const auto& k) {
            return plan(*stanza, session.sender, k, context());
        });
        if (last_plan.route) session.sender.route = *last_plan.route;
        carry_out(session);
    }

    void depart(const std::string& full) {
        Session session = sessions.at(full);
        last_plan =
            with_knowledge(needs_of_departure(session.sender, session.queue), [&](const auto& k) {
                return plan_departure(session.sender, session.queue, k, context());
            });
        carry_out(session);
        EXPECT_FALSE(sessions.contains(full));
    }

    /// What the session's client got since it was asked last, now acknowledged.
    Stanzas taken(const std::string& full) {
        Stanzas out;
        for (QueuedStanza& queued : sessions.at(full).queue) out.push_back(queued.bytes);
        sessions.at(full).queue.clear();
        return out;
    }
    void forget_all() {
        for (auto& [full, session] : sessions) session.queue.clear();
    }

    void forget_all_but(const std::string& full) {
        for (auto& [name, session] : sessions) {
            if (name != full) session.queue.clear();
        }
    }

    /// Both see each other's presence.
    void befriend(const std::string& a, const std::string& b) {
        add_user(a);
        add_user(b);
        put(a, b, Subscription::both);
        put(b, a, Subscription::both);
    }
    void put(const std::string& user, const std::string& contact, Subscription subscription) {
        RosterItem item;
        item.jid = contact;
        item.subscription = subscription;
        put_item(user, item);
    }
    const RosterItem* item(const std::string& user, const std::string& contact) {
        for (const RosterItem& at : users[user].snapshot.roster.items) {
            if (at.jid == contact) return &at;
        }
        return nullptr;
    }

    PlanContext context() const {
        return {.now = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000)),
                .domains = domains,
                .version = "1.2"};
    }

    std::vector<std::string> domains{"example.org"};
    std::map<std::string, User> users;
    std::map<std::string, Session> sessions;
    Plan last_plan;
    int readings = 0;  // of the last plan

private:
    template <class Make>
    Plan with_knowledge(Needs asked, Make make) {
        for (readings = 1; readings < 5; ++readings) {
            Knowledge known{asked, {}, {}};
            for (const auto& wanted : asked.users) {
                UserSnapshot snapshot = users[wanted.user].snapshot;
                if (!wanted.roster) snapshot.roster = {};
                known.users.push_back(std::make_shared<UserSnapshot>(std::move(snapshot)));
            }
            if (asked.vcard_of) known.vcard = users[*asked.vcard_of].vcard;
            Plan made = make(known);
            if (!made.more) return made;
            EXPECT_TRUE(made.writes.empty() && !made.route && !made.end);
            asked = *made.more;
        }
        ADD_FAILURE() << "never enough is known";
        return {};
    }

    void carry_out(Session& session) {
        for (const Write& write : last_plan.writes) {
            std::visit([&](const auto& what) { perform(session, what); }, write);
        }
    }

    Session* find(const SessionRef& ref) {
        for (auto& [full, session] : sessions) {
            if (session.sender.session == ref) return &session;
        }
        return nullptr;
    }
    static void queue(Session& session, const std::string& bytes) {
        session.queue.push_back({++session.last, bytes});
    }
    void put_item(const std::string& user, RosterItem item) {
        Roster& roster = users[user].snapshot.roster;
        item.changed_at = ++roster.version;
        std::erase_if(roster.items, [&](const RosterItem& at) { return at.jid == item.jid; });
        roster.items.push_back(item);
    }

    void perform(Session&, const Enqueue& write) {
        Session* to = find(write.to);
        ASSERT_NE(to, nullptr) << write.stanza;
        queue(*to, write.stanza);
    }
    void perform(Session&, const StoreOffline& write) {
        EXPECT_EQ(write.routes_version, users[write.user].snapshot.routes_version);
        users[write.user].offline.push_back(write.stanza);
    }
    void perform(Session& session, const MoveOffline&) {
        for (const std::string& bytes : users[session.sender.session.user].offline) {
            queue(*find(session.sender.session), bytes);
        }
        users[session.sender.session.user].offline.clear();
    }
    void perform(Session&, const Welcome&) {}
    void perform(Session& session, const PutRoute& write) {
        UserSnapshot& snapshot = users[session.sender.session.user].snapshot;
        for (Route& route : snapshot.routes) {
            if (route.session == write.route.session) route = write.route;
        }
        ++snapshot.routes_version;
    }
    void perform(Session& session, const CloseSession&) {
        UserSnapshot& snapshot = users[session.sender.session.user].snapshot;
        std::erase_if(snapshot.routes, [&](const Route& route) {
            return route.session == session.sender.session.id;
        });
        ++snapshot.routes_version;
        sessions.erase(session.sender.jid.full());
    }
    void perform(Session&, const PutRosterItem& write) { put_item(write.user, write.item); }
    void perform(Session&, const RemoveRosterItem& write) {
        Roster& roster = users[write.user].snapshot.roster;
        ++roster.version;
        std::erase_if(roster.items, [&](const RosterItem& at) { return at.jid == write.jid; });
    }
    void perform(Session&, const PutBlocks& write) {
        users[write.user].snapshot.blocks = write.jids;
    }
    void perform(Session&, const PutVcard& write) { users[write.user].vcard = write.bytes; }
    void perform(Session&, const Unchanged& write) {
        const UserSnapshot& snapshot = users[write.user].snapshot;
        EXPECT_EQ(write.routes_version.value_or(snapshot.routes_version), snapshot.routes_version);
        EXPECT_EQ(write.roster_version.value_or(snapshot.roster.version), snapshot.roster.version);
    }
    template <class Other>
    void perform(Session&, const Other&) {
        ADD_FAILURE() << "no rule writes this";
    }
};

/// The writes of that kind in the last plan.
template <class Kind>
std::vector<Kind> writes_of(const Plan& plan) {
    std::vector<Kind> out;
    for (const Write& write : plan.writes) {
        if (const auto* what = std::get_if<Kind>(&write)) out.push_back(*what);
    }
    return out;
}

}  // namespace backend
