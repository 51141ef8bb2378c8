// The promises of backend/store/store.h, for every engine that joins (see store_suite.h): queues,
// commits and offline messages.

#include "tests/backend/store/store_suite.h"

#include <algorithm>

using namespace backend;
using test::commit_of;
using test::is;

namespace {

std::vector<std::string> texts(const std::vector<QueuedStanza>& stanzas) {
    std::vector<std::string> all;
    for (const auto& stanza : stanzas) all.push_back(stanza.bytes);
    return all;
}

std::vector<std::uint64_t> numbers(const std::vector<QueuedStanza>& stanzas) {
    std::vector<std::uint64_t> all;
    for (const auto& stanza : stanzas) all.push_back(stanza.number);
    return all;
}

using Texts = std::vector<std::string>;
using Numbers = std::vector<std::uint64_t>;

}  // namespace

// --- queues -------------------------------------------------------------------------------------

TEST_P(StoreSuite, StanzasComeToTheOwnerInOrderAndNumberedWithoutGaps) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(is<Done>(a_->commit(
            commit_of(anna_, {Enqueue{bert_, "x" + std::to_string(i)}, Enqueue{anna_, "echo"},
                              Enqueue{bert_, "y" + std::to_string(i)}}))));
    const auto got = b_->queued(bert_);
    ASSERT_EQ(got.size(), 100U);
    for (std::size_t i = 0; i < got.size(); ++i) {
        EXPECT_EQ(got[i].number, i + 1);
        EXPECT_EQ(got[i].bytes, (i % 2 == 0 ? "x" : "y") + std::to_string(i / 2));
    }
    EXPECT_EQ(a_->queued(anna_).size(), 50U);
}

TEST_P(StoreSuite, AnswersComeInTheOrderOfAskingAndNeverWithinTheCall) {
    open_sm(*a_, anna_, "phone");
    std::vector<int> order;
    for (int i = 0; i < 30; i += 3) {
        a_->store().commit(commit_of(anna_, {Enqueue{anna_, "m"}}),
                           [&order, i](CommitOutcome) { order.push_back(i); });
        a_->store().read_users({{.user = kBert}}, [&order, i](auto) { order.push_back(i + 1); });
        a_->store().commit(commit_of(anna_, {}, 99),
                           [&order, i](CommitOutcome) { order.push_back(i + 2); });
    }
    EXPECT_TRUE(order.empty());
    ASSERT_TRUE(test::run_until(a_->loop(), [&] { return order.size() == 30; }));
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST_P(StoreSuite, TheQueueIsKeptUntilItIsTrimmed) {
    open_sm(*a_, anna_, "phone");
    for (int i = 1; i <= 10; ++i)
        ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, std::to_string(i)}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{4}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{2}}))));  // of no effect
    auto taken = b_->take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    const auto& queue = std::get<TakenSession>(taken).queue;
    EXPECT_EQ(numbers(queue), (Numbers{5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(texts(queue), (Texts{"5", "6", "7", "8", "9", "10"}));
    // Numbers go on where they were, also behind an empty queue.
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(anna_, {Trim{10}, Enqueue{anna_, "11"}}, 2))));
    EXPECT_EQ(numbers(b_->queued(anna_)), Numbers{11});
}

TEST_P(StoreSuite, AFullQueueRefusesTheWholeCommitAndIsNamed) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    std::vector<Write> many(Store::kQueueStanzas, Enqueue{bert_, "m"});
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, std::move(many)))));
    const auto refused =
        a_->commit(commit_of(anna_, {Enqueue{anna_, "n"}, Enqueue{bert_, "one too many"}}));
    ASSERT_TRUE(is<QueueFull>(refused));
    EXPECT_TRUE(std::get<QueueFull>(refused).session == bert_);
    EXPECT_EQ(b_->queued(bert_).size(), Store::kQueueStanzas);
    EXPECT_TRUE(a_->queued(anna_).empty());
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Trim{1}}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{bert_, "fits"}}))));
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, {Enqueue{bert_, "again"}}))));
}

TEST_P(StoreSuite, AQueueIsAlsoFullByBytes) {
    open_sm(*a_, anna_, "phone");
    const std::string quarter(Store::kQueueBytes / 4, 'q');
    std::vector<Write> five(5, Enqueue{anna_, quarter});
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, five))));
    five.pop_back();
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, five))));
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, {Enqueue{anna_, "x"}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{2}}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, quarter}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{5}}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, five))));
}

// --- commits ------------------------------------------------------------------------------------

