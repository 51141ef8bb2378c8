#include "backend/rules/message_rules.h"

#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

class MessageRules : public ::testing::Test {
protected:
    MessageRules() {
        world.come_online(kRomeo);
        world.come_online(kJuliet);
    }

    World world;
};

TEST_F(MessageRules, StampsFromAndKeepsEveryOtherByte) {
    world.send(kRomeo,
               "<message to='Juliet@Example.org/balcony' xml:lang='it' id='1'"
               " type='chat'><body>&#x43;iao</body><x xmlns='urn:x'><![CDATA[<]]></x></message>");
    EXPECT_EQ(world.taken(kJuliet),
              Stanzas{"<message from='romeo@example.org/orchard' to='Juliet@Example.org/balcony' "
                      "xml:lang='it' id='1' type='chat'><body>&#x43;iao</body><x "
                      "xmlns='urn:x'><![CDATA[<]]></x></message>"});
    EXPECT_TRUE(world.taken(kRomeo).empty());
}

TEST_F(MessageRules, WhatIsInNoNamespaceStaysInNone) {
    const std::string payload = "<x xmlns=''><y/></x>";
    world.send(kRomeo, "<message to='juliet@example.org/balcony' type='chat'><body>b</body>" +
                           payload + "</message>");
    EXPECT_XML(world.taken(kJuliet),
               {"<message from='romeo@example.org/orchard' to='juliet@example.org/balcony' "
                "type='chat'><body>b</body>" +
                payload + "</message>"});
    // From a client whose stream has a prefix for jabber:client.
    world.send(kRomeo,
               "<c:message xmlns:c='jabber:client' xmlns='' to='juliet@example.org/balcony' "
               "type='chat'><c:body>b</c:body><x/></c:message>");
    EXPECT_EQ(world.taken(kJuliet),
              Stanzas{"<c:message from='romeo@example.org/orchard' xmlns:c='jabber:client' "
                      "xmlns='' to='juliet@example.org/balcony' type='chat'><c:body>b</c:body>"
                      "<x/></c:message>"});
}

TEST_F(MessageRules, NobodyWritesIdsInTheNameOfTheServer) {
    world.send(kRomeo,
               "<message to='juliet@example.org/balcony'><body>b</body><stanza-id "
               "xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='1'/></message>");
    EXPECT_XML(world.taken(kJuliet), {"<message from='romeo@example.org/orchard' "
                                      "to='juliet@example.org/balcony'><body>b</body></message>"});
}

TEST_F(MessageRules, WithoutToIsForOneself) {
    world.send(kRomeo, "<message><body>note</body></message>");
    EXPECT_XML(world.taken(kRomeo), {"<message from='romeo@example.org/orchard' "
                                     "to='romeo@example.org'><body>note</body></message>"});
}

TEST_F(MessageRules, StoresForWhoIsAwayAndHandsOverOnReturn) {
    world.add_user("nurse@example.org");
    world.send(kRomeo, "<message to='nurse@example.org' type='chat'><body>1</body></message>");
    world.send(kRomeo, "<message to='nurse@example.org/x' type='chat'><body>2</body></message>");
    EXPECT_TRUE(world.taken(kRomeo).empty());
    world.connect("nurse@example.org/hall");
    world.send("nurse@example.org/hall", "<presence><priority>-1</priority></presence>");
    world.taken("nurse@example.org/hall");
    world.send("nurse@example.org/hall", "<presence><priority>1</priority></presence>");
    const std::string delay =
        "<delay xmlns='urn:xmpp:delay' from='example.org' stamp='2023-11-14T22:13:20Z'/></message>";
    Stanzas got = world.taken("nurse@example.org/hall");
    ASSERT_EQ(got.size(), 3u);
    got.erase(got.begin());
    EXPECT_XML(got, {"<message from='romeo@example.org/orchard' to='nurse@example.org' "
                     "type='chat'><body>1</body>" +
                         delay,
                     "<message from='romeo@example.org/orchard' to='nurse@example.org/x' "
                     "type='chat'><body>2</body>" +
                         delay});
    world.send("nurse@example.org/hall", "<presence><priority>2</priority></presence>");
    EXPECT_TRUE(writes_of<MoveOffline>(world.last_plan).empty());
}

