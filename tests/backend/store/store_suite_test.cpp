// The promises of backend/store/store.h, for every engine that joins (see store_suite.h): accounts,
// routes and what is read.

#include "tests/backend/store/store_suite.h"

#include <algorithm>

using namespace backend;
using namespace std::chrono_literals;
using test::commit_of;
using test::Heard;
using test::is;
using Names = std::vector<std::string>;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreSuite);

void StoreSuite::SetUp() {
    engine_ = GetParam()();
    if (!engine_) GTEST_SKIP() << "no such engine here";
    a_ = std::make_unique<test::TestNode>(*engine_, "a");
    b_ = std::make_unique<test::TestNode>(*engine_, "b");
    ASSERT_TRUE(a_->add_account(kAnna));
    ASSERT_TRUE(a_->add_account(kBert));
}

void StoreSuite::open_sm(test::TestNode& node, const SessionRef& session,
                         const std::string& resource, std::chrono::seconds resume_time) {
    ASSERT_TRUE(is<Done>(node.open(session, resource)));
    ASSERT_TRUE(is<Done>(node.commit(commit_of(session, {EnableSm{true, resume_time}}))));
}

void StoreSuite::pass_time(std::chrono::milliseconds time, std::vector<test::TestNode*> alive) {
    while (time > 0ms) {
        const auto step = std::min(time, std::chrono::milliseconds(Store::kLeaseTime / 4));
        engine_->advance(step);
        for (auto* node : alive) node->renew_lease();
        time -= step;
    }
}

// --- accounts -----------------------------------------------------------------------------------

TEST_P(StoreSuite, KeepsAccountsAsTheyWerePut) {
    const auto found = b_->find_account(kAnna);
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->user, kAnna);
    EXPECT_TRUE(found->sha1 == test::account(kAnna).sha1);
    EXPECT_TRUE(found->sha256 == test::account(kAnna).sha256);
    EXPECT_FALSE(b_->find_account("nobody@example.org").has_value());
    auto listed = b_->list_accounts();
    std::sort(listed.begin(), listed.end());
    EXPECT_EQ(listed, (Names{kAnna, kBert}));
    EXPECT_TRUE(b_->read_one(kAnna).exists);
    EXPECT_FALSE(b_->read_one("nobody@example.org").exists);
}

TEST_P(StoreSuite, ARemovedAccountTakesItsDataAlongAndEndsItsSessions) {
    open_sm(*a_, anna_, "phone");
    const auto before = b_->read_one(kAnna);
    RosterItem item;
    item.jid = kBert;
    ASSERT_TRUE(is<Done>(a_->commit(
        commit_of(anna_, {PutRosterItem{kAnna, item}, PutBlocks{kAnna, {"x@example.org"}},
                          PutVcard{kAnna, "<vCard/>"}}))));
    a_->heard();
    EXPECT_TRUE(b_->remove_account(kAnna));
    EXPECT_FALSE(b_->remove_account(kAnna));
    EXPECT_FALSE(b_->find_account(kAnna).has_value());
    EXPECT_EQ(b_->list_accounts(), Names{kBert});
    const auto heard = a_->heard();
    ASSERT_EQ(heard.size(), 1U);
    EXPECT_EQ(heard[0].what, Heard::What::must_end);
    EXPECT_TRUE(heard[0].session == anna_);
    EXPECT_FALSE(heard[0].condition.empty());
    const auto after = b_->read_one(kAnna);
    EXPECT_FALSE(after.exists);
    EXPECT_TRUE(after.roster.items.empty());
    EXPECT_TRUE(after.blocks.empty());
    EXPECT_EQ(b_->read_vcard(kAnna), "");
    // Nothing goes to what is gone, and nobody begins a session there.
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    EXPECT_TRUE(is<Stale>(
        b_->commit(commit_of(bert_, {StoreOffline{kAnna, before.routes_version, "<m/>"}}))));
    EXPECT_TRUE(is<Stale>(b_->open(test::ref(kAnna, "anna-2"), "desk")));
    // The owner can close what is left.
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {CloseSession{}}))));
    EXPECT_TRUE(b_->read_one(kAnna).routes.empty());
    ASSERT_TRUE(b_->add_account(kAnna));
    EXPECT_EQ(b_->read_vcard(kAnna), "");
    EXPECT_TRUE(b_->read_one(kAnna).roster.items.empty());
}

// --- sessions and routes ------------------------------------------------------------------------

TEST_P(StoreSuite, ANewSessionHasARouteAndItsResourceAlone) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const auto read = b_->read_one(kAnna);
    ASSERT_EQ(read.routes.size(), 1U);
    EXPECT_EQ(read.routes[0].resource, "phone");
    EXPECT_TRUE(read.routes[0].session == anna_.id);
    EXPECT_EQ(read.routes[0].node, NodeName("a"));
    EXPECT_FALSE(read.routes[0].priority.has_value());
    EXPECT_TRUE(is<Stale>(b_->open(test::ref(kAnna, "anna-2"), "phone")));
    EXPECT_TRUE(is<Done>(b_->open(test::ref(kAnna, "anna-3"), "desk")));
    EXPECT_TRUE(is<Done>(b_->open(bert_, "phone")));
    EXPECT_TRUE(is<Stale>(b_->open(test::ref("nobody@example.org", "n"), "phone")));
}

TEST_P(StoreSuite, RoutesAreReadAsTheyWerePutAndChangeTheirVersion) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const auto first = b_->read_one(kAnna);
    Route route;
    route.resource = "phone";
    route.session = anna_.id;
    route.node = NodeName("a");
    route.priority = -7;
    route.presence = "<presence from='anna@example.org/phone'>\xc3\xa9</presence>";
    route.wants_roster = route.wants_blocks = route.carbons = true;
    route.directed = {"x@example.org", "room@example.org/nick"};
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {PutRoute{route}}))));
    const auto second = b_->read_one(kAnna);
    ASSERT_EQ(second.routes.size(), 1U);
    EXPECT_TRUE(second.routes[0] == route);
    EXPECT_NE(second.routes_version, first.routes_version);
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {CloseSession{}}))));
    const auto third = b_->read_one(kAnna);
    EXPECT_TRUE(third.routes.empty());
    EXPECT_NE(third.routes_version, second.routes_version);
    EXPECT_NE(third.routes_version, first.routes_version);
}

TEST_P(StoreSuite, ReadsManyUsersInTheOrderOfAsking) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const auto read = b_->read({{.user = "nobody@example.org"}, {.user = kAnna}, {.user = kBert}});
    ASSERT_EQ(read.size(), 3U);
    EXPECT_FALSE(read[0].exists);
    EXPECT_EQ(read[1].routes.size(), 1U);
    EXPECT_TRUE(read[2].exists);
    EXPECT_TRUE(read[2].routes.empty());
}