TEST_P(StoreSuite, ACommitThatCannotBeDoneDoesNothing) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "desk");
    const auto before = a_->read_one(kAnna);
    RosterItem item;
    item.jid = kBert;
    Commit all = commit_of(
        anna_, {Enqueue{bert_, "never"}, PutRosterItem{kAnna, item}, PutVcard{kAnna, "<v/>"},
                PutBlocks{kAnna, {"b@example.org"}}, SetInactive{true}, Trim{1}, Detach{},
                Enqueue{test::ref(kBert, "gone"), "nowhere"}});
    all.handled = 77;
    EXPECT_TRUE(is<Stale>(a_->commit(all)));
    EXPECT_TRUE(b_->queued(bert_).empty());
    const auto after = a_->read_one(kAnna);
    EXPECT_EQ(after.roster.version, before.roster.version);
    EXPECT_TRUE(after.roster.items.empty());
    EXPECT_TRUE(after.blocks.empty());
    EXPECT_EQ(a_->read_vcard(kAnna), "");
    const auto taken = a_->take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    EXPECT_EQ(std::get<TakenSession>(taken).record.handled, 0U);
    EXPECT_FALSE(std::get<TakenSession>(taken).record.is_inactive);
}

TEST_P(StoreSuite, ARefusedCommitLeavesTheOnesAroundItAlone) {
    open_sm(*a_, anna_, "phone");
    std::vector<CommitOutcome> outcomes;
    const auto note = [&](CommitOutcome outcome) { outcomes.push_back(std::move(outcome)); };
    a_->store().commit(commit_of(anna_, {Enqueue{anna_, "1"}}), note);
    a_->store().commit(
        commit_of(anna_, {Enqueue{anna_, "x"}, Enqueue{test::ref(kBert, "gone"), "y"}}), note);
    a_->store().commit(commit_of(anna_, {Enqueue{anna_, "z"}}, 7), note);
    a_->store().commit(commit_of(anna_, {Enqueue{anna_, "2"}}), note);
    ASSERT_TRUE(test::run_until(a_->loop(), [&] { return outcomes.size() == 4; }));
    EXPECT_TRUE(is<Done>(outcomes[0]));
    EXPECT_TRUE(is<Stale>(outcomes[1]));
    EXPECT_TRUE(is<Fenced>(outcomes[2]));
    EXPECT_TRUE(is<Done>(outcomes[3]));
    const auto got = a_->queued(anna_);
    EXPECT_EQ(texts(got), (Texts{"1", "2"}));
    EXPECT_EQ(numbers(got), (Numbers{1, 2}));
}

TEST_P(StoreSuite, WhatWasReadMustStillBeSo) {
    open_sm(*a_, anna_, "phone");
    const auto anna = a_->read_one(kAnna);
    const auto bert = a_->read_one(kBert);
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(
        anna_,
        {Unchanged{kAnna, anna.routes_version, anna.roster.version},
         Unchanged{kBert, bert.routes_version, {}},
         Unchanged{"nobody@example.org", a_->read_one("nobody@example.org").routes_version, {}},
         PutRoute{anna.routes.at(0)}}))));
    EXPECT_TRUE(is<Stale>(a_->commit(
        commit_of(anna_, {Unchanged{kAnna, anna.routes_version, {}}, Enqueue{anna_, "m"}}))));
    RosterItem item;
    item.jid = kBert;
    const auto now = a_->read_one(kAnna);
    EXPECT_TRUE(is<Done>(
        a_->commit(commit_of(anna_, {Unchanged{kAnna, now.routes_version, now.roster.version},
                                     PutRosterItem{kAnna, item}}))));
    EXPECT_TRUE(is<Stale>(a_->commit(
        commit_of(anna_, {Unchanged{kAnna, {}, now.roster.version}, Enqueue{anna_, "m"}}))));
    EXPECT_TRUE(a_->queued(anna_).empty());
}

TEST_P(StoreSuite, RosterVersionsRiseAndAreTold) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    RosterItem bert;
    bert.jid = kBert;
    bert.name = "Bert & Co";
    bert.groups = {"friends", "", "work"};
    bert.subscription = Subscription::to;
    bert.ask = bert.approved = true;
    bert.pending_in = "<presence type='subscribe'/>";
    bert.is_listed = false;
    auto outcome = a_->commit(commit_of(anna_, {PutRosterItem{kAnna, bert}}));
    ASSERT_TRUE(is<Done>(outcome));
    const auto first = std::get<Done>(outcome).roster_version;
    auto read = b_->read_one(kAnna).roster;
    EXPECT_EQ(read.version, first);
    bert.changed_at = first;
    ASSERT_EQ(read.items.size(), 1U);
    EXPECT_TRUE(read.items[0] == bert);
    RosterItem carl;
    carl.jid = "carl@example.org";
    outcome = a_->commit(commit_of(anna_, {PutRosterItem{kAnna, carl}}));
    const auto second = std::get<Done>(outcome).roster_version;
    EXPECT_GT(second, first);
    outcome = a_->commit(commit_of(anna_, {RemoveRosterItem{kAnna, kBert}}));
    EXPECT_GT(std::get<Done>(outcome).roster_version, second);
    read = b_->read_one(kAnna).roster;
    EXPECT_EQ(read.version, std::get<Done>(outcome).roster_version);
    ASSERT_EQ(read.items.size(), 1U);
    EXPECT_EQ(read.items[0].jid, carl.jid);
    EXPECT_EQ(read.items[0].changed_at, second);
    outcome = a_->commit(commit_of(anna_, {Enqueue{anna_, "m"}}));
    EXPECT_EQ(std::get<Done>(outcome).roster_version, 0U);
    EXPECT_EQ(b_->read({{.user = kAnna, .roster = false}})[0].roster.items.size(), 0U);
}