TEST_F(MessageRules, StoresAllButChatStatesAndHeedsHints) {
    world.add_user("nurse@example.org");
    const auto is_stored = [&](const std::string& payload) {
        world.users["nurse@example.org"].offline.clear();
        world.send(kRomeo, "<message to='nurse@example.org' type='chat'>" + payload + "</message>");
        const bool is_refused = world.taken(kRomeo).size() == 1;
        const bool is_kept = world.users["nurse@example.org"].offline.size() == 1;
        EXPECT_NE(is_refused, is_kept);
        return is_kept;
    };
    EXPECT_TRUE(is_stored("<body>x</body>"));
    EXPECT_TRUE(is_stored("<received xmlns='urn:xmpp:receipts' id='1'/>"));
    EXPECT_FALSE(is_stored(""));
    EXPECT_FALSE(is_stored("<composing xmlns='http://jabber.org/protocol/chatstates'/>"));
    EXPECT_FALSE(
        is_stored("<gone xmlns='http://jabber.org/protocol/chatstates'/><thread>t</thread>"
                  "<store-not xmlns='http://jabber.org/protocol/chatstates'/>"));
    EXPECT_TRUE(is_stored("<active xmlns='http://jabber.org/protocol/chatstates'/><body>x</body>"));
    EXPECT_FALSE(is_stored("<body>x</body><no-store xmlns='urn:xmpp:hints'/>"));
    EXPECT_FALSE(is_stored("<body>x</body><no-permanent-store xmlns='urn:xmpp:hints'/>"));
    EXPECT_TRUE(is_stored("<x xmlns='urn:x'/><store xmlns='urn:xmpp:hints'/>"));
}

TEST_F(MessageRules, ErrorsNameTheConditionAndSwapAddresses) {
    world.send(kRomeo, "<message to='juliet@example.org' type='groupchat' id='g'/>");
    world.send(kRomeo, "<message to='nobody@example.org' id='n'><body>x</body></message>");
    world.send(kRomeo, "<message to='a@elsewhere.net' id='r'/>");
    world.send(kRomeo, "<message to='example.org' id='s'/>");
    world.send(kRomeo, "<message to='a@@b' id='m'/>");
    const auto error = [](const std::string& from, const std::string& id, const std::string& type,
                          const std::string& name) {
        return "<message from='" + from + "' to='romeo@example.org/orchard' id='" + id +
               "' type='error'><error type='" + type + "'><" + name +
               " xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>";
    };
    EXPECT_XML(world.taken(kRomeo),
               {error("juliet@example.org", "g", "cancel", "service-unavailable"),
                error("nobody@example.org", "n", "cancel", "service-unavailable"),
                error("a@elsewhere.net", "r", "cancel", "remote-server-not-found"),
                error("example.org", "s", "cancel", "service-unavailable"),
                error("example.org", "m", "modify", "jid-malformed")});
}

TEST_F(MessageRules, NeverAnswersAnError) {
    for (const std::string to :
         {"juliet@example.org", "nobody@example.org", "a@elsewhere.net", "example.org", "a@@b"}) {
        world.send(kRomeo, "<message type='error' to='" + to + "'/>");
    }
    EXPECT_TRUE(world.taken(kRomeo).empty());
    EXPECT_TRUE(world.taken(kJuliet).empty());
    world.send(kRomeo, "<message type='error' to='" + kJuliet + "'/>");
    EXPECT_EQ(world.taken(kJuliet).size(), 1u);
}

TEST_F(MessageRules, BlocksWorkBothWays) {
    world.users["juliet@example.org"].snapshot.blocks = {"romeo@example.org"};
    world.send(kRomeo, "<message to='" + kJuliet + "' id='1'><body>x</body></message>");
    world.send(kJuliet, "<message to='" + kRomeo + "' id='2'><body>x</body></message>");
    EXPECT_XML(world.taken(kRomeo),
               {"<message from='juliet@example.org/balcony' to='romeo@example.org/orchard' id='1' "
                "type='error'><error type='cancel'><service-unavailable "
                "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"});
    EXPECT_XML(world.taken(kJuliet),
               {"<message from='romeo@example.org/orchard' to='juliet@example.org/balcony' id='2' "
                "type='error'><error type='cancel'><not-acceptable "
                "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/><blocked "
                "xmlns='urn:xmpp:blocking:errors'/></error></message>"});
}

TEST_F(MessageRules, MarksWhatSeveralSessionsGot) {
    world.come_online(kChamber);
    world.forget_all();
    const std::string id = "<stanza-id xmlns='urn:xmpp:sid:0' by='juliet@example.org' id='";
    const std::string chat =
        "<message to='juliet@example.org' type='chat'><body>x</body></message>";
    world.send(kRomeo, chat);
    world.send(kRomeo, chat);
    const Stanzas first = world.taken(kJuliet);
    ASSERT_EQ(first.size(), 2u);
    EXPECT_NE(first[0].find(id), std::string::npos);
    EXPECT_NE(first[0], first[1]) << "an id of its own for each message";
    EXPECT_EQ(world.taken(kChamber), first) << "and the same in all copies";
}

