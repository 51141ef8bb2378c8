#include "backend/rules/subscription.h"

namespace backend {
namespace {

Subscription subscription_with(bool gets, bool gives) {
    if (gets) return gives ? Subscription::both : Subscription::to;
    return gives ? Subscription::from : Subscription::none;
}

void set_gets(SubscriptionState& state, bool gets) {
    state.subscription = subscription_with(gets, gives_presence(state.subscription));
    state.pending_out = false;
}

void set_gives(SubscriptionState& state, bool gives) {
    state.subscription = subscription_with(gets_presence(state.subscription), gives);
    state.pending_in = false;
}

}  // namespace

std::string_view to_string(SubscriptionAction action) {
    switch (action) {
        case SubscriptionAction::subscribe: return "subscribe";
        case SubscriptionAction::subscribed: return "subscribed";
        case SubscriptionAction::unsubscribe: return "unsubscribe";
        case SubscriptionAction::unsubscribed: return "unsubscribed";
    }
    return "subscribe";
}

std::string_view to_string(Subscription subscription) {
    switch (subscription) {
        case Subscription::none: return "none";
        case Subscription::to: return "to";
        case Subscription::from: return "from";
        case Subscription::both: return "both";
    }
    return "none";
}

std::optional<SubscriptionAction> subscription_action(std::string_view presence_type) {
    using enum SubscriptionAction;
    for (const auto action : {subscribe, subscribed, unsubscribe, unsubscribed}) {
        if (presence_type == to_string(action)) return action;
    }
    return std::nullopt;
}

SubscriptionStep outbound(SubscriptionState state, SubscriptionAction action) {
    const bool gets = gets_presence(state.subscription);
    const bool gives = gives_presence(state.subscription);
    SubscriptionStep step{state, true};
    switch (action) {
        case SubscriptionAction::subscribe:
            step.next.pending_out = !gets;  // A.2.1: always on its way, it may have been lost
            break;
        case SubscriptionAction::unsubscribe: set_gets(step.next, false); break;  // A.2.2: the same
        case SubscriptionAction::subscribed:                                      // A.2.3
            step.passes = state.pending_in;
            if (step.passes) set_gives(step.next, true);
            break;
        case SubscriptionAction::unsubscribed:  // A.2.4
            step.passes = gives || state.pending_in;
            if (step.passes) set_gives(step.next, false);
            break;
    }
    return step;
}

SubscriptionStep inbound(SubscriptionState state, SubscriptionAction action) {
    const bool gets = gets_presence(state.subscription);
    const bool gives = gives_presence(state.subscription);
    SubscriptionStep step{state, false};
    switch (action) {
        case SubscriptionAction::subscribe:  // A.3.1
            step.passes = !gives && !state.pending_in;
            if (step.passes) step.next.pending_in = true;
            break;
        case SubscriptionAction::unsubscribe:  // A.3.2
            step.passes = gives || state.pending_in;
            if (step.passes) set_gives(step.next, false);
            break;
        case SubscriptionAction::subscribed:  // A.3.3
            step.passes = state.pending_out;
            if (step.passes) set_gets(step.next, true);
            break;
        case SubscriptionAction::unsubscribed:  // A.3.4
            step.passes = gets || state.pending_out;
            if (step.passes) set_gets(step.next, false);
            break;
    }
    return step;
}

SubscriptionState state_of(const RosterItem& item) {
    return {item.subscription, item.ask, !item.pending_in.empty()};
}

}  // namespace backend