TEST_P(StoreSuite, BlocksAndVcardsAreReplaced) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    const Texts blocks{"x@example.org", "example.net", "y@example.org/z"};
    ASSERT_TRUE(is<Done>(a_->commit(
        commit_of(anna_, {PutBlocks{kAnna, blocks}, PutVcard{kAnna, "<vCard>1</vCard>"}}))));
    EXPECT_EQ(b_->read_one(kAnna).blocks, blocks);
    EXPECT_EQ(b_->read_vcard(kAnna), "<vCard>1</vCard>");
    ASSERT_TRUE(
        is<Done>(a_->commit(commit_of(anna_, {PutBlocks{kAnna, {}}, PutVcard{kAnna, ""}}))));
    EXPECT_TRUE(b_->read_one(kAnna).blocks.empty());
    EXPECT_EQ(b_->read_vcard(kAnna), "");
}

TEST_P(StoreSuite, WhoGoesByAnOldBlockListIsRefused) {
    ASSERT_TRUE(is<Done>(a_->open(anna_, "phone")));
    ASSERT_TRUE(is<Done>(b_->open(bert_, "phone")));
    const auto version = b_->read_one(kAnna).routes_version;
    const Commit by_old = commit_of(bert_, {Unchanged{kAnna, version, {}}, Enqueue{anna_, "m"}});
    ASSERT_TRUE(is<Done>(b_->commit(by_old)));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {PutBlocks{kAnna, {kBert}}}))));
    EXPECT_TRUE(is<Stale>(b_->commit(by_old)));
    EXPECT_NE(b_->read_one(kAnna).routes_version, version);
}

// --- offline messages ---------------------------------------------------------------------------

TEST_P(StoreSuite, OfflineMessagesMoveToTheQueueInOrder) {
    open_sm(*a_, anna_, "phone");
    for (int i = 0; i < 20; ++i)
        ASSERT_TRUE(is<Done>(a_->commit(commit_of(
            anna_, {StoreOffline{kBert, a_->read_one(kBert).routes_version, std::to_string(i)}}))));
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    ASSERT_TRUE(is<Done>(b_->commit(
        commit_of(bert_, {Enqueue{bert_, "first"}, MoveOffline{}, Enqueue{bert_, "last"}}))));
    const auto got = b_->queued(bert_);
    ASSERT_EQ(got.size(), 22U);
    EXPECT_EQ(got.front().bytes, "first");
    EXPECT_EQ(got.back().bytes, "last");
    for (std::size_t i = 0; i < 22; ++i) EXPECT_EQ(got[i].number, i + 1);
    for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(got[i + 1].bytes, std::to_string(i));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {MoveOffline{}}))));
    EXPECT_TRUE(b_->queued(bert_).empty());
}

TEST_P(StoreSuite, NoMessageGoesOfflineBehindASessionThatJustBegan) {
    open_sm(*a_, anna_, "phone");
    const auto read = a_->read_one(kBert);
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    EXPECT_TRUE(is<Stale>(
        a_->commit(commit_of(anna_, {StoreOffline{kBert, read.routes_version, "late"}}))));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {MoveOffline{}}))));
    EXPECT_TRUE(b_->queued(bert_).empty());
}

TEST_P(StoreSuite, OfflineMessagesAreBounded) {
    open_sm(*a_, anna_, "phone");
    const auto version = a_->read_one(kBert).routes_version;
    std::vector<Write> many(Store::kQueueStanzas, StoreOffline{kBert, version, "m"});
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, std::move(many)))));
    const auto refused =
        a_->commit(commit_of(anna_, {StoreOffline{kBert, version, "one too many"}}));
    ASSERT_TRUE(is<QueueFull>(refused));
    EXPECT_EQ(std::get<QueueFull>(refused).session.user, kBert);
    EXPECT_TRUE(std::get<QueueFull>(refused).session.id.empty());
    ASSERT_TRUE(is<Done>(b_->open(bert_, "desk")));
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Enqueue{bert_, "1"}, MoveOffline{}}))));
    EXPECT_EQ(b_->queued(bert_).size(), Store::kQueueStanzas + 1);
}
