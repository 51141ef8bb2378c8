#include "backend/rules/presence_rules.h"

#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

class PresenceRules : public ::testing::Test {
protected:
    PresenceRules() {
        world.befriend("romeo@example.org", "juliet@example.org");
        world.connect(kJuliet);
    }

    World world;
};

TEST_F(PresenceRules, InitialPresenceReachesContactsAndOneself) {
    world.come_online(kRomeo);
    world.send(kJuliet, "<presence id='1'><show>away</show></presence>");
    EXPECT_XML(world.taken(kRomeo), {"<presence from='juliet@example.org/balcony' "
                                     "to='romeo@example.org' id='1'><show>away</show></presence>"});
    EXPECT_XML(world.taken(kJuliet),
               {"<presence from='juliet@example.org/balcony' to='juliet@example.org' "
                "id='1'><show>away</show></presence>",
                "<presence from='romeo@example.org/orchard' to='juliet@example.org/balcony'/>"});
    EXPECT_EQ(world.readings, 2) << "first the roster, then whom it names";
}

TEST_F(PresenceRules, WhoArrivesOrBeginsToTakeMessagesIsWelcome) {
    const auto is_welcome = [this](const std::string& priority) {
        world.send(kJuliet, "<presence><priority>" + priority + "</priority></presence>");
        return !writes_of<Welcome>(world.last_plan).empty();
    };
    EXPECT_TRUE(is_welcome("-1"));
    EXPECT_FALSE(is_welcome("-2"));
    EXPECT_TRUE(is_welcome("0")) << "offline messages may be as many as a queue holds";
    EXPECT_FALSE(is_welcome("1"));
}

TEST_F(PresenceRules, InsistsThatNobodyCameOnlineMeanwhile) {
    world.send(kJuliet, "<presence/>");
    std::map<std::string, Unchanged> by_user;
    for (const Unchanged& unchanged : writes_of<Unchanged>(world.last_plan)) {
        by_user[unchanged.user] = unchanged;
    }
    EXPECT_TRUE(by_user["romeo@example.org"].routes_version);
    EXPECT_TRUE(by_user["juliet@example.org"].routes_version);
    EXPECT_TRUE(by_user["juliet@example.org"].roster_version);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(world.last_plan.writes.front()));
}

TEST_F(PresenceRules, OwnSessionsSeeEachOther) {
    world.send(kJuliet, "<presence/>");
    world.connect(kChamber);
    world.forget_all();
    world.send(kChamber, "<presence/>");
    EXPECT_XML(world.taken(kJuliet),
               {"<presence from='juliet@example.org/chamber' to='juliet@example.org'/>"});
    EXPECT_XML(world.taken(kChamber),
               {"<presence from='juliet@example.org/chamber' to='juliet@example.org'/>",
                "<presence from='juliet@example.org/balcony' to='juliet@example.org/chamber'/>"});
}

TEST_F(PresenceRules, AnUpdateAsksForNobodysPresence) {
    world.come_online(kRomeo);
    world.send(kJuliet, "<presence/>");
    world.forget_all();
    world.send(kJuliet, "<presence><priority>5</priority></presence>");
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
    EXPECT_EQ(world.taken(kJuliet).size(), 1u);
    EXPECT_EQ(world.sessions.at(kJuliet).sender.route.priority, std::int8_t{5});
}

TEST_F(PresenceRules, OneWaySubscriptionsAreOneWay) {
    world.put("nurse@example.org", "juliet@example.org", Subscription::from);
    world.put("juliet@example.org", "nurse@example.org", Subscription::to);
    world.come_online("nurse@example.org/hall");
    world.send(kJuliet, "<presence/>");
    EXPECT_TRUE(world.taken("nurse@example.org/hall").empty());
    EXPECT_EQ(world.taken(kJuliet).size(), 2u) << "her own, and the nurse's";
}

TEST_F(PresenceRules, NobodyIsToldWithoutPresenceOfHisOwn) {
    world.connect(kRomeo);
    world.send(kJuliet, "<presence/>");
    EXPECT_TRUE(world.taken(kRomeo).empty());
}

TEST_F(PresenceRules, BlockedContactsSeeAndAreSeenNot) {
    world.come_online(kRomeo);
    world.users["juliet@example.org"].snapshot.blocks = {"romeo@example.org"};
    world.send(kJuliet, "<presence/>");
    EXPECT_TRUE(world.taken(kRomeo).empty());
    EXPECT_EQ(world.taken(kJuliet).size(), 1u);
    world.send(kRomeo, "<presence><show>dnd</show></presence>");
    EXPECT_TRUE(world.taken(kJuliet).empty());
}

