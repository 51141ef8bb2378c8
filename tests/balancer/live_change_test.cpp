#include "balancer/live_change.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

conf::Pool pool_of(const std::vector<std::string>& names) {
    conf::Pool pool;
    pool.name = "main";
    for (const std::string& name : names) {
        conf::Backend backend;
        backend.name = name;
        pool.backends.push_back(backend);
    }
    return pool;
}

class LiveChange : public testing::Test {
protected:
    using Pool = std::shared_ptr<const BackendPool>;

    Pool make(const std::vector<std::string>& names) {
        return BackendPool::make(pool_of(names), ids_);
    }
    static Pool down(const BackendPool& pool, std::size_t place, std::uint32_t ramp = kFullRamp) {
        const HealthReport report{pool.members()[place].id, Health::down, ramp};
        return with_health(pool, {&report, 1});
    }
    static std::vector<std::uint32_t> weights(const BackendPool& pool) {
        std::vector<std::uint32_t> all;
        for (const Member& member : pool.members()) all.push_back(member.weight);
        return all;
    }
    using Weights = std::vector<std::uint32_t>;

    BackendIds ids_;
};

TEST_F(LiveChange, AWeightMakesANewSnapshotWithTheSameIdsAndPlaces) {
    const Pool before = make({"a", "b"});
    const auto after = with_weight(*before, "b", 40);
    ASSERT_TRUE(after.has_value());
    EXPECT_EQ(weights(*before), (Weights{100, 100}));
    EXPECT_EQ(weights(**after), (Weights{100, 40}));
    EXPECT_TRUE(before->has_shape_of(**after));
    EXPECT_EQ((*after)->members()[1].id, before->members()[1].id);
    EXPECT_EQ((*after)->members()[1].backend, before->members()[1].backend);
}

TEST_F(LiveChange, NoNewSessionsAtWeightZeroInDrainOrInMaintenance) {
    const Pool pool = make({"a", "b"});
    EXPECT_EQ(weights(**with_weight(*pool, "a", 0)), (Weights{0, 100}));
    EXPECT_EQ(weights(**with_admin_state(*pool, "a", AdminState::drain)), (Weights{0, 100}));
    const auto away = *with_admin_state(*pool, "a", AdminState::maintenance);
    EXPECT_EQ(weights(*away), (Weights{0, 100}));
    ASSERT_EQ(away->tiers().size(), 1U);
    EXPECT_EQ(away->tiers().front().members, std::vector<std::uint32_t>{1});
    EXPECT_EQ(weights(**with_admin_state(*away, "a", AdminState::ready)), (Weights{100, 100}));
}

TEST_F(LiveChange, AnUnknownNameIsAnErrorWithTheNearOne) {
    const Pool pool = make({"node-a", "node-b"});
    const auto mistyped = with_weight(*pool, "nodea", 1);
    ASSERT_FALSE(mistyped.has_value());
    EXPECT_EQ(mistyped.error(), R"(pool main has no backend "nodea" (did you mean "node-a"?))");
    const auto strange = with_admin_state(*pool, "zzz", AdminState::drain);
    ASSERT_FALSE(strange.has_value());
    EXPECT_EQ(strange.error(), R"(pool main has no backend "zzz")");
}

TEST_F(LiveChange, AWeightOutOfRangeIsAnError) {
    const Pool pool = make({"a"});
    EXPECT_TRUE(with_weight(*pool, "a", 65'535).has_value());
    const auto refused = with_weight(*pool, "a", 65'536);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error(), "weight 65536 is not within 0 to 65535");
}

TEST_F(LiveChange, ASlowStartScalesTheWeightAndNeverToNothing) {
    const Pool pool = make({"a", "b"});
    const HealthReport reports[] = {{pool->members()[0].id, Health::up, 30},
                                    {pool->members()[1].id, Health::up, 10}};
    const Pool ramping = with_health(*pool, reports);
    EXPECT_EQ(weights(*ramping), (Weights{30, 10}));
    EXPECT_EQ(weights(**with_weight(*ramping, "b", 1)), (Weights{30, 1}));
}

TEST_F(LiveChange, ReportsOnStrangersArePassedOver) {
    const Pool pool = make({"a"});
    const HealthReport report{BackendId(77), Health::down, kFullRamp};
    EXPECT_EQ(with_health(*pool, {&report, 1})->states(), pool->states());
}

TEST_F(LiveChange, TooFewHealthyMembersMeanThatHealthIsIgnored) {
    Pool pool = make({"a", "b", "c", "d", "e", "f"});
    for (std::size_t place = 0; place < 4; ++place) pool = down(*pool, place);
    EXPECT_FALSE(pool->is_panicking());  // a third is healthy
    EXPECT_EQ(weights(*pool), (Weights{0, 0, 0, 0, 100, 100}));
    pool = down(*pool, 4);
    EXPECT_TRUE(pool->is_panicking());  // a sixth
    EXPECT_EQ(weights(*pool), Weights(6, 100));
}

TEST_F(LiveChange, DrainedMembersAreNoReasonForPanic) {
    Pool pool = make({"a", "b", "c", "d", "e", "f"});
    for (const char* name : {"a", "b", "c", "d", "e"})
        pool = *with_admin_state(*pool, name, AdminState::drain);
    EXPECT_FALSE(pool->is_panicking());
    EXPECT_EQ(weights(*pool), (Weights{0, 0, 0, 0, 0, 100}));
    // In panic they still take nothing.
    pool = down(*pool, 5);
    EXPECT_TRUE(pool->is_panicking());
    EXPECT_EQ(weights(*pool), (Weights{0, 0, 0, 0, 0, 100}));
}

TEST_F(LiveChange, WithoutPanicAPoolThatIsDownTakesNobody) {
    conf::Pool calm = pool_of({"a"});
    calm.panic = 0;
    const Pool pool = BackendPool::make(calm, ids_);
    EXPECT_TRUE(down(*pool, 0)->tiers().empty());
    EXPECT_TRUE(down(*pool, 0)->last_resort().empty());
}

TEST_F(LiveChange, AReloadKeepsStatesByBackend) {
    Pool before = make({"a", "b", "gone"});
    before = *with_admin_state(*before, "b", AdminState::drain);
    before = *with_weight(*before, "a", 7);
    before = down(*before, 0, 40);
    const Pool after = keep_states(*make({"new", "b", "a"}), *before);
    EXPECT_EQ(after->members()[0].state, (MemberState{.weight = 100}));
    EXPECT_EQ(after->members()[1].state.admin, AdminState::drain);
    EXPECT_EQ(after->members()[2].state,
              (MemberState{.health = Health::down, .weight = 7, .ramp = 40}));
}

TEST_F(LiveChange, AWeightChangedInTheFileWinsOverOneSetBefore) {
    const Pool before = *with_weight(*make({"a"}), "a", 7);
    conf::Pool edited = pool_of({"a"});
    edited.backends[0].weight = 50;
    const Pool after = keep_states(*BackendPool::make(edited, ids_), *before);
    EXPECT_EQ(weights(*after), Weights{50});
}

}  // namespace
}  // namespace balancer
