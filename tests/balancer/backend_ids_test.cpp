#include "balancer/backend_ids.h"

#include <gtest/gtest.h>

#include "balancer/routing_table.h"

namespace balancer {
namespace {

using namespace std::chrono_literals;

class BackendIdsTest : public testing::Test {
protected:
    conf::Pool pool_of(const std::vector<std::string>& names) {
        conf::Pool pool;
        pool.name = "main";
        for (const std::string& name : names) pool.backends.push_back({.name = name, .host = {}});
        return pool;
    }
    /// The table is now one pool of these; ids_ is tidied.
    void use(const std::vector<std::string>& names) {
        conf::Config config;
        config.pools = {pool_of(names)};
        table_ = *make_routing_table(config, ids_);
        tidy();
    }
    void tidy() { ids_.tidy(table_->backend_ids(), loads_, now_); }
    void give_all() {
        for (std::uint32_t i = 0; i < kMaxBackends; ++i)
            if (!ids_.id_of("filler", std::to_string(i))) return;
    }

    BackendIds ids_;
    LoadBoard loads_{1};
    BackendIds::TimePoint now_{};
    std::shared_ptr<const RoutingTable> table_ = std::make_shared<RoutingTable>();
};

TEST_F(BackendIdsTest, KeepTheIdOfABackendOverReloads) {
    const auto a = ids_.id_of("main", "a");
    EXPECT_NE(a, ids_.id_of("main", "b"));
    EXPECT_NE(a, ids_.id_of("other", "a"));
    EXPECT_EQ(a, ids_.id_of("main", "a"));
}

TEST_F(BackendIdsTest, EndAtTheirBound) {
    for (std::uint32_t i = 0; i < kMaxBackends; ++i)
        ASSERT_TRUE(ids_.id_of("main", std::to_string(i)).has_value());
    EXPECT_EQ(ids_.id_of("main", "one more"), std::nullopt);
    EXPECT_TRUE(ids_.id_of("main", "7").has_value());
    EXPECT_EQ(BackendPool::make(pool_of({"b"}), ids_), nullptr);
}

TEST_F(BackendIdsTest, AreGivenAgainAfterTheirRest) {
    use({"a", "b"});
    const BackendId b = *ids_.id_of("main", "b");
    loads_.count_login(0, b);
    give_all();
    use({"a"});
    now_ += BackendIds::kRest - 1s;
    tidy();
    EXPECT_EQ(ids_.id_of("main", "new"), std::nullopt);
    now_ += 1s;
    tidy();
    EXPECT_TRUE(ids_.id_of("main", "new").has_value());
    EXPECT_EQ(loads_.logins(b), 0U);
    EXPECT_NE(ids_.id_of("main", "a"), ids_.id_of("main", "new"));
}

TEST_F(BackendIdsTest, StayWhileTheTableOrASessionHasThem) {
    use({"a", "b"});
    const BackendId a = *ids_.id_of("main", "a");
    const BackendId b = *ids_.id_of("main", "b");
    SessionSlot session = loads_.take(0, b);
    use({"a"});
    now_ += 2 * BackendIds::kRest;
    tidy();
    EXPECT_EQ(ids_.id_of("main", "a"), a);
    EXPECT_EQ(ids_.id_of("main", "b"), b);
    session.release();
    tidy();
    give_all();
    EXPECT_NE(ids_.id_of("main", "b"), b);
}

TEST_F(BackendIdsTest, ABackendThatReturnsHasItsOwnIdAndRestsAnew) {
    use({"a", "b"});
    const BackendId b = *ids_.id_of("main", "b");
    use({"a"});
    now_ += BackendIds::kRest - 1s;
    use({"a", "b"});
    use({"a"});
    now_ += 2s;
    tidy();
    EXPECT_EQ(ids_.id_of("main", "b"), b);
}

TEST_F(BackendIdsTest, OfAPlanThatWasDroppedComeBack) {
    give_all();
    tidy();
    now_ += BackendIds::kRest;
    tidy();
    EXPECT_TRUE(ids_.id_of("main", "a").has_value());
}

}  // namespace
}  // namespace balancer
