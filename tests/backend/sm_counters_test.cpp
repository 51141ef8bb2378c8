#include "backend/sm_counters.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

TEST(SmCounters, CountModulo32Bits) {
    SmCounters counters(UINT32_MAX, UINT32_MAX - 1, 1'000, 1'002);
    EXPECT_EQ(counters.sent(), 0u);
    EXPECT_EQ(counters.on_received(), 0u);
    counters.on_confirmed(1);
    EXPECT_EQ(counters.handled(), 0u);
    EXPECT_TRUE(counters.on_acknowledged(UINT32_MAX));
    EXPECT_EQ(counters.acked_number(), 1'001u);
    counters.on_sent(1'003, 10);
    EXPECT_TRUE(counters.on_acknowledged(1));
    EXPECT_EQ(counters.acked_number(), 1'003u);
    EXPECT_FALSE(counters.on_acknowledged(2));
    EXPECT_FALSE(counters.on_acknowledged(0)) << "never back";
}

TEST(SmCounters, CountNothingTwice) {
    SmCounters counters(0, 4, 4, 6);
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
