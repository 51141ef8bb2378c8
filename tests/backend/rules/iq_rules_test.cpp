#include "backend/rules/iq_rules.h"

#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

class IqRules : public ::testing::Test {
protected:
    IqRules() {
        world.connect(kRomeo);
        world.connect(kJuliet);
    }

    /// The answer to romeo, or nothing.
    std::string answer(const std::string& iq) {
        world.send(kRomeo, iq);
        const Stanzas got = world.taken(kRomeo);
        EXPECT_LE(got.size(), 1u);
        return got.empty() ? "" : got.front();
    }
    void expect_error(const std::string& iq, const std::string& condition) {
        EXPECT_NE(answer(iq).find("<" + condition + " "), std::string::npos) << iq;
    }

    World world;
};

const std::string kPing = "<ping xmlns='urn:xmpp:ping'/>";

TEST_F(IqRules, RelaysBetweenSessions) {
    EXPECT_EQ(answer("<iq type='get' id='1' to='" + kJuliet + "'><q xmlns='urn:q'/></iq>"), "");
    EXPECT_XML(world.taken(kJuliet), {"<iq from='romeo@example.org/orchard' type='get' id='1' "
                                      "to='juliet@example.org/balcony'><q xmlns='urn:q'/></iq>"});
    answer("<iq type='result' id='1' to='" + kJuliet + "'/>");
    answer("<iq type='error' id='1' to='" + kJuliet + "'/>");
    EXPECT_EQ(world.taken(kJuliet).size(), 2u);
}

TEST_F(IqRules, AnswersToNobodyAreDropped) {
    for (const std::string to : {"juliet@example.org", "juliet@example.org/gone", "example.org",
                                 "romeo@example.org", "a@elsewhere.net"}) {
        EXPECT_EQ(answer("<iq type='result' id='1' to='" + to + "'/>"), "") << to;
    }
    EXPECT_EQ(answer("<iq type='result' id='push1'/>"), "");
}

TEST_F(IqRules, RefusesWhatIsNoRequest) {
    expect_error("<iq type='get'>" + kPing + "</iq>", "bad-request");
    expect_error("<iq type='ask' id='1'>" + kPing + "</iq>", "bad-request");
    expect_error("<iq id='1'>" + kPing + "</iq>", "bad-request");
    expect_error("<iq type='get' id='1'/>", "bad-request");
    expect_error("<iq type='set' id='1'>" + kPing + kPing + "</iq>", "bad-request");
    expect_error("<iq type='get' id='1' to='a@@b'>" + kPing + "</iq>", "jid-malformed");
}

TEST_F(IqRules, SaysWhatItDoesNotServe) {
    const std::string unknown = "<q xmlns='urn:unknown'/></iq>";
    for (const std::string to :
         {" to='juliet@example.org'", " to='juliet@example.org/gone'", " to='nobody@example.org'",
          " to='nobody@example.org/x'", " to='example.org'", " to='example.org/x'", ""}) {
        expect_error("<iq type='get' id='1'" + to + ">" + unknown, "service-unavailable");
    }
    expect_error("<iq type='get' id='1' to='a@elsewhere.net'>" + unknown,
                 "remote-server-not-found");
}

TEST_F(IqRules, AnswersPingsAndSessions) {
    for (const std::string to : {"", " to='example.org'", " to='romeo@example.org'"}) {
        EXPECT_NE(answer("<iq type='get' id='1'" + to + ">" + kPing + "</iq>").find("'result'"),
                  std::string::npos);
    }
    EXPECT_NE(answer("<iq type='set' id='1'><session "
                     "xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>")
                  .find("'result'"),
              std::string::npos);
}

TEST_F(IqRules, RefusesPingsAndSessionsOfAnotherForm) {
    const std::string session = "xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>";
    expect_error("<iq type='set' id='1'>" + kPing + "</iq>", "bad-request");
    expect_error("<iq type='get' id='1'><pong xmlns='urn:xmpp:ping'/></iq>", "bad-request");
    expect_error("<iq type='get' id='1'><session " + session, "bad-request");
    expect_error("<iq type='set' id='1'><lesson " + session, "bad-request");
}

TEST_F(IqRules, TellsSoftwareAndTime) {
    EXPECT_XML(Stanzas{answer("<iq type='get' id='1' to='example.org'><query "
                              "xmlns='jabber:iq:version'/></iq>")},
               {"<iq type='result' from='example.org' to='romeo@example.org/orchard' id='1'><query "
                "xmlns='jabber:iq:version'><name>stanzanode</name><version>1.2</version></query>"
                "</iq>"});
    EXPECT_XML(Stanzas{answer("<iq type='get' id='1' to='example.org'><time "
                              "xmlns='urn:xmpp:time'/></iq>")},
               {"<iq type='result' from='example.org' to='romeo@example.org/orchard' id='1'><time "
                "xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2023-11-14T22:13:20Z</utc></time>"
                "</iq>"});
}

TEST_F(IqRules, BlocksWorkBothWays) {
    world.users["juliet@example.org"].snapshot.blocks = {"example.org"};
    expect_error("<iq type='get' id='1' to='" + kJuliet + "'>" + kPing + "</iq>",
                 "service-unavailable");
    world.users["romeo@example.org"].snapshot.blocks = {"juliet@example.org"};
    expect_error("<iq type='get' id='1' to='" + kJuliet + "'>" + kPing + "</iq>", "blocked");
    EXPECT_EQ(answer("<iq type='result' id='1' to='" + kJuliet + "'/>"), "");
    EXPECT_TRUE(world.taken(kJuliet).empty());
}

TEST_F(IqRules, SwitchesCarbonsOfTheSessionThatAsks) {
    answer("<iq type='set' id='1'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    EXPECT_TRUE(world.sessions.at(kRomeo).sender.route.carbons);
    answer("<iq type='set' id='1'><enable xmlns='urn:xmpp:carbons:2'/></iq>");
    EXPECT_TRUE(writes_of<PutRoute>(world.last_plan).empty());
    answer("<iq type='set' id='1'><disable xmlns='urn:xmpp:carbons:2'/></iq>");
    EXPECT_FALSE(world.sessions.at(kRomeo).sender.route.carbons);
    expect_error("<iq type='set' id='1'><maybe xmlns='urn:xmpp:carbons:2'/></iq>", "bad-request");
    expect_error("<iq type='get' id='1'><enable xmlns='urn:xmpp:carbons:2'/></iq>", "bad-request");
}

TEST_F(IqRules, NeedsNothingFromTheStoreForAPing) {
    answer("<iq type='get' id='1' to='example.org'>" + kPing + "</iq>");
    EXPECT_EQ(world.readings, 1);
}

}  // namespace
}  // namespace backend
