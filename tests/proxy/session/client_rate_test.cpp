// Aim: the buckets of a client: what it may send at once, what it has to wait for, and that over a
// long time it gets exactly its rate.

#include "proxy/session/client_rate.h"

#include <gtest/gtest.h>

#include "proxy/session/one_of_two.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

const core::TimePoint kStart(1'000s);

conf::RateLimits rate_of(std::uint32_t bytes, std::uint32_t stanzas,
                         std::chrono::milliseconds burst = 10s) {
    return {.bytes = bytes, .stanzas = stanzas, .burst = burst};
}

TEST(ClientRate, ASilentClientMaySendItsBurstAtOnce) {
    const auto rate = rate_of(0, 50);
    ClientRate client;
    client.take({0, 500, 0}, rate, kStart);
    EXPECT_FALSE(client.is_in_debt(rate, kStart));
    client.take({0, 1, 0}, rate, kStart);
    EXPECT_TRUE(client.is_in_debt(rate, kStart));
    EXPECT_EQ(client.share(rate, kStart), 0U);
    EXPECT_EQ(client.pause(rate, kStart), ClientRate::kLeastPause) << "one stanza takes 20 ms";
    EXPECT_FALSE(client.is_in_debt(rate, kStart + 20ms));
    client.take({0, 100, 0}, rate, kStart);
    EXPECT_EQ(client.pause(rate, kStart), 2'020ms);
    client.take({0, 500, 0}, rate, kStart + 60s);
    EXPECT_FALSE(client.is_in_debt(rate, kStart + 60s)) << "no more than its burst is saved";
    client.take({0, 1, 0}, rate, kStart + 60s);
    EXPECT_TRUE(client.is_in_debt(rate, kStart + 60s));
}

TEST(ClientRate, TheStricterOneCounts) {
    const auto rate = rate_of(1'000, 50, 1s);
    ClientRate bytes;
    bytes.take({3'000, 1, 0}, rate, kStart);
    EXPECT_EQ(bytes.pause(rate, kStart), 2s);
    ClientRate stanzas;
    stanzas.take({10, 100, 0}, rate, kStart);
    EXPECT_EQ(stanzas.pause(rate, kStart), 1s);
}

TEST(ClientRate, SharesAreSmallWhereLittleIsLeft) {
    const auto rate = rate_of(0, 50);
    ClientRate client;
    EXPECT_EQ(client.share(rate, kStart), 50'000U);
    client.take({0, 499, 0}, rate, kStart);
    EXPECT_EQ(client.share(rate, kStart), ClientRate::kLeastShare);
    EXPECT_EQ(ClientRate().share(rate_of(1'000'000, 0), kStart), ClientRate::kMostShare);
    EXPECT_EQ(ClientRate().share(rate_of(2'000, 0), kStart), 20'000U);
}

TEST(ClientRate, OverALongTimeItIsTheRate) {
    const auto rate = rate_of(64 * 1'024, 0);
    ClientRate client;
    core::TimePoint now = kStart;
    std::size_t sent = 0;
    while (now < kStart + 100s) {
        const std::size_t share = client.share(rate, now);
        if (share == 0) {
            now += client.pause(rate, now);
        } else {
            client.take({share, 0, 0}, rate, now);
            sent += share;
        }
    }
    EXPECT_NEAR(static_cast<double>(sent), 110.0 * rate.bytes, 2.0 * rate.bytes);
}

TEST(ClientRate, ALargeStanzaIsPaidForLater) {
    const auto rate = rate_of(1'024, 0, 1s);
    ClientRate client;
    client.take({64UL * 1'024 * 1'024, 1, 0}, rate, kStart);
    EXPECT_EQ(client.pause(rate, kStart), 65'535s);
}

TEST(ClientRate, PresenceAndIqAreAFloodByThemselves) {
    const auto rate = rate_of(0, 10, 1s);
    ClientRate client;
    client.take({0, 100, 10}, rate, kStart);
    EXPECT_FALSE(client.is_flood(rate, kStart)) << "messages are none";
    client.take({0, 1, 1}, rate, kStart);
    EXPECT_TRUE(client.is_flood(rate, kStart));
    EXPECT_FALSE(client.is_flood(rate, kStart + 1s));
    EXPECT_FALSE(client.is_flood(rate_of(1, 0), kStart));
}

TEST(ClientRate, ANewRateCountsAtOnce) {
    ClientRate client;
    client.take({0, 1'000, 0}, rate_of(0, 10, 1s), kStart);
    EXPECT_TRUE(client.is_in_debt(rate_of(0, 10, 1s), kStart));
    EXPECT_FALSE(client.is_in_debt(rate_of(1'000, 0), kStart));
    EXPECT_GT(client.share(rate_of(1'000, 0), kStart), 0U);
}

TEST(OneOfTwo, HoldsOneOfThemInTheRoomOfAPointer) {
    struct Counted {
        explicit Counted(int& count) : there(count) { ++there; }
        ~Counted() { --there; }
        int& there;
        long value = 7;
    };
    struct Other : Counted {
        using Counted::Counted;
    };
    static_assert(sizeof(OneOfTwo<Counted, Other>) == sizeof(void*));
    int there = 0;
    {
        OneOfTwo<Counted, Other> held;
        EXPECT_FALSE(held);
        EXPECT_EQ(held.second(), nullptr);
        held = std::make_unique<Counted>(there);
        EXPECT_TRUE(held);
        EXPECT_EQ(held->value, 7);
        EXPECT_EQ(held.second(), nullptr);
        held.set_second(std::make_unique<Other>(there));
        EXPECT_EQ(there, 1);
        EXPECT_FALSE(held);
        EXPECT_EQ(held.second()->value, 7);
        held.reset();
        EXPECT_EQ(there, 0);
        EXPECT_EQ(held.second(), nullptr);
        held.set_second(std::make_unique<Other>(there));
    }
    EXPECT_EQ(there, 0);
}

}  // namespace
}  // namespace proxy
