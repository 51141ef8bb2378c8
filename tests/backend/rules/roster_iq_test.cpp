#include "backend/rules/roster_iq.h"

#include "backend/rules/roster.h"
#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

const std::string kGarden = "romeo@example.org/garden";

class RosterIq : public ::testing::Test {
protected:
    RosterIq() { world.connect(kRomeo); }

    std::string roster(const std::string& ver = {}) {
        const std::string attribute = ver.empty() ? "" : " ver='" + ver + "'";
        world.send(kRomeo,
                   "<iq type='get' id='1'><query xmlns='jabber:iq:roster'" + attribute + "/></iq>");
        const Stanzas got = world.taken(kRomeo);
        return got.empty() ? "" : got.back();
    }
    void set(const std::string& items, const std::string& attributes = {}) {
        world.send(kRomeo, "<iq type='set' id='2'" + attributes +
                               "><query xmlns='jabber:iq:roster'>" + items + "</query></iq>");
    }
    void expect_refused(const std::string& items, const std::string& condition) {
        set(items);
        const Stanzas got = world.taken(kRomeo);
        ASSERT_EQ(got.size(), 1u);
        EXPECT_NE(got[0].find("<" + condition + " "), std::string::npos) << got[0];
        EXPECT_TRUE(writes_of<PutRosterItem>(world.last_plan).empty());
    }

    World world;
};

TEST_F(RosterIq, SetPushesAndAnswers) {
    world.connect(kGarden);
    roster();
    set("<item jid='Juliet@example.org/x' name='J &amp; co' subscription='both' ask='subscribe'>"
        "<group>A</group><group>B</group></item>");
    EXPECT_XML(world.taken(kRomeo),
               {"<iq type='set' to='romeo@example.org/orchard' id='push1'><query "
                "xmlns='jabber:iq:roster' ver='1'><item jid='juliet@example.org' name='J &amp; co' "
                "subscription='none'><group>A</group><group>B</group></item></query></iq>",
                "<iq type='result' to='romeo@example.org/orchard' id='2'/>"});
    EXPECT_TRUE(world.taken(kGarden).empty()) << "has not asked for the roster";
}

TEST_F(RosterIq, GetTellsAllOrThatNothingIsNew) {
    EXPECT_EQ(canonical(roster()),
              canonical(std::string("<iq type='result' to='" + kRomeo +
                                    "' id='1'><query xmlns='jabber:iq:roster' ver='0'/>"
                                    "</iq>")));
    set("<item jid='juliet@example.org'/>");
    world.taken(kRomeo);
    EXPECT_EQ(
        canonical(roster("0")),
        canonical(std::string("<iq type='result' to='" + kRomeo +
                              "' id='1'><query xmlns='jabber:iq:roster' ver='1'><item "
                              "jid='juliet@example.org' subscription='none'/></query></iq>")));
    EXPECT_EQ(canonical(roster("1")),
              canonical(std::string("<iq type='result' to='" + kRomeo + "' id='1'/>")));
    EXPECT_TRUE(world.sessions.at(kRomeo).sender.route.wants_roster);
}

TEST_F(RosterIq, PushedVersionsAreThoseOfTheStore) {
    roster();
    for (int i = 1; i <= 3; ++i) {
        set("<item jid='juliet@example.org' name='" + std::to_string(i) + "'/>");
        const std::string version =
            std::to_string(world.users["romeo@example.org"].snapshot.roster.version);
        EXPECT_NE(world.taken(kRomeo).at(0).find("ver='" + version + "'"), std::string::npos);
    }
}

TEST_F(RosterIq, KeepsTheSubscriptionOfARenamedContact) {
    world.befriend("romeo@example.org", "juliet@example.org");
    set("<item jid='juliet@example.org' name='J'/>");
    EXPECT_EQ(world.item("romeo@example.org", "juliet@example.org")->subscription,
              Subscription::both);
}