TEST_F(PresenceRules, OneBlockedSessionOfAContactIsLeftOut) {
    const std::string garden = "romeo@example.org/garden";
    for (const std::string& full : {kRomeo, garden}) world.come_online(full);
    world.users["juliet@example.org"].snapshot.blocks = {kRomeo};
    world.forget_all();
    world.send(kJuliet, "<presence/>");
    EXPECT_TRUE(world.taken(kRomeo).empty());
    EXPECT_EQ(world.taken(garden).size(), 1u);
    EXPECT_XML(world.taken(kJuliet),
               {"<presence from='juliet@example.org/balcony' to='juliet@example.org'/>",
                "<presence from='romeo@example.org/garden' to='juliet@example.org/balcony'/>"});
    world.send(kRomeo, "<presence><show>dnd</show></presence>");
    EXPECT_TRUE(world.taken(kJuliet).empty());
}

TEST_F(PresenceRules, UnavailableIsToldOnce) {
    world.come_online(kRomeo);
    world.send(kJuliet, "<presence/>");
    world.forget_all();
    world.send(kJuliet, "<presence type='unavailable'><status>bye</status></presence>");
    EXPECT_XML(world.taken(kRomeo),
               {"<presence from='juliet@example.org/balcony' to='romeo@example.org' "
                "type='unavailable'><status>bye</status></presence>"});
    EXPECT_FALSE(world.sessions.at(kJuliet).sender.route.priority);
    EXPECT_EQ(world.taken(kJuliet).size(), 1u);
    world.send(kJuliet, "<presence type='unavailable'/>");
    EXPECT_TRUE(world.last_plan.writes.empty());
}

TEST_F(PresenceRules, DirectedPresenceIsTakenBack) {
    world.come_online("nurse@example.org/hall");
    world.send(kJuliet, "<presence to='nurse@example.org/hall'/>");
    world.send(kJuliet, "<presence to='nurse@example.org/hall'/>");
    EXPECT_EQ(world.taken("nurse@example.org/hall").size(), 2u);
    EXPECT_EQ(world.sessions.at(kJuliet).sender.route.directed.size(), 1u);
    world.send(kJuliet, "<presence type='unavailable'/>");
    EXPECT_XML(world.taken("nurse@example.org/hall"),
               {"<presence from='juliet@example.org/balcony' to='nurse@example.org/hall' "
                "type='unavailable'/>"});
    EXPECT_TRUE(world.sessions.at(kJuliet).sender.route.directed.empty());
}

TEST_F(PresenceRules, DirectedToABareJidReachesAvailableSessions) {
    world.come_online("nurse@example.org/hall");
    world.connect("nurse@example.org/asleep");
    world.send(kJuliet, "<presence to='nurse@example.org'/>");
    EXPECT_EQ(world.taken("nurse@example.org/hall").size(), 1u);
    EXPECT_TRUE(world.taken("nurse@example.org/asleep").empty());
    world.send(kJuliet, "<presence to='nurse@example.org' type='unavailable'/>");
    EXPECT_EQ(world.taken("nurse@example.org/hall").size(), 1u);
    EXPECT_TRUE(world.sessions.at(kJuliet).sender.route.directed.empty());
}

TEST_F(PresenceRules, NobodyLearnsWhoExists) {
    for (const std::string type : {"", "unavailable", "error"}) {
        const std::string attribute = type.empty() ? "" : " type='" + type + "'";
        world.send(kJuliet, "<presence to='nobody@example.org'" + attribute + "/>");
        world.send(kJuliet, "<presence to='romeo@example.org'" + attribute + "/>");
        EXPECT_TRUE(world.taken(kJuliet).empty()) << type;
    }
}

// --- probes (RFC 6121 section 4.3.2)

