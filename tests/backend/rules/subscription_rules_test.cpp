#include "backend/rules/subscription_rules.h"

#include <random>

#include "backend/rules/roster.h"
#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

std::string presence(const std::string& from, const std::string& to, const std::string& type = {}) {
    const std::string attribute = type.empty() ? "" : " type='" + type + "'";
    return "<presence from='" + from + "@example.org" +
           (type.empty() || type == "unavailable" ? from == "romeo" ? "/orchard" : "/balcony"
                                                  : "") +
           "' to='" + to + "@example.org'" + attribute + "/>";
}

std::string push(const std::string& to, int version, const std::string& item) {
    return "<iq type='set' to='" + to + "' id='push" + std::to_string(version) +
           "'><query xmlns='jabber:iq:roster' ver='" + std::to_string(version) + "'>" + item +
           "</query></iq>";
}

class SubscriptionRules : public ::testing::Test {
protected:
    SubscriptionRules() {
        world.come_online(kRomeo);
        world.come_online(kJuliet);
    }

    Subscription romeos() {
        const RosterItem* item = world.item("romeo@example.org", "juliet@example.org");
        return item ? item->subscription : Subscription::none;
    }
    Subscription juliets() {
        const RosterItem* item = world.item("juliet@example.org", "romeo@example.org");
        return item ? item->subscription : Subscription::none;
    }
    void say(const std::string& who, const std::string& type) {
        const std::string to = who == kRomeo ? "juliet@example.org" : "romeo@example.org";
        world.send(who, "<presence to='" + to + "' type='" + type + "'/>");
    }

    World world;
};

TEST_F(SubscriptionRules, AskedAndGranted) {
    say(kRomeo, "subscribe");
    EXPECT_XML(
        world.taken(kRomeo),
        {push(kRomeo, 1, "<item jid='juliet@example.org' subscription='none' ask='subscribe'/>")});
    EXPECT_XML(world.taken(kJuliet), {presence("romeo", "juliet", "subscribe")});
    EXPECT_FALSE(world.item("juliet@example.org", "romeo@example.org")->is_listed);

    say(kJuliet, "subscribed");
    EXPECT_XML(world.taken(kRomeo),
               {presence("juliet", "romeo", "subscribed"),
                push(kRomeo, 2, "<item jid='juliet@example.org' subscription='to'/>"),
                presence("juliet", "romeo")});
    EXPECT_XML(world.taken(kJuliet),
               {push(kJuliet, 2, "<item jid='romeo@example.org' subscription='from'/>")});
    EXPECT_EQ(romeos(), Subscription::to);
    EXPECT_EQ(juliets(), Subscription::from);

    say(kJuliet, "subscribe");
    say(kRomeo, "subscribed");
    EXPECT_EQ(romeos(), Subscription::both);
    EXPECT_EQ(juliets(), Subscription::both);
}

TEST_F(SubscriptionRules, DeniedWithoutATrace) {
    say(kRomeo, "subscribe");
    world.forget_all();
    say(kJuliet, "unsubscribed");
    EXPECT_EQ(world.item("juliet@example.org", "romeo@example.org"), nullptr);
    EXPECT_TRUE(world.taken(kJuliet).empty());
    EXPECT_XML(world.taken(kRomeo),
               {presence("juliet", "romeo", "unsubscribed"),
                push(kRomeo, 2, "<item jid='juliet@example.org' subscription='none'/>")});
}

TEST_F(SubscriptionRules, RequestsWaitForTheNextPresence) {
    world.add_user("nurse@example.org");
    world.send(kRomeo,
               "<presence to='nurse@example.org/x' type='subscribe'><status>pray"
               "</status></presence>");
    world.connect("nurse@example.org/hall");
    world.send("nurse@example.org/hall", "<presence/>");
    const Stanzas got = world.taken("nurse@example.org/hall");
    ASSERT_EQ(got.size(), 2u);
    EXPECT_XML(Stanzas{got[1]}, {"<presence from='romeo@example.org' to='nurse@example.org' "
                                 "type='subscribe'><status>pray</status></presence>"});
}

TEST_F(SubscriptionRules, RequestsOfTheBlockedWaitUnseen) {
    say(kRomeo, "subscribe");
    world.users["juliet@example.org"].snapshot.blocks = {"romeo@example.org"};
    const std::string chamber = "juliet@example.org/chamber";
    world.come_online(chamber);
    world.send(chamber, "<presence type='unavailable'/>");
    world.forget_all();
    world.send(chamber, "<presence/>");
    EXPECT_EQ(world.taken(chamber).size(), 2u) << "her own two sessions";
}

TEST_F(SubscriptionRules, LongRequestsAreKeptShort) {
    world.add_user("nurse@example.org");
    world.send(kRomeo, "<presence to='nurse@example.org' type='subscribe'><status>" +
                           std::string(kStoredRequestBytes, 'x') + "</status></presence>");
    EXPECT_EQ(world.item("nurse@example.org", "romeo@example.org")->pending_in,
              "<presence from='romeo@example.org' to='nurse@example.org' type='subscribe'/>");
}

TEST_F(SubscriptionRules, AskingTwiceIsHeardOnce) {
    say(kRomeo, "subscribe");
    say(kRomeo, "subscribe");
    EXPECT_EQ(world.taken(kJuliet).size(), 1u);
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
}

TEST_F(SubscriptionRules, WhoCancelsIsSeenToLeave) {
    world.befriend("romeo@example.org", "juliet@example.org");
    say(kJuliet, "unsubscribed");
    EXPECT_XML(
        world.taken(kRomeo),
        {presence("juliet", "romeo", "unavailable"), presence("juliet", "romeo", "unsubscribed"),
         push(kRomeo, 2, "<item jid='juliet@example.org' subscription='from'/>")});
    EXPECT_EQ(juliets(), Subscription::to);
}

