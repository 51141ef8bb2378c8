#include "balancer/backend_pool.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

conf::Pool pool_of(const std::vector<std::uint32_t>& weights) {
    conf::Pool pool;
    pool.name = "main";
    for (const std::uint32_t weight : weights) {
        conf::Backend backend;
        backend.name = "b" + std::to_string(pool.backends.size());
        backend.weight = weight;
        pool.backends.push_back(backend);
    }
    return pool;
}

TEST(BackendPool, FindsMembersByRunningWeight) {
    BackendIds ids;
    const auto pool = BackendPool::make(pool_of({0, 2, 0, 3, 0}), ids);
    ASSERT_EQ(pool->tiers().size(), 1U);
    const Tier& tier = pool->tiers().front();
    ASSERT_EQ(tier.total_weight(), 5U);
    const std::uint32_t expected[] = {1, 1, 3, 3, 3};
    for (std::uint64_t point = 0; point < 5; ++point)
        EXPECT_EQ(tier.member_at_weight(point), expected[point]) << point;
}

TEST(BackendPool, MembersPointIntoTheirOwnCopyOfTheConfiguration) {
    BackendIds ids;
    std::shared_ptr<const BackendPool> pool;
    {
        const conf::Pool passing = pool_of({100, 50});
        pool = BackendPool::make(passing, ids);
    }
    EXPECT_EQ(pool->members()[1].backend->name, "b1");
    EXPECT_EQ(pool->members()[1].weight, 50U);
    EXPECT_EQ(pool->members()[1].backend, &pool->settings().backends[1]);
}

}  // namespace
}  // namespace balancer
