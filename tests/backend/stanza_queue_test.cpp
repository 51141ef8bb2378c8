// Aim: what a client has sent goes into the store in order, is confirmed only when it is there, and
// whatever the store answers leads somewhere.

#include "backend/stanza_queue.h"

#include <gtest/gtest.h>

#include "tests/backend/scripted_store.h"
#include "tests/support/run_loop.h"

namespace backend {
namespace {

using test::ScriptedStore;

class StanzaQueueTest : public testing::Test, protected StanzaQueueEvents {
protected:
    static constexpr auto kUser = "anna@example.org";

    StanzaQueueTest()
        : ref_{kUser, SessionId("anna-1")},
          queue_(loop_, store_, locality_,
                 Sender{ref_,
                        *xmpp::Jid::parse("anna@example.org/home"),
                        {.resource = "home", .session = ref_.id, .node = NodeName("n1")}},
                 7, *this) {}

    void message(std::uint32_t handled, const std::string& to = "bert@example.org") {
        queue_.handle(
            {"<message xmlns='jabber:client' type='chat' to='" + to + "'><body>x</body></message>",
             handled});
        queue_.begin();
    }
    void ping(std::uint32_t handled) {
        queue_.handle(
            {"<iq xmlns='jabber:client' type='get' id='p' to='example.org'><ping "
             "xmlns='urn:xmpp:ping'/></iq>",
             handled});
        queue_.begin();
    }
    void answer_readings() {
        while (!store_.readings.empty()) store_.answer_reading();
    }
    bool wait_for_commit() {
        return test::run_until(loop_, [this] {
            answer_readings();
            return !store_.commits.empty();
        });
    }
    template <class What>
    static std::size_t count(const Commit& commit) {
        return static_cast<std::size_t>(
            std::count_if(commit.writes.begin(), commit.writes.end(),
                          [](const Write& write) { return std::holds_alternative<What>(write); }));
    }

    void on_confirmed(std::size_t count) override { confirmed_ += count; }
    void on_idle() override { ++idle_; }
    void on_refused(xmpp::StreamErrorCondition condition) override { refused_ = condition; }
    void on_fenced() override { fenced_ = true; }
    void on_store_failed(StoreError error) override { failed_ = error; }

