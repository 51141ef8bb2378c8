// Aim: requests with one key go one way, by weight, and a backend that takes no new keys keeps its
// own.

#include "proxy/web/forward_choice.h"

#include <gtest/gtest.h>

#include <map>

#include "balancer/hash_key.h"
#include "balancer/routing_table.h"

namespace proxy {
namespace {

using balancer::BackendPool;
using balancer::MemberState;

class ForwardChoiceTest : public testing::Test {
protected:
    void make(const std::vector<std::uint32_t>& weights) {
        conf::Pool pool;
        pool.name = "main";
        pool.panic = 0;
        for (const std::uint32_t weight : weights) {
            conf::Backend backend;
            backend.name = "b" + std::to_string(pool.backends.size());
            backend.weight = weight;
            pool.backends.push_back(backend);
        }
        pool_ = BackendPool::make(pool, ids_);
    }
    void set(std::size_t place, auto change) {
        std::vector<MemberState> states = pool_->states();
        change(states[place]);
        pool_ = pool_->with_states(states);
    }
    std::vector<std::uint32_t> order(std::uint64_t key, std::optional<std::uint32_t> owner = {},
                                     std::size_t most = 9) const {
        return forward_order(
            *pool_, key, owner ? std::optional(pool_->members()[*owner].owner) : std::nullopt,
            [this](const balancer::Member& one) { return one.backend->name == resting_; }, most);
    }
    static std::uint64_t key(int number) {
        return balancer::hash_of_word("room" + std::to_string(number));
    }
    std::map<std::uint32_t, int> homes() const {
        std::map<std::uint32_t, int> count;
        for (int i = 0; i < 2'000; ++i) ++count[order(key(i))[0]];
        return count;
    }

    balancer::BackendIds ids_;
    std::shared_ptr<const BackendPool> pool_;
    std::string resting_;
};

TEST_F(ForwardChoiceTest, KeysSpreadByWeight) {
    make({100, 100, 200});
    const auto count = homes();
    EXPECT_NEAR(count.at(0), 500, 100);
    EXPECT_NEAR(count.at(2), 1'000, 100);
}

TEST_F(ForwardChoiceTest, OnlyKeysOfABackendThatLeavesMove) {
    make({100, 100, 100});
    std::vector<std::vector<std::uint32_t>> before;
    for (int i = 0; i < 200; ++i) before.push_back(order(key(i)));
    set(1, [](MemberState& state) { state.health = balancer::Health::down; });
    for (int i = 0; i < 200; ++i) {
        const auto& was = before[static_cast<std::size_t>(i)];
        EXPECT_EQ(order(key(i))[0], was[0] == 1 ? was[1] : was[0]);
    }
}

TEST_F(ForwardChoiceTest, AnOwnerKeepsItsKeysInDrainAndAtWeight0) {
    make({100, 100, 100});
    set(1, [](MemberState& state) { state.admin = balancer::AdminState::drain; });
    set(2, [](MemberState& state) { state.weight = 0; });
    EXPECT_EQ(homes().size(), 1U);
    EXPECT_EQ(order(1, 1), (std::vector<std::uint32_t>{1, 0}));
    EXPECT_EQ(order(1, 2), (std::vector<std::uint32_t>{2, 0}));
}

TEST_F(ForwardChoiceTest, AnOwnerInMaintenanceOrDownLosesThem) {
    make({100, 100});
    set(1, [](MemberState& state) { state.admin = balancer::AdminState::maintenance; });
    EXPECT_EQ(order(1, 1), std::vector<std::uint32_t>{0});
    set(1, [](MemberState& state) {
        state.admin = balancer::AdminState::ready;
        state.health = balancer::Health::down;
    });
    EXPECT_EQ(order(1, 1), std::vector<std::uint32_t>{0});
}

TEST_F(ForwardChoiceTest, OneThatRestsComesBehindTheOthers) {
    make({100, 100, 100});
    resting_ = "b0";
    for (int i = 0; i < 50; ++i) {
        const auto all = order(key(i));
        ASSERT_EQ(all.size(), 3U);
        EXPECT_EQ(all[2], 0U);
    }
    EXPECT_EQ(order(1, {}, 2).size(), 2U);
}

TEST_F(ForwardChoiceTest, NobodyTakesRequests) {
    make({0, 0});
    EXPECT_TRUE(order(1).empty());
}

TEST(QueryValue, IsOneHoweverItIsWritten) {
    for (const char* query :
         {"room=ab", "x=1&room=ab&y", "room=%61b", "r%6Fom=a%62", "room=ab&room=c"})
        EXPECT_EQ(query_value(query, "room"), "ab") << query;
    EXPECT_EQ(query_value("room=a+b%26", "room"), "a b&");
    EXPECT_EQ(query_value("room=%6&x", "room"), "%6");
    EXPECT_EQ(query_value("room=%zz%", "room"), "%zz%");
}

TEST(QueryValue, IsOfThatNameAlone) {
    for (const char* query : {"", "room", "room=", "rooms=a", "x=room=a", "&&", "Room=a", "=a"})
        EXPECT_EQ(query_value(query, "room"), std::nullopt) << query;
}

}  // namespace
}  // namespace proxy
