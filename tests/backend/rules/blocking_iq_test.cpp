#include "backend/rules/blocking_iq.h"

#include "backend/rules/block_list.h"
#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

class BlockingIq : public ::testing::Test {
protected:
    BlockingIq() {
        world.befriend("romeo@example.org", "juliet@example.org");
        world.come_online(kRomeo);
        world.come_online(kJuliet);
        world.forget_all();
    }

    void set(const std::string& name, const std::string& items) {
        world.send(kJuliet, "<iq type='set' id='1'><" + name + " xmlns='urn:xmpp:blocking'>" +
                                items + "</" + name + "></iq>");
    }
    void expect_refused(const std::string& name, const std::string& items,
                        const std::string& condition) {
        set(name, items);
        EXPECT_NE(world.taken(kJuliet).at(0).find("<" + condition + " "), std::string::npos);
        EXPECT_TRUE(writes_of<PutBlocks>(world.last_plan).empty());
    }

    World world;
};

TEST_F(BlockingIq, TheBlockedSeeOneLeaveAndComeBack) {
    set("block", "<item jid='Romeo@example.org'/>");
    EXPECT_XML(world.taken(kRomeo), {"<presence from='juliet@example.org/balcony' "
                                     "to='romeo@example.org' type='unavailable'/>"});
    EXPECT_XML(world.taken(kJuliet),
               {"<iq type='result' to='juliet@example.org/balcony' id='1'/>"});
    EXPECT_EQ(world.users["juliet@example.org"].snapshot.blocks, Stanzas{"romeo@example.org"});
    set("unblock", "<item jid='romeo@example.org'/>");
    EXPECT_XML(world.taken(kRomeo),
               {"<presence from='juliet@example.org/balcony' to='romeo@example.org'/>"});
    EXPECT_XML(world.taken(kJuliet),
               {"<presence from='romeo@example.org/orchard' to='juliet@example.org'/>",
                "<iq type='result' to='juliet@example.org/balcony' id='1'/>"});
}

TEST_F(BlockingIq, OneSessionOfAContactCanBeBlocked) {
    world.come_online("romeo@example.org/garden");
    world.forget_all();
    set("block", "<item jid='" + kRomeo + "'/>");
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
    EXPECT_TRUE(world.taken("romeo@example.org/garden").empty());
    world.forget_all();
    set("unblock", "<item jid='" + kRomeo + "'/>");
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
    EXPECT_EQ(world.taken(kJuliet).size(), 2u) << "his presence, and the answer";
    EXPECT_TRUE(world.taken("romeo@example.org/garden").empty());
}

TEST_F(BlockingIq, PushesToThoseWhoAskedForTheList) {
    world.send(kJuliet, "<iq type='get' id='0'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
    EXPECT_XML(world.taken(kJuliet),
               {"<iq type='result' to='juliet@example.org/balcony' id='0'><blocklist "
                "xmlns='urn:xmpp:blocking'/></iq>"});
    set("block", "<item jid='example.net'/><item jid='a@b/c'/><item jid='a@b/c'/>");
    EXPECT_XML(world.taken(kJuliet),
               {"<iq type='result' to='juliet@example.org/balcony' id='1'/>",
                "<iq type='set' to='juliet@example.org/balcony' id='block-1'><block "
                "xmlns='urn:xmpp:blocking'><item jid='example.net'/><item jid='a@b/c'/></block>"
                "</iq>"});
    world.send(kJuliet, "<iq type='get' id='2'><blocklist xmlns='urn:xmpp:blocking'/></iq>");
    EXPECT_XML(world.taken(kJuliet),
               {"<iq type='result' to='juliet@example.org/balcony' id='2'><blocklist "
                "xmlns='urn:xmpp:blocking'><item jid='example.net'/><item jid='a@b/c'/>"
                "</blocklist></iq>"});
    set("unblock", "");
    EXPECT_TRUE(world.users["juliet@example.org"].snapshot.blocks.empty());
}

TEST_F(BlockingIq, DirectedPresenceIsTakenBackFromTheBlocked) {
    world.come_online("nurse@example.org/hall");
    world.send(kJuliet, "<presence to='nurse@example.org/hall'/>");
    world.forget_all();
    set("block", "<item jid='nurse@example.org'/>");
    EXPECT_XML(world.taken("nurse@example.org/hall"),
               {"<presence from='juliet@example.org/balcony' to='nurse@example.org/hall' "
                "type='unavailable'/>"});
}

TEST_F(BlockingIq, RefusesWhatMakesNoList) {
    expect_refused("block", "", "bad-request");
    expect_refused("block", "<item/>", "bad-request");
    expect_refused("block", "<other jid='a@b'/>", "bad-request");
    expect_refused("block", "<item jid='a@@b'/>", "jid-malformed");
    expect_refused("blocklist", "", "bad-request");
    std::string many;
    for (std::size_t i = 0; i <= kBlockedJids; ++i) {
        many += "<item jid='" + std::to_string(i) + "@example.org'/>";
    }
    expect_refused("block", many, "resource-constraint");
}

TEST(BlockList, NamesJidsByEveryPart) {
    const std::string jid = "a@b.example/c";
    for (const std::string entry : {"a@b.example/c", "a@b.example", "b.example"}) {
        EXPECT_TRUE(is_named_by(jid, entry)) << entry;
    }
    for (const std::string entry : {"a@b.example/d", "b@b.example", "example", "b.example/c"}) {
        EXPECT_FALSE(is_named_by(jid, entry)) << entry;
    }
    EXPECT_TRUE(is_named_by("b.example/c", "b.example/c"));
    UserSnapshot own;
    own.blocks = {"b.example"};
    EXPECT_FALSE(has_blocked("a@b.example", own, jid)) << "nobody blocks himself";
}

}  // namespace
}  // namespace backend
