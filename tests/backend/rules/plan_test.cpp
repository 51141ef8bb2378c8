#include "backend/rules/plan.h"

#include "tests/backend/rules/plan_world.h"

namespace backend {
namespace {

TEST(Plan, RomeoAndJuliet) {
    World world;
    for (const std::string& full : {kRomeo, kJuliet}) {
        world.connect(full);
        world.send(full, "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>");
        world.send(full, "<presence/>");
    }
    // They agree to see each other.
    world.send(kRomeo, "<presence to='juliet@example.org' type='subscribe'/>");
    world.send(kJuliet, "<presence to='romeo@example.org' type='subscribed'/>");
    world.send(kJuliet, "<presence to='romeo@example.org' type='subscribe'/>");
    world.send(kRomeo, "<presence to='juliet@example.org' type='subscribed'/>");
    EXPECT_EQ(world.item("juliet@example.org", "romeo@example.org")->subscription,
              Subscription::both);
    world.forget_all();

    // They talk; she leaves, he does not notice, she comes back and finds it.
    world.send(kJuliet, "<message to='romeo@example.org'><body>Wherefore?</body></message>");
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
    world.send(kRomeo, "<message to='" + kJuliet + "' type='chat'><body>I</body></message>");
    world.depart(kJuliet);
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
    world.come_online(kRomeo + "2");
    world.connect(kJuliet);
    world.send(kJuliet, "<presence/>");
    const Stanzas found = world.taken(kJuliet);
    ASSERT_EQ(found.size(), 4u) << "herself, him twice, and what he said";
    EXPECT_NE(found[3].find("<body>I</body><delay"), std::string::npos);

    // A quarrel.
    world.forget_all();
    world.send(kJuliet,
               "<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item "
               "jid='romeo@example.org'/></block></iq>");
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
    world.send(kRomeo, "<message to='juliet@example.org'><body>?</body></message>");
    EXPECT_EQ(world.taken(kRomeo).size(), 1u);
    world.send(kJuliet, "<presence type='unavailable'/>");
    EXPECT_TRUE(world.taken(kRomeo).empty());

    // And an end.
    world.send(kRomeo,
               "<iq type='set' id='e'><query xmlns='jabber:iq:roster'><item "
               "jid='juliet@example.org' subscription='remove'/></query></iq>");
    EXPECT_EQ(world.item("romeo@example.org", "juliet@example.org"), nullptr);
    EXPECT_EQ(world.item("juliet@example.org", "romeo@example.org")->subscription,
              Subscription::none);
}

TEST(Plan, TellsAllThatMustBeReadForAMessage) {
    World world;
    world.connect(kRomeo);
    const std::string bytes = "<message to='juliet@example.org/x'/>";
    const xmpp::ElementReader reader(bytes);
    const auto stanza = open_stanza(bytes, reader.root());
    const PlanContext context = world.context();
    const Needs asked = needs(*stanza, world.sessions.at(kRomeo).sender, context);
    ASSERT_EQ(asked.users.size(), 2u);
    EXPECT_EQ(asked.users[0].user, "romeo@example.org");
    EXPECT_EQ(asked.users[1].user, "juliet@example.org");
    EXPECT_FALSE(asked.users[0].roster);
    EXPECT_FALSE(asked.vcard_of);
}

TEST(Plan, DomainsWithOtherLettersAreOurs) {
    World world;
    world.domains = {"xn--bcher-kva.example"};
    world.connect("romeo@bücher.example/a");
    world.connect("juliet@bücher.example/b");
    world.send("romeo@bücher.example/a", "<message to='juliet@xn--bcher-kva.example/b'/>");
    EXPECT_EQ(world.taken("juliet@bücher.example/b").size(), 1u);
}

}  // namespace
}  // namespace backend
