#include "backend/stream/sm_counters.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

namespace backend {
namespace {

constexpr std::uint64_t kWrap = std::uint64_t{1} << 32;

TEST(SmCounters, CountModulo32Bits) {
    SmCounters counters(UINT32_MAX, 2, kWrap, kWrap + 2);
    EXPECT_EQ(counters.sent(), 0u);
    EXPECT_EQ(counters.on_received(), 0u);
    counters.on_confirmed(1);
    EXPECT_EQ(counters.handled(), 0u);
    EXPECT_TRUE(counters.on_acknowledged(UINT32_MAX));
    EXPECT_EQ(counters.acked_number(), kWrap + 1);
    counters.on_sent(kWrap + 3, 10);
    EXPECT_TRUE(counters.on_acknowledged(1));
    EXPECT_EQ(counters.acked_number(), kWrap + 3);
    EXPECT_FALSE(counters.on_acknowledged(2));
}

TEST(SmCounters, TakeAnOldCountForNoNews) {
    SmCounters counters(0);
    for (std::uint64_t number = 1; number <= 8; ++number) counters.on_sent(number, 10);
    EXPECT_TRUE(counters.on_acknowledged(6));
    counters.on_asked();
    EXPECT_TRUE(counters.on_acknowledged(4));
    EXPECT_EQ(counters.acked_number(), 6u);
    EXPECT_FALSE(counters.is_asked()) << "that was its answer";
    EXPECT_TRUE(counters.on_acknowledged(0));
    EXPECT_EQ(counters.acked_number(), 6u);
    EXPECT_TRUE(counters.on_acknowledged(8));
    // What was never sent is no old count.
    EXPECT_FALSE(counters.on_acknowledged(9));
    EXPECT_FALSE(counters.on_acknowledged(UINT32_MAX));
}

/// Against counts that never wrap: whatever a client may say of what it was sent, now or long ago,
/// is taken; it never leads back, and nothing that was not sent is taken.
TEST(SmCounters, CompareSeriallyOverTheWrap) {
    std::mt19937_64 random(20261130);
    const auto below = [&](std::uint64_t end) { return random() % end; };
    for (int round = 0; round < 2'000; ++round) {
        const std::uint64_t counted_from = below(3) * below(kWrap);
        std::uint64_t acked = std::array{below(10), kWrap - below(10), 3 * kWrap + below(10),
                                         kWrap / 2 + below(10), below(4 * kWrap)}[below(5)];
        std::uint64_t sent = acked + below(4);
        SmCounters counters(0, counted_from, counted_from + acked, counted_from + sent);
        for (int step = 0; step < 20; ++step) {
            if (below(2) == 0) {
                ++sent;
                counters.on_sent(counted_from + sent, 1);
            }
            const std::uint64_t unacked = sent - acked;
            const std::uint64_t back = std::min(acked, kWrap / 2 - 1);
            switch (below(3)) {
                case 0: {  // news
                    acked += below(unacked + 1);
                    ASSERT_TRUE(counters.on_acknowledged(static_cast<std::uint32_t>(acked)));
                    break;
                }
                case 1: {  // said before
                    const std::uint64_t wished = below(2) == 0 ? below(20) : back;
                    const std::uint64_t old = acked - std::min(back, wished);
                    ASSERT_TRUE(counters.on_acknowledged(static_cast<std::uint32_t>(old)));
                    break;
                }
                default: {  // never sent
                    const std::uint64_t room = kWrap - unacked - back - 1;
                    const std::uint64_t high = sent + 1 + (below(2) == 0 ? below(room) : room - 1);
                    ASSERT_FALSE(counters.on_acknowledged(static_cast<std::uint32_t>(high)))
                        << acked << ' ' << sent << ' ' << high;
                    break;
                }
            }
            ASSERT_EQ(counters.acked_number(), counted_from + acked);
            ASSERT_EQ(counters.sent(), static_cast<std::uint32_t>(sent));
        }
    }
}

TEST(SmCounters, CountNothingTwice) {
    SmCounters counters(0, 0, 4, 6);
    counters.on_sent(5, 10);
    counters.on_sent(6, 10);
    EXPECT_EQ(counters.sent(), 6u);
    counters.on_sent(7, 10);
    EXPECT_EQ(counters.sent(), 7u);
    EXPECT_TRUE(counters.is_acknowledged(4));
    EXPECT_FALSE(counters.is_acknowledged(5));
}

TEST(SmCounters, OweUntilAllIsCovered) {
    SmCounters counters(0);
    counters.on_received();
    counters.on_received();
    counters.on_request();
    counters.on_confirmed(1);
    counters.on_ack_sent();
    EXPECT_TRUE(counters.owes_ack());
    counters.on_confirmed(1);
    counters.on_ack_sent();
    EXPECT_FALSE(counters.owes_ack());
}

}  // namespace
}  // namespace backend
