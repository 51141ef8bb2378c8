#include "backend/rules/subscription.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace backend {
namespace {

/// The nine states of RFC 6121 section A.1, by the names of its tables.
struct Named {
    std::string_view name;
    SubscriptionState state;
};
constexpr auto kNone = Subscription::none;
constexpr std::array<Named, 9> kStates{{{"None", {kNone, false, false}},
                                        {"None+Out", {kNone, true, false}},
                                        {"None+In", {kNone, false, true}},
                                        {"None+Out+In", {kNone, true, true}},
                                        {"To", {Subscription::to, false, false}},
                                        {"To+In", {Subscription::to, false, true}},
                                        {"From", {Subscription::from, false, false}},
                                        {"From+Out", {Subscription::from, true, false}},
                                        {"Both", {Subscription::both, false, false}}}};

std::string name_of(const SubscriptionState& state) {
    for (const Named& named : kStates) {
        if (named.state == state) return std::string(named.name);
    }
    return "no state of the RFC";
}

/// "passes, new state" for each state in order.
using TableColumn = std::array<std::string_view, 9>;
using Move = SubscriptionStep (*)(SubscriptionState, SubscriptionAction);

void expect_column(Move move, SubscriptionAction action, const TableColumn& expected) {
    for (std::size_t i = 0; i < kStates.size(); ++i) {
        const SubscriptionStep step = move(kStates[i].state, action);
        EXPECT_EQ((step.passes ? "yes " : "no ") + name_of(step.next), expected[i])
            << to_string(action) << " in " << kStates[i].name;
    }
}

TEST(Subscription, OutboundSubscribe) {  // RFC 6121 section A.2.1
    expect_column(&outbound, SubscriptionAction::subscribe,
                  {"yes None+Out", "yes None+Out", "yes None+Out+In", "yes None+Out+In", "yes To",
                   "yes To+In", "yes From+Out", "yes From+Out", "yes Both"});
}

TEST(Subscription, OutboundUnsubscribe) {  // A.2.2
    expect_column(&outbound, SubscriptionAction::unsubscribe,
                  {"yes None", "yes None", "yes None+In", "yes None+In", "yes None", "yes None+In",
                   "yes From", "yes From", "yes From"});
}

TEST(Subscription, OutboundSubscribed) {  // A.2.3
    expect_column(&outbound, SubscriptionAction::subscribed,
                  {"no None", "no None+Out", "yes From", "yes From+Out", "no To", "yes Both",
                   "no From", "no From+Out", "no Both"});
}

TEST(Subscription, OutboundUnsubscribed) {  // A.2.4
    expect_column(&outbound, SubscriptionAction::unsubscribed,
                  {"no None", "no None+Out", "yes None", "yes None+Out", "no To", "yes To",
                   "yes None", "yes None+Out", "yes To"});
}

TEST(Subscription, InboundSubscribe) {  // A.3.1
    expect_column(&inbound, SubscriptionAction::subscribe,
                  {"yes None+In", "yes None+Out+In", "no None+In", "no None+Out+In", "yes To+In",
                   "no To+In", "no From", "no From+Out", "no Both"});
}

TEST(Subscription, InboundUnsubscribe) {  // A.3.2
    expect_column(&inbound, SubscriptionAction::unsubscribe,
                  {"no None", "no None+Out", "yes None", "yes None+Out", "no To", "yes To",
                   "yes None", "yes None+Out", "yes To"});
}

TEST(Subscription, InboundSubscribed) {  // A.3.3
    expect_column(&inbound, SubscriptionAction::subscribed,
                  {"no None", "yes To", "no None+In", "yes To+In", "no To", "no To+In", "no From",
                   "yes Both", "no Both"});
}

TEST(Subscription, InboundUnsubscribed) {  // A.3.4
    expect_column(&inbound, SubscriptionAction::unsubscribed,
                  {"no None", "yes None", "no None+In", "yes None+In", "yes None", "yes None+In",
                   "no From", "yes From", "yes From"});
}

TEST(Subscription, ReadsTypesOfPresence) {
    EXPECT_EQ(subscription_action("subscribed"), SubscriptionAction::subscribed);
    EXPECT_EQ(subscription_action("probe"), std::nullopt);
    EXPECT_EQ(subscription_action(""), std::nullopt);
}

}  // namespace
}  // namespace backend
