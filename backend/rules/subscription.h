#pragma once
// The states of a presence subscription and what moves them: RFC 6121 appendix A, every cell. Pure;
// any thread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "backend/store/records.h"

namespace backend {

/// One side's view: what stands in its roster, and which requests are open.
struct SubscriptionState {
    Subscription subscription = Subscription::none;
    bool pending_out = false;  // ours to the contact; never with `to` or `both`
    bool pending_in = false;   // the contact's to us; never with `from` or `both`
    friend bool operator==(const SubscriptionState&, const SubscriptionState&) = default;
};

enum class SubscriptionAction : std::uint8_t { subscribe, subscribed, unsubscribe, unsubscribed };
std::string_view to_string(SubscriptionAction action);
std::optional<SubscriptionAction> subscription_action(std::string_view presence_type);

struct SubscriptionStep {
    SubscriptionState next;
    bool passes = false;  // to the contact (outbound), to the user's clients (inbound)
};

/// Appendix A.2: the user sends it.
SubscriptionStep outbound(SubscriptionState state, SubscriptionAction action);
/// Appendix A.3: the contact has sent it.
SubscriptionStep inbound(SubscriptionState state, SubscriptionAction action);

SubscriptionState state_of(const RosterItem& item);

/// Does the user get the contact's presence? Does the contact get the user's?
inline bool gets_presence(Subscription subscription) {
    return subscription == Subscription::to || subscription == Subscription::both;
}
inline bool gives_presence(Subscription subscription) {
    return subscription == Subscription::from || subscription == Subscription::both;
}

std::string_view to_string(Subscription subscription);

}  // namespace backend