TEST_F(PresenceRules, AProbeIsAnsweredWithAllThatIsThere) {
    for (const std::string& full : {kRomeo, kRomeo + "2"}) world.come_online(full);
    world.send(kRomeo, "<presence><show>dnd</show></presence>");
    world.forget_all();
    const std::string of_orchard =
        "<presence from='romeo@example.org/orchard' "
        "to='juliet@example.org/balcony'><show>dnd</show></presence>";
    world.send(kJuliet, "<presence type='probe' to='romeo@example.org'/>");
    EXPECT_XML(world.taken(kJuliet),
               {of_orchard,
                "<presence from='romeo@example.org/orchard2' to='juliet@example.org/balcony'/>"});
    world.send(kJuliet, "<presence type='probe' to='romeo@example.org/orchard'/>");
    EXPECT_XML(world.taken(kJuliet), {of_orchard});
    EXPECT_TRUE(world.taken(kRomeo).empty()) << "it is the server's to answer";
}

TEST_F(PresenceRules, AProbeOfOneselfIsAnswered) {
    world.come_online(kChamber);
    world.send(kJuliet, "<presence type='probe' to='juliet@example.org'/>");
    EXPECT_XML(world.taken(kJuliet), {"<presence from='juliet@example.org/chamber' "
                                      "to='juliet@example.org/balcony'/>"});
}

TEST_F(PresenceRules, AProbeOfWhoIsAwaySaysSo) {
    world.connect(kRomeo);
    for (const std::string to : {"romeo@example.org", "romeo@example.org/orchard"}) {
        world.send(kJuliet, "<presence type='probe' id='p' to='" + to + "'/>");
        EXPECT_XML(world.taken(kJuliet),
                   {"<presence from='" + to +
                    "' to='juliet@example.org/balcony' id='p' type='unavailable'/>"});
    }
}

TEST_F(PresenceRules, AProbeOfStrangersTellsNobodyWhoExists) {
    world.come_online("nurse@example.org/hall");
    world.put("juliet@example.org", "nurse@example.org", Subscription::from);
    world.put("nurse@example.org", "juliet@example.org", Subscription::to);
    for (const std::string who : {"nobody", "nurse"}) {
        world.send(kJuliet, "<presence type='probe' to='" + who + "@example.org'/>");
        EXPECT_XML(world.taken(kJuliet),
                   {"<presence from='" + who +
                    "@example.org' to='juliet@example.org/balcony' type='unsubscribed'/>"});
    }
    EXPECT_TRUE(world.last_plan.writes.size() == 1) << "and it changes nothing";
}

TEST_F(PresenceRules, AProbeOfWhoHasBlockedIsNotAnswered) {
    world.come_online(kRomeo);
    world.users["romeo@example.org"].snapshot.blocks = {"juliet@example.org"};
    world.send(kJuliet, "<presence type='probe' to='romeo@example.org'/>");
    EXPECT_TRUE(world.taken(kJuliet).empty());
    world.users["juliet@example.org"].snapshot.blocks = {"romeo@example.org"};
    world.send(kJuliet, "<presence type='probe' to='romeo@example.org'/>");
    EXPECT_NE(world.taken(kJuliet).at(0).find("<blocked "), std::string::npos);
}

TEST_F(PresenceRules, RefusesWhatMakesNoSense) {
    for (const std::string presence :
         {"<presence><priority>128</priority></presence>",
          "<presence><priority>x</priority></presence>", "<presence type='subscribe'/>",
          "<presence type='here'/>", "<presence to='romeo@example.org' type='here'/>",
          "<presence to='a@elsewhere.net'/>", "<presence to='a@@b'/>"}) {
        world.send(kJuliet, presence);
        const Stanzas answers = world.taken(kJuliet);
        ASSERT_EQ(answers.size(), 1u) << presence;
        EXPECT_NE(answers[0].find("type='error'"), std::string::npos);
    }
    world.send(kJuliet, "<presence><s>" + std::string(kPresenceBytes, 'x') + "</s></presence>");
    EXPECT_NE(world.taken(kJuliet)[0].find("policy-violation"), std::string::npos);
}

TEST_F(PresenceRules, ReadsPriorities) {
    const auto read = [](const std::string& text) {
        const std::string bytes = "<presence><priority>" + text + "</priority></presence>";
        const xmpp::ElementReader reader(bytes);
        return priority_of(reader.root());
    };
    EXPECT_EQ(read("-128"), std::int8_t{-128});
    EXPECT_EQ(read(" +127\n"), std::int8_t{127});
    for (const std::string text : {"", " ", "128", "-129", "1.0", "1 2", "99999999999999999999"}) {
        EXPECT_EQ(read(text), std::nullopt) << text;
    }
    const xmpp::ElementReader none("<presence/>");
    EXPECT_EQ(priority_of(none.root()), std::int8_t{0});
}

}  // namespace
}  // namespace backend
