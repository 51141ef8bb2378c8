#include "dns/cache.h"

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

class CacheTest : public testing::Test {
protected:
    dns::Cache<int> cache;
    core::TimePoint now = core::TimePoint{} + 1000s;
};

TEST_F(CacheTest, KnowsNothingAtFirst) {
    EXPECT_EQ(cache.find("a"), nullptr);
    EXPECT_FALSE(cache.is_fresh("a", now));
}

TEST_F(CacheTest, AnAnswerIsFreshForItsTtl) {
    cache.keep("a", 1, 60s, now);
    EXPECT_TRUE(cache.is_fresh("a", now + 59s));
    EXPECT_FALSE(cache.is_fresh("a", now + 60s));
    EXPECT_EQ(cache.find("a")->answer, 1) << "old, but still known";
    EXPECT_FALSE(cache.find("a")->is_stale());
}

TEST_F(CacheTest, TtlsHaveAFloorAndACeiling) {
    cache.keep("a", 1, 0s, now);
    EXPECT_TRUE(cache.is_fresh("a", now + dns::kTtlFloor - 1s));
    EXPECT_FALSE(cache.is_fresh("a", now + dns::kTtlFloor));
    cache.keep("b", 1, std::chrono::seconds(0x7FFFFFFF), now);
    EXPECT_TRUE(cache.is_fresh("b", now + dns::kTtlCeiling - 1s));
    EXPECT_FALSE(cache.is_fresh("b", now + dns::kTtlCeiling));
}

TEST_F(CacheTest, AFailureKeepsTheLastAnswerAndMarksItStale) {
    cache.keep("a", 1, 5s, now);
    cache.fail("a", dns::Problem::timeout, now + 6s);
    EXPECT_EQ(cache.find("a")->answer, 1);
    EXPECT_TRUE(cache.find("a")->is_stale());
    EXPECT_EQ(cache.find("a")->problem, dns::Problem::timeout);
    EXPECT_TRUE(cache.is_fresh("a", now + 6s + dns::kRetryAfter - 1s)) << "not asked again at once";
    EXPECT_FALSE(cache.is_fresh("a", now + 6s + dns::kRetryAfter));
    cache.keep("a", 2, 5s, now + 12s);
    EXPECT_EQ(cache.find("a")->answer, 2);
    EXPECT_FALSE(cache.find("a")->is_stale());
}

TEST_F(CacheTest, AFailureWithoutAnAnswerIsNotStale) {
    cache.fail("a", dns::Problem::timeout, now);
    EXPECT_FALSE(cache.find("a")->answer.has_value());
    EXPECT_FALSE(cache.find("a")->is_stale());
    EXPECT_TRUE(cache.is_fresh("a", now + dns::kRetryAfter - 1s));
}

TEST_F(CacheTest, MarkingStaleMakesNothingFresh) {
    cache.keep("a", 1, 5s, now);
    cache.mark_stale("a", dns::Problem::slow);
    EXPECT_TRUE(cache.find("a")->is_stale());
    EXPECT_FALSE(cache.is_fresh("a", now + 5s));
    cache.mark_stale("b", dns::Problem::slow);
    EXPECT_EQ(cache.find("b"), nullptr);
}

TEST_F(CacheTest, WhenFullTheOldestGoes) {
    for (std::size_t i = 0; i < dns::kCacheNamesMax; ++i) {
        cache.keep(std::to_string(i), 1, i == 7 ? 10s : 20s, now);
    }
    cache.keep("7", 1, 10s, now);  // known: nothing has to go
    EXPECT_EQ(cache.size(), dns::kCacheNamesMax);
    cache.keep("new", 1, 30s, now);
    EXPECT_EQ(cache.size(), dns::kCacheNamesMax);
    EXPECT_EQ(cache.find("7"), nullptr);
    EXPECT_NE(cache.find("new"), nullptr);
    EXPECT_NE(cache.find("8"), nullptr);
}

}  // namespace
