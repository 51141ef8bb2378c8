#include "backend/rules/subscription_rules.h"

#include "backend/rules/addressing.h"
#include "backend/rules/block_list.h"
#include "backend/rules/presence_text.h"
#include "backend/rules/roster.h"

namespace backend {
namespace {

using enum SubscriptionAction;

/// One user's side of a subscription while it changes.
struct Side {
    Side(std::string user_, const std::string& contact, PlanBuilder& plan)
        : user(std::move(user_)),
          snapshot(plan.user_with_roster(user)),
          before(item_for(snapshot.roster, contact)),
          item(item_or_new(snapshot.roster, contact)) {
        plan.rely_on_routes(user);
        plan.rely_on_roster(user);
    }

    void set(SubscriptionState next) {
        item.subscription = next.subscription;
        item.ask = next.pending_out;
        if (!next.pending_in) item.pending_in.clear();
    }

    std::string user;
    const UserSnapshot& snapshot;
    const RosterItem* before;  // in the roster; null: none
    RosterItem item;           // as it will be
};

/// The presence that a giver's sessions show, or take back, at the taker's available sessions.
void show(const Side& giver, const Side& taker, bool is_shown, PlanBuilder& plan) {
    if (has_blocked(giver.user, giver.snapshot, taker.user) ||
        has_blocked(taker.user, taker.snapshot, giver.user)) {
        return;
    }
    for (const Route& from : giver.snapshot.routes) {
        if (!is_available(from)) continue;
        const std::string presence =
            is_shown ? from.presence : unavailable_presence(full_jid(giver.user, from));
        for (const Route& to : taker.snapshot.routes) {
            if (!is_available(to)) continue;
            plan.send(taker.user, to, with_attribute(presence, "to", taker.user));
        }
    }
}

class SubscriptionPlan {
public:
    SubscriptionPlan(const std::string& contact, PlanBuilder& plan)
        : plan_(plan), mine_(plan.own_user(), contact, plan), theirs_(contact, mine_.user, plan) {}

    bool has_blocked_contact() const {
        return has_blocked(mine_.user, mine_.snapshot, theirs_.user);
    }

    SubscriptionState state() const { return state_of(mine_.item); }

    bool has_room() const { return has_room_for(mine_.snapshot.roster, mine_.item); }

    void send(SubscriptionAction action, std::string stanza) {
        if (approves_early(action)) return;
        const SubscriptionState state = state_of(mine_.item);
        const SubscriptionStep step = outbound(state, action);
        mine_.set(step.next);
        if (action == unsubscribed) mine_.item.approved = false;
        if (action == subscribe || (action == subscribed && step.passes)) {
            mine_.item.is_listed = true;
        }
        if (!step.passes) return;
        const bool gave = gives_presence(state.subscription);
        if (action == unsubscribed && gave) show(mine_, theirs_, false, plan_);
        arrive(action, std::move(stanza));
        i_appear_ = action == subscribed;
    }

    void save_mine() { put_item(plan_, mine_.user, mine_.before, mine_.item); }
    void save_theirs() {
        if (theirs_.snapshot.exists) {
            put_item(plan_, theirs_.user, theirs_.before, theirs_.item);
        }
    }
    /// Sections 3.1.5 and 3.1.6: presence comes behind the push that explains it.
    void show_presence() {
        if (i_appear_) show(mine_, theirs_, true, plan_);
        if (they_appear_) show(theirs_, mine_, true, plan_);
    }

private:
    /// RFC 6121 section 3.4: `subscribed` before anybody has asked.
    bool approves_early(SubscriptionAction action) {
        if (action != subscribed || !mine_.item.pending_in.empty()) return false;
        if (!gives_presence(mine_.item.subscription)) {
            mine_.item.approved = true;
            mine_.item.is_listed = true;
        }
        return true;
    }

    /// What the contact's server does with it.
    void arrive(SubscriptionAction action, std::string stanza) {
        if (!theirs_.snapshot.exists) return;
        const bool is_blocked = has_blocked(theirs_.user, theirs_.snapshot, mine_.user);
        const bool asks = action == subscribe || action == subscribed;
        if (is_blocked && asks) return;
        if (action == subscribe) return arrive_request(std::move(stanza));
        const SubscriptionState state = state_of(theirs_.item);
        const SubscriptionStep step = inbound(state, action);
        theirs_.set(step.next);
        if (!step.passes) return;
        if (!is_blocked) {
            for (const Route& route : theirs_.snapshot.routes) {
                if (route.wants_roster) plan_.send(theirs_.user, route, stanza);
            }
        }
        if (action == unsubscribe && gives_presence(state.subscription)) {
            show(theirs_, mine_, false, plan_);
        }
    }

    void arrive_request(std::string stanza) {
        if (gives_presence(theirs_.item.subscription)) return approve_at_once();
        if (theirs_.item.approved) {
            SubscriptionState state = state_of(theirs_.item);
            state.pending_in = true;
            theirs_.set(outbound(state, subscribed).next);
            return approve_at_once();
        }
        if (!inbound(state_of(theirs_.item), subscribe).passes) return;
        theirs_.item.pending_in = stanza.size() <= kStoredRequestBytes
                                      ? stanza
                                      : subscription_presence(subscribe, mine_.user, theirs_.user);
        if (!has_room_for(theirs_.snapshot.roster, theirs_.item)) {
            theirs_.item.pending_in.clear();  // strangers shall not fill a roster up
            return;
        }
        for (const Route& route : theirs_.snapshot.routes) {
            if (is_available(route)) plan_.send(theirs_.user, route, stanza);
        }
    }

    /// The contact has agreed already; its server answers (RFC 6121 section 3.1.3).
    void approve_at_once() {
        const SubscriptionStep step = inbound(state_of(mine_.item), subscribed);
        mine_.set(step.next);
        if (!step.passes) return;
        const std::string answer = subscription_presence(subscribed, theirs_.user, mine_.user);
        for (const Route& route : mine_.snapshot.routes) {
            if (route.wants_roster) plan_.send(mine_.user, route, answer);
        }
        they_appear_ = true;
    }

    PlanBuilder& plan_;
    Side mine_;
    Side theirs_;
    bool i_appear_ = false;     // to the contact, who may see my presence now
    bool they_appear_ = false;  // the contact's sessions, to me
};

}  // namespace

void plan_subscription(const Stanza& presence, SubscriptionAction action,
                       const std::string& contact, PlanBuilder& plan) {
    SubscriptionPlan change(contact, plan);
    if (change.has_blocked_contact()) {
        return plan.refuse(presence, StanzaErrorCondition::not_acceptable, blocked_detail());
    }
    const bool may_add = action == subscribe || action == subscribed;
    if (may_add && !change.has_room()) {
        return plan.refuse(presence, StanzaErrorCondition::resource_constraint);
    }
    const std::string stamped = with_attribute(presence.bytes, "from", plan.own_user());
    change.send(action, with_attribute(stamped, "to", contact));
    change.save_mine();
    change.save_theirs();
    change.show_presence();
}

void end_subscriptions(const std::string& contact, PlanBuilder& plan) {
    SubscriptionPlan change(contact, plan);
    const auto send = [&](SubscriptionAction action) {
        change.send(action, subscription_presence(action, plan.own_user(), contact));
    };
    const SubscriptionState state = change.state();
    if (gets_presence(state.subscription) || state.pending_out) send(unsubscribe);
    if (gives_presence(state.subscription)) send(unsubscribed);
    change.save_theirs();
}

}  // namespace backend