TEST_F(SubscriptionRules, WhoUnsubscribesSeesTheOtherLeave) {
    world.befriend("romeo@example.org", "juliet@example.org");
    say(kRomeo, "unsubscribe");
    EXPECT_XML(world.taken(kRomeo),
               {presence("juliet", "romeo", "unavailable"),
                push(kRomeo, 2, "<item jid='juliet@example.org' subscription='from'/>")});
    EXPECT_XML(world.taken(kJuliet),
               {presence("romeo", "juliet", "unsubscribe"),
                push(kJuliet, 2, "<item jid='romeo@example.org' subscription='to'/>")});
}

TEST_F(SubscriptionRules, ApprovedBeforeAsked) {  // RFC 6121 section 3.4
    say(kJuliet, "subscribed");
    EXPECT_TRUE(world.taken(kRomeo).empty());
    EXPECT_XML(world.taken(kJuliet), {push(kJuliet, 1,
                                           "<item jid='romeo@example.org' subscription='none' "
                                           "approved='true'/>")});
    say(kRomeo, "subscribe");
    EXPECT_EQ(romeos(), Subscription::to);
    EXPECT_EQ(juliets(), Subscription::from);
    EXPECT_XML(world.taken(kRomeo),
               {presence("juliet", "romeo", "subscribed"),
                push(kRomeo, 1, "<item jid='juliet@example.org' subscription='to'/>"),
                presence("juliet", "romeo")});
    EXPECT_EQ(world.taken(kJuliet).size(), 1u) << "a push, no request";
}

TEST_F(SubscriptionRules, AnEarlyApprovalCanBeTakenBack) {
    say(kJuliet, "subscribed");
    say(kJuliet, "unsubscribed");
    EXPECT_FALSE(world.item("juliet@example.org", "romeo@example.org")->approved);
    EXPECT_TRUE(world.taken(kRomeo).empty());
}

TEST_F(SubscriptionRules, AnsweredForWhoHasAgreedAlready) {
    world.put("juliet@example.org", "romeo@example.org", Subscription::from);
    say(kRomeo, "subscribe");
    EXPECT_TRUE(world.taken(kJuliet).empty());
    EXPECT_EQ(romeos(), Subscription::to);
}

TEST_F(SubscriptionRules, BlockedRequestsAreNotHeard) {
    world.users["juliet@example.org"].snapshot.blocks = {"romeo@example.org"};
    say(kRomeo, "subscribe");
    EXPECT_TRUE(world.taken(kJuliet).empty());
    EXPECT_EQ(world.item("juliet@example.org", "romeo@example.org"), nullptr);
    say(kJuliet, "subscribe");
    EXPECT_NE(world.taken(kJuliet).at(0).find("not-acceptable"), std::string::npos);
}

TEST_F(SubscriptionRules, NobodyAndOneself) {
    world.send(kRomeo, "<presence to='nobody@example.org' type='subscribe'/>");
    EXPECT_EQ(world.taken(kRomeo).size(), 1u) << "a push, as for anybody";
    EXPECT_FALSE(world.users["nobody@example.org"].snapshot.exists);
    EXPECT_TRUE(world.users["nobody@example.org"].snapshot.roster.items.empty());
    world.send(kRomeo, "<presence to='romeo@example.org' type='subscribe'/>");
    EXPECT_TRUE(world.taken(kRomeo).empty());
}

TEST_F(SubscriptionRules, BothSidesAgreeWhateverIsSaid) {
    const std::vector<std::string> types{"subscribe", "subscribed", "unsubscribe", "unsubscribed"};
    const auto remove = [&](const std::string& who, const std::string& whom) {
        world.send(who, "<iq type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='" + whom +
                            "' subscription='remove'/></query></iq>");
    };
    const auto state = [&](const std::string& user, const std::string& contact) {
        const RosterItem* item = world.item(user, contact);
        return item == nullptr ? SubscriptionState{} : state_of(*item);
    };
    std::minstd_rand random(7);
    for (int step = 0; step < 3'000; ++step) {
        const bool is_romeo = random() % 2 == 0;
        const std::size_t what = random() % (types.size() * 4 + 1);
        if (what == types.size() * 4) {
            remove(is_romeo ? kRomeo : kJuliet,
                   is_romeo ? "juliet@example.org" : "romeo@example.org");
        } else {
            say(is_romeo ? kRomeo : kJuliet, types[what % types.size()]);
        }
        const auto one = state("romeo@example.org", "juliet@example.org");
        const auto other = state("juliet@example.org", "romeo@example.org");
        ASSERT_EQ(gets_presence(one.subscription), gives_presence(other.subscription)) << step;
        ASSERT_EQ(gives_presence(one.subscription), gets_presence(other.subscription)) << step;
        ASSERT_EQ(one.pending_out, other.pending_in) << step;
        ASSERT_EQ(one.pending_in, other.pending_out) << step;
        world.forget_all();
    }
}

TEST_F(SubscriptionRules, StrangersDoNotFillARoster) {
    for (std::size_t i = 0; i < kRosterItems; ++i) {
        world.put("juliet@example.org", std::to_string(i) + "@example.org", Subscription::none);
    }
    say(kRomeo, "subscribe");
    EXPECT_EQ(world.item("juliet@example.org", "romeo@example.org"), nullptr);
    EXPECT_TRUE(world.taken(kJuliet).empty());
    say(kJuliet, "subscribe");
    EXPECT_NE(world.taken(kJuliet).at(0).find("resource-constraint"), std::string::npos);
}

}  // namespace
}  // namespace backend