TEST_F(RosterIq, RemovingEndsBothSubscriptions) {
    world.befriend("romeo@example.org", "juliet@example.org");
    world.come_online(kJuliet);
    world.send(kRomeo, "<presence/>");
    roster();
    world.forget_all();
    set("<item jid='juliet@example.org' subscription='remove'/>");
    EXPECT_EQ(world.item("romeo@example.org", "juliet@example.org"), nullptr);
    EXPECT_EQ(world.item("juliet@example.org", "romeo@example.org")->subscription,
              Subscription::none);
    EXPECT_XML(world.taken(kRomeo),
               {"<presence from='juliet@example.org/balcony' to='romeo@example.org' "
                "type='unavailable'/>",
                "<iq type='set' to='romeo@example.org/orchard' id='push2'><query "
                "xmlns='jabber:iq:roster' ver='2'><item jid='juliet@example.org' "
                "subscription='remove'/></query></iq>",
                "<iq type='result' to='romeo@example.org/orchard' id='2'/>"});
    EXPECT_XML(world.taken(kJuliet),
               {"<presence from='romeo@example.org' to='juliet@example.org' type='unsubscribe'/>",
                "<presence from='romeo@example.org/orchard' to='juliet@example.org' "
                "type='unavailable'/>",
                "<presence from='romeo@example.org' to='juliet@example.org' type='unsubscribed'/>",
                "<iq type='set' to='juliet@example.org/balcony' id='push2'><query "
                "xmlns='jabber:iq:roster' ver='2'><item jid='romeo@example.org' "
                "subscription='none'/></query></iq>"});
}

TEST_F(RosterIq, RemovingWithdrawsAnOpenRequest) {
    world.come_online(kJuliet);
    world.send(kRomeo, "<presence to='juliet@example.org' type='subscribe'/>");
    set("<item jid='juliet@example.org' subscription='remove'/>");
    EXPECT_EQ(world.item("juliet@example.org", "romeo@example.org"), nullptr);
}

TEST_F(RosterIq, RefusesWhatTheRfcRefuses) {
    expect_refused("", "bad-request");
    expect_refused("<item jid='a@example.org'/><item jid='b@example.org'/>", "bad-request");
    expect_refused("<item/>", "bad-request");
    expect_refused("<item jid='a@@b'/>", "jid-malformed");
    expect_refused("<item jid='a@example.org'><group>x</group><group>x</group></item>",
                   "bad-request");
    expect_refused("<item jid='a@example.org'><group/></item>", "not-acceptable");
    expect_refused("<item jid='a@example.org' name='" + std::string(1024, 'n') + "'/>",
                   "not-acceptable");
    expect_refused("<item jid='a@example.org' subscription='remove'/>", "item-not-found");
    expect_refused("<item jid='romeo@example.org'/>", "not-allowed");
    set("<item jid='a@example.org'/>", " to='juliet@example.org'");
    EXPECT_NE(world.taken(kRomeo).at(0).find("<forbidden "), std::string::npos);
}

TEST_F(RosterIq, BoundsItemsGroupsAndBytes) {
    for (std::size_t i = 0; i < kRosterItems; ++i) {
        world.put("romeo@example.org", std::to_string(i) + "@example.org", Subscription::none);
    }
    expect_refused("<item jid='new@example.org'/>", "resource-constraint");
    set("<item jid='0@example.org' name='old'/>");
    EXPECT_EQ(writes_of<PutRosterItem>(world.last_plan).size(), 1u);
    world.taken(kRomeo);
    std::string groups;
    for (std::size_t i = 0; i <= kRosterGroups; ++i) {
        groups += "<group>" + std::to_string(i) + "</group>";
    }
    expect_refused("<item jid='0@example.org'>" + groups + "</item>", "policy-violation");
    for (RosterItem& item : world.users["romeo@example.org"].snapshot.roster.items) {
        item.name = std::string(500, 'n');
    }
    expect_refused("<item jid='0@example.org' name='" + std::string(1000, 'n') + "'/>",
                   "resource-constraint");
}

}  // namespace
}  // namespace backend
