// Aim: what a client has sent goes into the store in order and is confirmed only when it is there.

#include "backend/node/stanza_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tests/backend/node/stanza_queue_scene.h"

namespace backend {
namespace {

using test::StanzaQueueTest;

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

TEST_F(StanzaQueueTest, AcknowledgementsGoAlongOrAlone) {
    message(1);
    queue_.trim(16);
    answer_readings();
    EXPECT_EQ(count<Trim>(store_.answer_commit(Done{})), 1U);
    queue_.trim(16);
    queue_.trim(19);
    message(2);
    EXPECT_EQ(count<Trim>(store_.answer_commit(Done{})), 0U) << "so few can wait";
    ASSERT_TRUE(wait_for_commit()) << "but not for ever";
    const Commit alone = store_.answer_commit(Done{});
    ASSERT_EQ(alone.writes.size(), 1U);
    EXPECT_EQ(std::get<Trim>(alone.writes.front()).up_to, 19U);
}

TEST_F(StanzaQueueTest, AMessageGoesByWhatIsKnownAndTheCommitFindsOutWhetherThatIsStillSo) {
    message(1);
    ASSERT_EQ(store_.readings.size(), 1U);
    answer_readings();
    EXPECT_EQ(count<Unchanged>(store_.answer_commit(Done{})), 0U) << "it was read just now";
    message(2);
    EXPECT_TRUE(store_.readings.empty());
    ASSERT_EQ(store_.commits.size(), 1U);
    const Commit commit = store_.answer_commit(Stale{});
    ASSERT_EQ(count<Unchanged>(commit), 2U);
    EXPECT_TRUE(std::holds_alternative<Unchanged>(commit.writes[1])) << "they stand first";
    for (const Write& write : commit.writes) {
        const auto* same = std::get_if<Unchanged>(&write);
        EXPECT_TRUE(same == nullptr || same->routes_version == store_.kRoutesVersion);
    }
    ASSERT_TRUE(::test::run_until(loop_, [this] { return !store_.readings.empty(); }));
    answer_readings();
    EXPECT_EQ(count<Unchanged>(store_.answer_commit(Done{})), 0U);
    EXPECT_EQ(confirmed_, 2U);
}

TEST_F(StanzaQueueTest, OtherStanzasThanMessagesAreReadForEachTime) {
    const auto ask = [this](std::uint32_t handled) {
        queue_.handle(
            {"<iq xmlns='jabber:client' type='get' id='p' to='bert@example.org/phone'>"
             "<ping xmlns='urn:xmpp:ping'/></iq>",
             handled});
        queue_.begin();
        EXPECT_EQ(store_.readings.size(), 1U);
        answer_readings();
        EXPECT_EQ(count<Unchanged>(store_.answer_commit(Done{})), 0U);
    };
    message(1);
    answer_readings();
    store_.answer_commit(Done{});
    ask(2);
    ask(3);
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
