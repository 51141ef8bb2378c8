// Aim: the bounds of queues keep nobody out who does nothing wrong, a session never closes over
// something that nobody has taken care of, and what nodes share is the same for all of them.

#include "tests/backend/store/store_suite.h"

using namespace backend;
using test::commit_of;
using test::is;

TEST_P(StoreSuite, AWelcomeIsNotBoundedAndDoesNotCount) {
    open_sm(*a_, anna_, "phone");
    std::vector<Write> welcome{Welcome{}};
    for (std::size_t i = 0; i < Store::kQueueStanzas + 10; ++i)
        welcome.push_back(Enqueue{anna_, "presence"});
    const auto large = std::string(Store::kQueueBytes, 'p');
    welcome.push_back(Enqueue{anna_, large});
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, welcome))));
    const std::uint64_t last = Store::kQueueStanzas + 11;

    // As much again as any queue holds, and no more.
    open_sm(*b_, bert_, "tablet");
    std::vector<Write> others;
    for (std::size_t i = 0; i < Store::kQueueStanzas; ++i) others.push_back(Enqueue{anna_, "m"});
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, others))));
    EXPECT_TRUE(is<QueueFull>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m"}}))));
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, {Welcome{}, Enqueue{anna_, "again"}}))))
        << "its client has not got the first one yet";

    // Half of the welcome makes no room, all of it none either; what came behind it does.
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{last / 2}}))));
    EXPECT_TRUE(is<QueueFull>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m"}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{last}}))));
    EXPECT_TRUE(is<QueueFull>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m"}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{last + 1}}))));
    EXPECT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m"}}))));
    EXPECT_TRUE(is<QueueFull>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m"}}))));
    // And a second welcome is one again.
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Welcome{}, Enqueue{anna_, large}}))));
}

TEST_P(StoreSuite, TheBytesOfAWelcomeDoNotCountEither) {
    open_sm(*a_, anna_, "phone");
    const std::string half(Store::kQueueBytes / 2, 'p');
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(
        anna_, {Welcome{}, Enqueue{anna_, half}, Enqueue{anna_, half}, Enqueue{anna_, half}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{1}}))));
    ASSERT_TRUE(
        is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, half}, Enqueue{anna_, half}}))));
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, {Enqueue{anna_, "m"}}))));
    ASSERT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{4}}))));
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, half}}))));
    EXPECT_TRUE(is<QueueFull>(a_->commit(commit_of(anna_, {Enqueue{anna_, "m"}}))));
}

TEST_P(StoreSuite, OneCommitIsAsLargeAsItIsAndEachHasItsOwnAnswer) {
    open_sm(*a_, anna_, "phone");
    // The presence of a thousand contacts with several sessions each.
    std::vector<Write> welcome{Welcome{}};
    for (int i = 0; i < 65; ++i) welcome.push_back(Enqueue{anna_, std::string(1024 * 1024, 'p')});
    std::vector<CommitOutcome> answers;
    const auto note = [&](const CommitOutcome& outcome) { answers.push_back(outcome); };
    a_->store().commit(commit_of(anna_, welcome), note);
    a_->store().commit(commit_of(anna_, welcome), note);
    a_->store().commit(commit_of(anna_, {Trim{1}}), note);
    ASSERT_TRUE(test::run_until(a_->loop(), [&] { return answers.size() == 3; }));
    EXPECT_TRUE(is<Done>(answers[0]));
    ASSERT_TRUE(is<StoreError>(answers[1])) << "that is more than may wait";
    EXPECT_EQ(std::get<StoreError>(answers[1]), StoreError::not_asked) << "it may be said again";
    EXPECT_TRUE(is<Done>(answers[2])) << "for which there is room beside it";
    EXPECT_TRUE(is<Done>(a_->commit(commit_of(anna_, {Trim{65}}))));
}

TEST_P(StoreSuite, ASessionDoesNotCloseOverSomethingNew) {
    open_sm(*a_, anna_, "phone");
    open_sm(*b_, bert_, "tablet");
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m1"}}))));
    const auto taken = a_->take(anna_, TakeReason::resume);
    ASSERT_EQ(std::get<TakenSession>(taken).queue.size(), 1U);
    ASSERT_TRUE(is<Done>(b_->commit(commit_of(bert_, {Enqueue{anna_, "m2"}}))));
    EXPECT_TRUE(is<Stale>(a_->commit(commit_of(anna_, {CloseSession{1}}, 2))));
    const auto again = a_->take(anna_, TakeReason::resume);
    ASSERT_EQ(std::get<TakenSession>(again).queue.size(), 2U);
    EXPECT_TRUE(
        is<Done>(a_->commit(commit_of(anna_, {Enqueue{anna_, "by the way"}, CloseSession{2}}, 3))));
}

TEST_P(StoreSuite, ATakerLearnsWhatIsTrimmed) {
    open_sm(*a_, anna_, "phone");
    auto taken = a_->take(anna_, TakeReason::resume);
    EXPECT_EQ(std::get<TakenSession>(taken).record.trimmed, 0U);
    ASSERT_TRUE(is<Done>(
        a_->commit(commit_of(anna_, {Enqueue{anna_, "1"}, Enqueue{anna_, "2"}, Trim{2}}, 2))));
    taken = b_->take(anna_, TakeReason::resume);
    EXPECT_EQ(std::get<TakenSession>(taken).record.trimmed, 2U);
    EXPECT_TRUE(std::get<TakenSession>(taken).queue.empty());
}

TEST_P(StoreSuite, NodesShareTheFirstSecret) {
    const auto share = [](test::TestNode& node, const std::string& name, const std::string& fresh) {
        return std::string(test::wait_for_good<SharedSecret>(node.loop(), [&](auto on) {
                               node.store().share_secret(name, SharedSecret(fresh), on);
                           }).reveal());
    };
    const std::string bytes("\0one\xFF", 5);
    EXPECT_EQ(share(*a_, "salt", bytes), bytes);
    EXPECT_EQ(share(*b_, "salt", "two"), bytes);
    EXPECT_EQ(share(*b_, "other", "three"), "three");
    EXPECT_EQ(share(*a_, "other", "four"), "three");
}