    core::EventLoop loop_;
    ScriptedStore store_;
    Locality locality_{.domains = {"example.org"}, .version = "1"};
    SessionRef ref_;
    std::size_t confirmed_ = 0;
    int idle_ = 0;
    std::optional<xmpp::StreamErrorCondition> refused_;
    bool fenced_ = false;
    std::optional<StoreError> failed_;
    StanzaQueue queue_;
};

TEST_F(StanzaQueueTest, ConfirmsWhatIsCommittedWithItsCount) {
    message(1);
    answer_readings();
    ASSERT_EQ(store_.commits.size(), 1U);
    EXPECT_EQ(confirmed_, 0U);
    EXPECT_FALSE(queue_.is_idle());
    const Commit commit = store_.answer_commit(Done{});
    EXPECT_EQ(commit.epoch, 7U);
    EXPECT_EQ(commit.handled, 1U);
    EXPECT_EQ(count<Enqueue>(commit), 1U);
    EXPECT_EQ(confirmed_, 1U);
    EXPECT_TRUE(queue_.is_idle());
    EXPECT_EQ(idle_, 1);
}

TEST_F(StanzaQueueTest, MessagesThatWaitAreCommittedTogetherAndOthersAlone) {
    message(1);
    for (std::uint32_t handled = 2; handled <= 4; ++handled) message(handled);
    ping(5);
    message(6);
    answer_readings();
    EXPECT_EQ(store_.answer_commit(Done{}).handled, 1U);
    answer_readings();
    const Commit together = store_.answer_commit(Done{});
    EXPECT_EQ(together.handled, 4U);
    EXPECT_EQ(count<Enqueue>(together), 3U);
    answer_readings();
    EXPECT_EQ(store_.answer_commit(Done{}).handled, 5U);
    answer_readings();
    EXPECT_EQ(store_.answer_commit(Done{}).handled, 6U);
    EXPECT_EQ(confirmed_, 6U);
}

TEST_F(StanzaQueueTest, ReadsAUserOnceForAllMessagesInARow) {
    message(1);
    for (std::uint32_t handled = 2; handled <= 5; ++handled)
        message(handled, handled == 4 ? "cleo@example.org" : "bert@example.org");
    answer_readings();
    store_.answer_commit(Done{});
    ASSERT_EQ(store_.readings.size(), 1U);
    const auto users = store_.readings.front().users;
    const auto is_bert = [](const auto& wanted) { return wanted.user == "bert@example.org"; };
    EXPECT_EQ(std::count_if(users.begin(), users.end(), is_bert), 1);
    answer_readings();
    const Commit commit = store_.answer_commit(Done{});
    ASSERT_EQ(count<Enqueue>(commit), 4U);
    std::vector<std::string> receivers;
    for (const Write& write : commit.writes) {
        if (const auto* queued = std::get_if<Enqueue>(&write)) receivers.push_back(queued->to.user);
    }
    EXPECT_EQ(receivers, (std::vector<std::string>{"bert@example.org", "bert@example.org",
                                                   "cleo@example.org", "bert@example.org"}));
}

TEST_F(StanzaQueueTest, StaleIsReadAndPlannedAgain) {
    message(1);
    answer_readings();
    store_.answer_commit(Stale{});
    ASSERT_TRUE(wait_for_commit());
    EXPECT_EQ(confirmed_, 0U);
    store_.answer_commit(Done{});
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, ButNotForEver) {
    message(1);
    while (!failed_) {
        ASSERT_TRUE(test::run_until(loop_, [this] {
            answer_readings();
            return !store_.commits.empty() || failed_;
        }));
        if (!store_.commits.empty()) store_.answer_commit(Stale{});
    }
    EXPECT_EQ(confirmed_, 0U);
}

TEST_F(StanzaQueueTest, WhoDoesNotReadIsEndedAndTheStanzaTriedAgain) {
    message(1);
    answer_readings();
    const SessionRef full{"bert@example.org", SessionId("s-bert@example.org")};
    store_.answer_commit(QueueFull{full});
    ASSERT_FALSE(store_.commits.empty());
    const Commit end = store_.answer_commit(Done{});
    ASSERT_EQ(count<EndOther>(end), 1U);
    EXPECT_EQ(std::get<EndOther>(end.writes.front()).session, full);
    EXPECT_FALSE(end.handled);
    ASSERT_TRUE(wait_for_commit());
    EXPECT_EQ(store_.answer_commit(Done{}).handled, 1U);
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, AFullQueueOfItsOwnEndsTheSession) {
    message(1);
    answer_readings();
    store_.answer_commit(QueueFull{ref_});
    EXPECT_EQ(refused_, xmpp::StreamErrorCondition::resource_constraint);
}

TEST_F(StanzaQueueTest, WhatCannotBeStoredOfflineComesBack) {
    message(1);
    answer_readings();
    store_.answer_commit(QueueFull{{"bert@example.org", {}}});
    ASSERT_FALSE(store_.commits.empty());
    const Commit refusal = store_.answer_commit(Done{});
    EXPECT_EQ(refusal.handled, 1U);
    ASSERT_EQ(count<Enqueue>(refusal), 1U);
    EXPECT_EQ(std::get<Enqueue>(refusal.writes.front()).to, ref_);
    EXPECT_NE(std::get<Enqueue>(refusal.writes.front()).stanza.find("service-unavailable"),
              std::string::npos);
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, OfSeveralOnlyTheOneThatHasNoRoomComesBack) {
    message(1);  // keeps the others waiting, so that they go together
    message(2, "bert@example.org");
    message(3, "carl@example.org");
    answer_readings();
    store_.answer_commit(Done{});
    answer_readings();
    ASSERT_EQ(store_.answer_commit(QueueFull{{"carl@example.org", {}}}).handled, 3U);
    answer_readings();
    const Commit first = store_.answer_commit(Done{});
    EXPECT_EQ(first.handled, 2U);
    EXPECT_EQ(std::get<Enqueue>(first.writes.front()).to.user, "bert@example.org");
    answer_readings();
    ASSERT_EQ(store_.answer_commit(QueueFull{{"carl@example.org", {}}}).handled, 3U);
    const Commit refusal = store_.answer_commit(Done{});
    EXPECT_EQ(refusal.handled, 3U);
    EXPECT_EQ(std::get<Enqueue>(refusal.writes.front()).to, ref_);
    EXPECT_EQ(confirmed_, 3U);
}

TEST_F(StanzaQueueTest, WhoIsNotEndedInTimeKeepsNobodyWaiting) {
    message(1);
    const SessionRef full{"bert@example.org", SessionId("s-bert@example.org")};
    std::optional<Commit> last;
    ASSERT_TRUE(test::run_until(loop_, [&] {
        answer_readings();
        while (!store_.commits.empty() && confirmed_ == 0) {
            const auto& writes = store_.commits.front().commit.writes;
            const bool is_for_it = std::any_of(writes.begin(), writes.end(), [&](const auto& each) {
                const auto* queued = std::get_if<Enqueue>(&each);
                return queued != nullptr && queued->to == full;
            });
            if (is_for_it)
                store_.answer_commit(QueueFull{full});
            else
                last = store_.answer_commit(Done{});
        }
        return confirmed_ > 0 || failed_;
    }));
    EXPECT_FALSE(failed_) << "it is not the sender's fault";
    EXPECT_EQ(last->handled, 1U);
    EXPECT_NE(std::get<Enqueue>(last->writes.front()).stanza.find("service-unavailable"),
              std::string::npos);
}

TEST_F(StanzaQueueTest, WhoArrivesIsWelcome) {
    const auto presence = [&](std::uint32_t handled) {
        queue_.handle({"<presence xmlns='jabber:client'/>", handled});
        queue_.begin();
        EXPECT_TRUE(wait_for_commit());
        return count<Welcome>(store_.answer_commit(Done{}));
    };
    EXPECT_EQ(presence(1), 1U);
    EXPECT_EQ(presence(2), 0U) << "it is there already";
}

TEST_F(StanzaQueueTest, AnAcknowledgementThatIsNotSavedGoesWithTheNextCommit) {
    queue_.trim(5);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(StoreError::unavailable);
    message(1);
    answer_readings();
    EXPECT_EQ(count<Trim>(store_.answer_commit(Done{})), 1U);
    queue_.trim(6);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(Fenced{});
    EXPECT_TRUE(fenced_);
}

TEST_F(StanzaQueueTest, AFencedSessionDoesNothingAnyMore) {
    message(1);
    message(2);
    answer_readings();
    store_.answer_commit(Fenced{});
    EXPECT_TRUE(fenced_);
    message(3);
    EXPECT_TRUE(store_.readings.empty());
    EXPECT_TRUE(store_.commits.empty());
    EXPECT_EQ(confirmed_, 0U);
}

TEST_F(StanzaQueueTest, WhatMayHaveBeenDoneIsNotDoneAgain) {
    message(1);
    answer_readings();
    store_.answer_commit(StoreError::unavailable);
    EXPECT_EQ(failed_, StoreError::unavailable);
    EXPECT_EQ(confirmed_, 0U);
    EXPECT_TRUE(store_.readings.empty());
}

TEST_F(StanzaQueueTest, AReadingThatFailsIsTriedAgain) {
    message(1);
    store_.fail_reading(StoreError::unavailable);
    ASSERT_TRUE(wait_for_commit());
    store_.answer_commit(Done{});
    EXPECT_EQ(confirmed_, 1U);
}

TEST_F(StanzaQueueTest, ACardThatCannotBeReadIsNotMissing) {
    queue_.handle(
        {"<iq xmlns='jabber:client' type='get' id='v' to='bert@example.org'><vCard "
         "xmlns='vcard-temp'/></iq>",
         1});
    queue_.begin();
    store_.answer_vcard_reading(StoreError::unavailable);
    answer_readings();
    ASSERT_TRUE(store_.commits.empty());
    ASSERT_TRUE(test::run_until(loop_, [this] { return !store_.vcard_readings.empty(); }));
    store_.answer_vcard_reading("<vCard xmlns='vcard-temp'><FN>Bert</FN></vCard>");
    ASSERT_TRUE(wait_for_commit());
    const Commit commit = store_.answer_commit(Done{});
    const auto* answer = std::get_if<Enqueue>(&commit.writes.back());
    ASSERT_NE(answer, nullptr);
    EXPECT_NE(answer->stanza.find("<FN>Bert</FN>"), std::string::npos) << answer->stanza;
}

TEST_F(StanzaQueueTest, AcknowledgementsGoAlongOrAlone) {
    message(1);
    queue_.trim(5);
    answer_readings();
    EXPECT_EQ(count<Trim>(store_.answer_commit(Done{})), 1U);
    queue_.trim(5);
    queue_.trim(9);
    ASSERT_TRUE(wait_for_commit());
    const Commit alone = store_.answer_commit(Done{});
    ASSERT_EQ(alone.writes.size(), 1U);
    EXPECT_EQ(std::get<Trim>(alone.writes.front()).up_to, 9U);
}

TEST_F(StanzaQueueTest, WritesOfItsOwnKeepTheirTurn) {
    message(1);
    std::optional<bool> is_enabled;
    queue_.write({EnableSm{}}, [&](bool is_done) { is_enabled = is_done; });
    message(2);
    answer_readings();
    EXPECT_EQ(count<Enqueue>(store_.answer_commit(Done{})), 1U);
    EXPECT_EQ(count<EnableSm>(store_.answer_commit(Done{})), 1U);
    EXPECT_EQ(is_enabled, true);
    answer_readings();
    EXPECT_EQ(store_.answer_commit(Done{}).handled, 2U);
}

TEST_F(StanzaQueueTest, WhatIsNoStanzaEndsTheStream) {
    queue_.handle({"<presence2 xmlns='jabber:client'/>", 1});
    queue_.begin();
    EXPECT_EQ(refused_, xmpp::StreamErrorCondition::unsupported_stanza_type);
}

}  // namespace
}  // namespace backend
