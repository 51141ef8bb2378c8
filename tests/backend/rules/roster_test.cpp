#include "backend/rules/roster.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

RosterItem contact(const std::string& jid) {
    RosterItem item;
    item.jid = jid;
    return item;
}

TEST(Roster, ShowsListedItemsOnly) {
    Roster roster{7, {contact("a@b"), contact("c@d")}};
    roster.items[0].name = "<A>";
    roster.items[0].groups = {"g & h"};
    roster.items[0].ask = true;
    roster.items[1].is_listed = false;
    EXPECT_EQ(roster_xml(roster),
              "<query xmlns='jabber:iq:roster' ver='7'><item jid='a@b' name='&lt;A&gt;' "
              "subscription='none' ask='subscribe'><group>g &amp; h</group></item></query>");
}

TEST(Roster, ChangesCountAgainstTheWhole) {
    Roster roster{1, {contact("a@b")}};
    RosterItem large = contact("a@b");
    large.name = std::string(kRosterBytes, 'x');
    EXPECT_FALSE(has_room_for(roster, large));
    large.name.resize(kRosterBytes / 2);
    EXPECT_TRUE(has_room_for(roster, large));
    roster.items[0] = large;
    EXPECT_TRUE(has_room_for(roster, large)) << "it is there already";
    large.jid = "c@d";
    EXPECT_FALSE(has_room_for(roster, large));
}

TEST(Roster, NewItemsAreNotListedYet) {
    const Roster roster{1, {contact("a@b")}};
    EXPECT_TRUE(item_or_new(roster, "a@b").is_listed);
    EXPECT_FALSE(item_or_new(roster, "c@d").is_listed);
    EXPECT_EQ(item_for(roster, "c@d"), nullptr);
}

}  // namespace
}  // namespace backend
