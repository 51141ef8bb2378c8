#include "backend/rules/message_rules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "backend/rules/addressing.h"
#include "backend/rules/block_list.h"
#include "backend/rules/carbons.h"
#include "backend/rules/copy_marks.h"
#include "backend/rules/delay.h"
#include "backend/rules/delivery.h"
#include "xmpp/namespaces.h"

namespace backend {
namespace {

using enum StanzaErrorCondition;

/// One message on its way to an account of ours.
class MessageRoute {
public:
    MessageRoute(const Stanza& message, const Target& target, PlanBuilder& plan)
        : message_(message),
          target_(target),
          plan_(plan),
          type_(message_type(message.type)),
          own_(plan.user(plan.own_user())),
          to_(plan.user(target.user)) {}

    void plan() {
        if (!plan_.is_complete()) return;  // every message is planned here first
        if (!is_to_self() && is_refused_by_blocks()) return;
        if (!to_.exists) return refuse_unless_silent();
        const Delivery delivery = delivery_of(type_, target_.resource, to_);
        if (delivery.routes.empty()) {
            if (!take_otherwise(delivery.otherwise)) return;
        }
        deliver(delivery.routes);
    }

private:
    bool is_to_self() const { return target_.user == plan_.own_user(); }

    bool is_refused_by_blocks() {
        if (has_blocked(plan_.own_user(), own_, message_.to->full())) {
            plan_.refuse(message_, not_acceptable, blocked_detail());
            return true;
        }
        if (!has_blocked(target_.user, to_, plan_.sender().jid.full())) return false;
        refuse_unless_silent();
        return true;
    }

    /// A user who does not exist, or has blocked the sender, looks like one who is offline.
    void refuse_unless_silent() {
        if (type_ != MessageType::headline) plan_.refuse(message_, service_unavailable);
    }

    /// False: nothing became of the message.
    bool take_otherwise(Otherwise otherwise) {
        if (otherwise == Otherwise::drop) return false;
        if (otherwise == Otherwise::refuse || !may_be_stored(message_)) {
            plan_.refuse(message_, service_unavailable);
            return false;
        }
        plan_.write(StoreOffline{
            target_.user, to_.routes_version,
            with_delay(stamped(), plan_.sender().jid.domainpart(), plan_.context().now)});
        return true;
    }

    std::string stamped() const {
        std::string bytes =
            with_attribute(without_copy_marks(message_.bytes, message_.root, target_.user), "from",
                           plan_.sender().jid.full());
        if (message_.root.child("private", xmpp::ns::kCarbons)) bytes = without_private(bytes);
        return message_.to ? bytes : with_attribute(bytes, "to", target_.user);
    }

    void deliver(const std::vector<const Route*>& routes) {
        const bool is_copied = may_be_copied(type_, message_.root);
        std::vector<const Route*> carbons;
        // What is kept offline reaches every session that comes online, carbons or not.
        if (is_copied && !routes.empty()) carbons = routes_for_carbons(to_, routes);
        std::vector<const Route*> all = routes;
        all.insert(all.end(), carbons.begin(), carbons.end());
        const std::string bytes = stamped();
        const std::string marked =
            with_copy_mark(bytes, target_.user, all, plan_.context().make_id);
        for (const Route* route : routes) plan_.send(target_.user, *route, marked);
        // To oneself: one copy of either kind is enough.
        const auto kind = is_to_self() ? CarbonKind::sent : CarbonKind::received;
        send_carbons(kind, target_.user, carbons, marked);
        if (is_copied && !is_to_self()) {
            // Unmarked: the sender need not know how many sessions the receiver has.
            send_carbons(CarbonKind::sent, plan_.own_user(), routes_for_carbons(own_, {}), bytes);
        }
    }

    /// Sessions that want carbons, are not the sender's, and do not get the message itself.
    std::vector<const Route*> routes_for_carbons(const UserSnapshot& user,
                                                 const std::vector<const Route*>& served) const {
        std::vector<const Route*> routes;
        for (const Route& route : user.routes) {
            if (!route.carbons || plan_.is_own(route)) continue;
            if (std::find(served.begin(), served.end(), &route) != served.end()) continue;
            routes.push_back(&route);
        }
        return routes;
    }

    void send_carbons(CarbonKind kind, const std::string& user,
                      const std::vector<const Route*>& routes, const std::string& bytes) {
        for (const Route* route : routes) {
            const std::string copy = carbon(kind, user, bytes, message_.type);
            plan_.send(user, *route, with_attribute(copy, "to", full_jid(user, *route)));
        }
    }

    const Stanza& message_;
    const Target& target_;
    PlanBuilder& plan_;
    MessageType type_;
    const UserSnapshot& own_;
    const UserSnapshot& to_;
};

/// Chat states, and the thread they are in, are old news when somebody comes back.
bool says_more_than_a_state(xmpp::Element message) {
    for (auto at = message.first_child(); at; at = at.next_sibling()) {
        if (at.namespace_uri() == xmpp::ns::kChatStates) continue;
        if (!at.is("thread", xmpp::ns::kClient)) return true;
    }
    return false;
}

}  // namespace

bool may_be_stored(const Stanza& message) {
    const auto has_hint = [&](std::string_view name) {
        return static_cast<bool>(message.root.child(name, xmpp::ns::kHints));
    };
    if (has_hint("no-store") || has_hint("no-permanent-store")) return false;
    return has_hint("store") || says_more_than_a_state(message.root);
}

void plan_message(const Stanza& message, PlanBuilder& plan) {
    if (message.has_bad_to) return plan.refuse(message, jid_malformed);
    const Target target = target_of(message, plan.own_user(), plan.context());
    switch (target.place) {
        case Place::remote: return plan.refuse(message, remote_server_not_found);
        case Place::server:
        case Place::nowhere: return plan.refuse(message, service_unavailable);
        case Place::account: return MessageRoute(message, target, plan).plan();
    }
}

}  // namespace backend
