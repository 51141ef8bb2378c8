// Aim: what goes together is planned together, and says on what it relies.

#include "backend/node/stanza_batch.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace backend {
namespace {

using Source = StanzaBatch::Source;

class StanzaBatchTest : public testing::Test {
protected:
    static Handle message(const std::string& to, const std::string& type = "chat") {
        return {"<message xmlns='jabber:client' type='" + type + "' to='" + to +
                    "'><body>x</body></message>",
                {}};
    }
    static Handle ping() {
        return {
            "<iq xmlns='jabber:client' type='get' id='p' to='example.org'><ping "
            "xmlns='urn:xmpp:ping'/></iq>",
            {}};
    }
    bool take(Handle stanza) { return batch_.take(stanza); }
    void know_all(Source source) {
        batch_.ask();
        std::vector<KnownUser> users;
        for (const Store::Wanted& wanted : batch_.wanted()) {
            auto user = std::make_shared<UserSnapshot>();
            user->exists = true;
            user->routes_version = 10 + users.size();
            user->routes.push_back({.resource = "phone",
                                    .session = SessionId("s-" + wanted.user),
                                    .node = NodeName("n1"),
                                    .priority = 0});
            users.push_back(std::move(user));
        }
        batch_.know(std::move(users), source);
    }

    Locality locality_{.domains = {"example.org"}, .version = "1"};
    Sender sender_{{"anna@example.org", SessionId("anna-1")},
                   *xmpp::Jid::parse("anna@example.org/home"),
                   {.resource = "home", .session = SessionId("anna-1"), .node = NodeName("n1")}};
    StanzaBatch batch_{sender_, locality_};
};

TEST_F(StanzaBatchTest, MessagesGoTogetherAndOthersAlone) {
    EXPECT_TRUE(take(message("bert@example.org")));
    EXPECT_FALSE(take(ping()));
    EXPECT_TRUE(take(message("carl@example.org")));
    EXPECT_TRUE(batch_.is_of_messages());
    batch_.clear();
    EXPECT_TRUE(take(ping()));
    EXPECT_FALSE(take(message("bert@example.org")));
    EXPECT_FALSE(take(ping()));
    EXPECT_FALSE(batch_.is_of_messages());
}

TEST_F(StanzaBatchTest, KnowsAKindByItsNameWhateverThePrefix) {
    EXPECT_TRUE(take({"<c:message xmlns:c='jabber:client' to='bert@example.org'/>", {}}));
    EXPECT_TRUE(batch_.is_of_messages());
    EXPECT_FALSE(batch_.is_presence());
    batch_.clear();
    EXPECT_TRUE(take({"<c:presence xmlns:c='jabber:client'/>", {}}));
    EXPECT_TRUE(batch_.is_presence());
}

TEST_F(StanzaBatchTest, WhatIsNotTakenStaysWhole) {
    Handle no_stanza{"<presence2 xmlns='jabber:client'/>", 7};
    EXPECT_FALSE(batch_.take(no_stanza));
    EXPECT_EQ(no_stanza.bytes, "<presence2 xmlns='jabber:client'/>");
    EXPECT_EQ(no_stanza.handled, 7U);
    for (std::size_t i = 0; i < StanzaBatch::kMost; ++i)
        EXPECT_TRUE(take(message("bert@example.org")));
    Handle one_too_many = message("bert@example.org");
    EXPECT_FALSE(batch_.take(one_too_many));
    EXPECT_FALSE(one_too_many.bytes.empty());
}

TEST_F(StanzaBatchTest, AsksForEachUserOnce) {
    take(message("bert@example.org"));
    take(message("bert@example.org"));
    take(message("carl@example.org"));
    batch_.ask();
    EXPECT_EQ(batch_.wanted().size(), 3U);
    EXPECT_EQ(batch_.cut(1).size(), 2U);
    batch_.ask();
    EXPECT_EQ(batch_.wanted().size(), 2U);
}

TEST_F(StanzaBatchTest, WhatWasRecalledHasToBeCheckedByTheCommitAndWhatWasReadHasNot) {
    take(message("bert@example.org"));
    take(message("bert@example.org"));
    know_all(Source::recalled);
    const auto recalled = batch_.plan();
    EXPECT_EQ(recalled.planned, 2U);
    ASSERT_EQ(recalled.writes.size(), 4U);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& same = std::get<Unchanged>(recalled.writes[i]);
        EXPECT_EQ(same.user, batch_.wanted()[i].user);
        EXPECT_EQ(same.routes_version, 10 + i);
        EXPECT_FALSE(same.roster_version);
    }
    know_all(Source::read);
    EXPECT_EQ(batch_.plan().writes.size(), 2U);
}

TEST_F(StanzaBatchTest, CutsInOrderAndPlansWhatIsLeft) {
    take(message("bert@example.org"));
    take(message("carl@example.org"));
    take(message("dora@example.org"));
    const auto others = batch_.cut(1);
    ASSERT_EQ(others.size(), 2U);
    EXPECT_NE(others[0].bytes.find("carl"), std::string::npos);
    EXPECT_NE(others[1].bytes.find("dora"), std::string::npos);
    know_all(Source::read);
    const auto plan = batch_.plan();
    EXPECT_EQ(plan.planned, 1U);
    ASSERT_EQ(plan.writes.size(), 1U);
    EXPECT_EQ(std::get<Enqueue>(plan.writes[0]).to.user, "bert@example.org");
}

TEST_F(StanzaBatchTest, SaysWhenMoreHasToBeKnown) {
    Handle presence{"<presence xmlns='jabber:client'/>", {}};
    ASSERT_TRUE(batch_.take(presence));
    batch_.ask();
    batch_.know(std::vector<KnownUser>(batch_.wanted().size(), std::make_shared<UserSnapshot>()),
                Source::read);
    for (int readings = 0; batch_.plan().is_unknown; ++readings) {
        ASSERT_LT(readings, 3);
        know_all(Source::read);
    }
    EXPECT_TRUE(batch_.plan().route) << "it has arrived";
}

TEST_F(StanzaBatchTest, ARefusalGoesBackToTheSenderUnlessItWouldAnswerAnError) {
    take(message("bert@example.org"));
    const auto refusal = batch_.refusal();
    ASSERT_EQ(refusal.size(), 1U);
    EXPECT_EQ(std::get<Enqueue>(refusal[0]).to, sender_.session);
    batch_.clear();
    take(message("bert@example.org", "error"));
    EXPECT_TRUE(batch_.refusal().empty());
}

}  // namespace
}  // namespace backend