// --- XEP-0280

const std::string kEnable = "<iq type='set' id='c'><enable xmlns='urn:xmpp:carbons:2'/></iq>";

TEST_F(MessageRules, CarbonsOfWhatIsSentAndReceived) {
    const std::string garden = "romeo@example.org/garden";
    for (const std::string& full : {kChamber, garden}) {
        world.come_online(full);
        world.send(full, kEnable);
    }
    world.forget_all();
    world.send(kRomeo, "<message to='" + kJuliet + "' type='chat'><body>x</body></message>");
    const Stanzas original = world.taken(kJuliet);
    ASSERT_EQ(original.size(), 1u);
    const auto copy = [&](const std::string& user, const std::string& to, const std::string& kind,
                          const std::string& message) {
        return "<message type='chat' from='" + user + "' to='" + to + "'><" + kind +
               " xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>" +
               with_client_namespace(message) + "</forwarded></" + kind + "></message>";
    };
    EXPECT_XML(world.taken(kChamber),
               {copy("juliet@example.org", kChamber, "received", original[0])});
    // How many sessions she has is nothing to him.
    EXPECT_XML(world.taken(garden), {copy("romeo@example.org", garden, "sent",
                                          "<message from='" + kRomeo + "' to='" + kJuliet +
                                              "' type='chat'><body>x</body></message>")});
    EXPECT_TRUE(world.taken(kRomeo).empty());

    world.send(kChamber, "<iq type='set' id='d'><disable xmlns='urn:xmpp:carbons:2'/></iq>");
    world.forget_all();
    world.send(kRomeo, "<message to='" + kJuliet + "' type='chat'><body>x</body></message>");
    EXPECT_TRUE(world.taken(kChamber).empty());
}

TEST_F(MessageRules, NoCarbonsOfWhatIsPrivate) {
    world.come_online(kChamber);
    world.send(kChamber, kEnable);
    world.forget_all();
    world.send(kRomeo, "<message to='" + kJuliet +
                           "' type='chat'><private xmlns='urn:xmpp:carbons:2'/><body>x</body>"
                           "</message>");
    EXPECT_TRUE(world.taken(kChamber).empty());
    EXPECT_XML(world.taken(kJuliet),
               {"<message from='romeo@example.org/orchard' to='juliet@example.org/balcony' "
                "type='chat'><body>x</body></message>"});
    world.send(kRomeo, "<message to='" + kJuliet + "' type='headline'><body>x</body></message>");
    world.send(kRomeo, "<message to='" + kJuliet + "'><x xmlns='urn:x'/></message>");
    EXPECT_TRUE(world.taken(kChamber).empty());
    world.send(kRomeo, "<message to='" + kJuliet +
                           "'><received xmlns='urn:xmpp:receipts' id='1'/></message>");
    EXPECT_EQ(world.taken(kChamber).size(), 1u);
}

TEST_F(MessageRules, OneCopyOfWhatOneSendsToOneself) {
    world.come_online(kChamber);
    world.connect("juliet@example.org/quiet");
    for (const std::string& full : {kJuliet, kChamber, std::string("juliet@example.org/quiet")}) {
        world.send(full, kEnable);
    }
    world.forget_all();
    world.send(kJuliet, "<message to='juliet@example.org' type='chat'><body>x</body></message>");
    for (const std::string& full : {kJuliet, kChamber, std::string("juliet@example.org/quiet")}) {
        EXPECT_EQ(world.taken(full).size(), 1u) << full;
    }
}

TEST_F(MessageRules, WrongFromEndsTheStream) {
    world.send(kRomeo, "<message from='juliet@example.org' to='" + kJuliet + "'/>");
    EXPECT_EQ(world.last_plan.end, xmpp::StreamErrorCondition::invalid_from);
    EXPECT_TRUE(world.last_plan.writes.empty());
    world.send(kRomeo, "<message from='romeo@example.org/other' to='" + kJuliet + "'/>");
    EXPECT_EQ(world.last_plan.end, xmpp::StreamErrorCondition::invalid_from);
    for (const std::string from : {"Romeo@example.org", "romeo@example.org/orchard"}) {
        world.send(kRomeo, "<message from='" + from + "' to='" + kJuliet + "'/>");
        EXPECT_XML(world.taken(kJuliet), {"<message from='romeo@example.org/orchard' "
                                          "to='juliet@example.org/balcony'/>"});
    }
}

}  // namespace
}  // namespace backend
