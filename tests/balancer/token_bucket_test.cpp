#include "balancer/token_bucket.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

using namespace std::chrono_literals;

TEST(TokenBucket, FillsAtItsRateUpToItsCapacity) {
    TokenBucket bucket{.tokens = 1, .filled = {}};
    bucket.fill(10, 5, TokenBucket::TimePoint{} + 300ms);
    EXPECT_DOUBLE_EQ(bucket.tokens, 4);
    bucket.fill(10, 5, TokenBucket::TimePoint{} + 1s);
    EXPECT_DOUBLE_EQ(bucket.tokens, 5);
}

TEST(TokenBucket, NoTimeCountsTwice) {
    TokenBucket bucket{.tokens = 0, .filled = {}};
    bucket.fill(10, 5, TokenBucket::TimePoint{} + 200ms);
    bucket.fill(10, 5, TokenBucket::TimePoint{} + 100ms);
    bucket.fill(10, 5, TokenBucket::TimePoint{} + 200ms);
    EXPECT_DOUBLE_EQ(bucket.tokens, 2);
}

TEST(TokenBucket, ADebtIsPaidFirst) {
    TokenBucket bucket{.tokens = -1, .filled = {}};
    bucket.fill(10, 5, TokenBucket::TimePoint{} + 100ms);
    EXPECT_DOUBLE_EQ(bucket.tokens, 0);
}

}  // namespace
}  // namespace balancer
