// What becomes of what a session leaves behind: needs_of_departure() and plan_departure().

#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

class DepartureRules : public ::testing::Test {
protected:
    DepartureRules() {
        world.befriend("romeo@example.org", "juliet@example.org");
        world.come_online(kRomeo);
        world.come_online(kJuliet);
        world.forget_all();
    }

    void chat(const std::string& to, const std::string& body, const std::string& type = "chat") {
        world.send(kRomeo, "<message to='" + to + "' type='" + type + "' id='" + body + "'><body>" +
                               body + "</body></message>");
    }
    /// The bodies that the session got, carbons included.
    std::string bodies(const std::string& full) {
        std::string out;
        for (const std::string& stanza : world.taken(full)) {
            const std::size_t at = stanza.find("<body>");
            if (at != std::string::npos) out += stanza.substr(at + 6, 1);
        }
        return out;
    }
    std::string offline() {
        std::string out;
        for (const std::string& stanza : world.users["juliet@example.org"].offline) {
            out += stanza.substr(stanza.find("<body>") + 6, 1);
        }
        return out;
    }

    World world;
};

TEST_F(DepartureRules, PresenceIsTakenBackAndTheSessionCloses) {
    world.come_online("nurse@example.org/hall");
    world.send(kJuliet, "<presence to='nurse@example.org'/>");
    world.forget_all();
    world.depart(kJuliet);
    EXPECT_TRUE(std::holds_alternative<CloseSession>(world.last_plan.writes.back()));
    EXPECT_XML(world.taken(kRomeo), {"<presence from='juliet@example.org/balcony' "
                                     "to='romeo@example.org' type='unavailable'/>"});
    EXPECT_XML(world.taken("nurse@example.org/hall"),
               {"<presence from='juliet@example.org/balcony' to='nurse@example.org' "
                "type='unavailable'/>"});
}

TEST_F(DepartureRules, WhoWasNotThereJustCloses) {
    world.connect(kChamber);
    world.depart(kChamber);
    EXPECT_TRUE(world.taken(kRomeo).empty());
}

TEST_F(DepartureRules, MessagesGoOfflineInOrder) {
    chat(kJuliet, "1");
    chat("juliet@example.org", "2");
    chat(kJuliet, "3", "normal");
    world.depart(kJuliet);
    EXPECT_EQ(offline(), "123");
    world.come_online(kJuliet);
    world.taken(kJuliet);
    EXPECT_EQ(offline(), "");
}

TEST_F(DepartureRules, WhatWaitedTwiceIsStampedOnce) {
    world.depart(kJuliet);
    chat("juliet@example.org", "1");
    world.connect(kJuliet);
    world.send(kJuliet, "<presence/>");
    world.depart(kJuliet);
    const std::string kept = world.users["juliet@example.org"].offline.at(0);
    EXPECT_EQ(kept.find("<delay"), kept.rfind("<delay"));
}

TEST_F(DepartureRules, SessionsThatCameLaterGetWhatTheyMissed) {
    chat("juliet@example.org", "1");
    chat(kJuliet, "2");
    world.come_online(kChamber);
    EXPECT_EQ(bodies(kChamber), "");
    chat("juliet@example.org", "3");
    world.depart(kJuliet);
    EXPECT_EQ(bodies(kChamber), "312") << "3 as it came, and not again";
    EXPECT_EQ(offline(), "");
}

TEST_F(DepartureRules, NothingIsLostWhenAllLeave) {
    world.come_online(kChamber);
    chat("juliet@example.org", "1");
    world.depart(kJuliet);
    EXPECT_EQ(offline(), "") << "the other session has it";
    world.depart(kChamber);
    EXPECT_EQ(offline(), "1");
}

TEST_F(DepartureRules, NothingIsDoubledWhenOneLeavesAfterTheOther) {
    const std::string hall = "juliet@example.org/hall", garden = "juliet@example.org/garden";
    world.come_online(kChamber);
    chat("juliet@example.org", "1");
    world.come_online(hall);
    world.come_online(garden);
    world.depart(kJuliet);
    EXPECT_EQ(bodies(hall), "") << "the chamber may see it yet";
    world.depart(kChamber);
    EXPECT_EQ(bodies(hall), "1");
    world.depart(garden);
    EXPECT_EQ(bodies(hall), "");
}

TEST_F(DepartureRules, CarbonsCountAsCopies) {
    world.come_online(kChamber);
    world.send(kChamber, "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    world.forget_all();
    chat(kJuliet, "1");
    world.depart(kJuliet);
    EXPECT_EQ(bodies(kChamber), "1") << "the carbon, and not again";
    world.come_online(kJuliet);
    world.forget_all();
    chat(kJuliet, "2");
    world.depart(kJuliet);
    world.depart(kChamber);
    EXPECT_EQ(offline(), "2") << "out of the carbon that was never acknowledged";
}

TEST_F(DepartureRules, CarbonsOfWhatOneSentAreDropped) {
    world.come_online("romeo@example.org/garden");
    world.send("romeo@example.org/garden",
               "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    chat(kJuliet, "1");
    world.depart("romeo@example.org/garden");
    EXPECT_TRUE(world.users["romeo@example.org"].offline.empty());
}

TEST_F(DepartureRules, RequestsAndGroupchatGoBack) {
    world.send(kRomeo, "<iq type='get' id='q' to='" + kJuliet + "'><q xmlns='urn:q'/></iq>");
    world.send(kRomeo, "<iq type='result' id='r' to='" + kJuliet + "'/>");
    chat(kJuliet, "g", "groupchat");
    chat(kJuliet, "h", "headline");
    world.send(kRomeo, "<message type='chat' id='s' to='" + kJuliet +
                           "'><active xmlns='http://jabber.org/protocol/chatstates'/></message>");
    world.forget_all_but(kJuliet);
    world.depart(kJuliet);
    const auto error = [](const std::string& kind, const std::string& id) {
        return "<" + kind + " from='" + kJuliet + "' to='" + kRomeo + "' id='" + id +
               "' type='error'><error type='wait'><recipient-unavailable "
               "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></" +
               kind + ">";
    };
    Stanzas got = world.taken(kRomeo);
    ASSERT_FALSE(got.empty());
    got.erase(got.begin());  // she leaves
    EXPECT_XML(got, {error("iq", "q"), error("message", "g"), error("message", "s")});
    EXPECT_EQ(offline(), "");
}

TEST_F(DepartureRules, NobodyHearsOfErrorsWhoHasLeft) {
    world.send(kRomeo, "<iq type='get' id='q' to='" + kJuliet + "'><q xmlns='urn:q'/></iq>");
    world.depart(kRomeo);
    world.depart(kJuliet);
    EXPECT_TRUE(world.sessions.empty());
}

}  // namespace
}  // namespace backend
