#include "balancer/rendezvous.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "balancer/hash_key.h"
#include "tests/balancer/pool_scene.h"

namespace balancer {
namespace {

constexpr std::size_t kUsers = 10'000;

std::string user(std::size_t number) {
    return "user" + std::to_string(number) + "@example.org";
}

std::vector<std::size_t> homes(PoolScene& scene) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < kUsers; ++i) found.push_back(scene.home_of(user(i)));
    return found;
}

TEST(HashUser, GivesTheSameHomeInEveryProxy) {
    // Another seed, another order of the file: another process.
    PoolScene one(conf::Balance::hash_user, std::vector<Spec>(5), 1);
    PoolScene two(conf::Balance::hash_user, std::vector<Spec>(5), 2);
    EXPECT_EQ(homes(one), homes(two));
}

TEST(HashUser, GivesTheSameHomeInEveryVersion) {
    // Computed once and written down: a change here sends nearly all users elsewhere.
    EXPECT_EQ(hash_of_user("romeo@example.net"), 0xb261582b93ba168eU);
    EXPECT_EQ(hash_of_backend("a"), 0x146a83657d00604aU);
}

/// How many users move when member 4 leaves; nobody else does.
double moved_by_a_leave(PoolScene scene) {
    const auto before = homes(scene);
    scene.set(4, AdminState::drain);
    const auto after = homes(scene);
    std::size_t moved = 0;
    for (std::size_t i = 0; i < kUsers; ++i) {
        if (before[i] == 4) {
            ++moved;
            EXPECT_NE(after[i], 4U);
        } else {
            EXPECT_EQ(after[i], before[i]);
        }
    }
    return static_cast<double>(moved);
}

TEST(HashUser, AMemberThatLeavesMovesItsOwnUsersOnly) {
    const double moved =
        moved_by_a_leave(PoolScene(conf::Balance::hash_user, std::vector<Spec>(10)));
    EXPECT_NEAR(moved, kUsers / 10.0, 100.0);  // three sigma are 90
}

TEST(HashUser, AMemberThatComesTakesItsShareAndMovesNobodyElse) {
    PoolScene nine(conf::Balance::hash_user, std::vector<Spec>(9));
    PoolScene ten(conf::Balance::hash_user, std::vector<Spec>(10));
    const auto before = homes(nine);
    const auto after = homes(ten);
    std::size_t moved = 0;
    for (std::size_t i = 0; i < kUsers; ++i) {
        if (after[i] == before[i]) continue;
        ++moved;
        EXPECT_EQ(after[i], 9U);
    }
    EXPECT_NEAR(static_cast<double>(moved), kUsers / 10.0, 100.0);
}

TEST(HashUser, FollowsTheWeights) {
    PoolScene scene(conf::Balance::hash_user, {{100}, {200}, {300}, {400}});
    const auto found = homes(scene);
    for (std::size_t place = 0; place < 4; ++place) {
        const auto share = std::count(found.begin(), found.end(), place);
        EXPECT_NEAR(static_cast<double>(share), 1000.0 * static_cast<double>(place + 1), 150.0);
    }
}

TEST(HashUser, AChangeOfOneWeightMovesUsersToOrFromThatMemberOnly) {
    PoolScene scene(conf::Balance::hash_user, std::vector<Spec>(5));
    const auto before = homes(scene);
    scene.weigh(2, 150);
    const auto after = homes(scene);
    for (std::size_t i = 0; i < kUsers; ++i)
        if (after[i] != before[i]) {
            ASSERT_EQ(after[i], 2U);
        }
    EXPECT_GT(std::count(after.begin(), after.end(), 2U),
              std::count(before.begin(), before.end(), 2U));
}

TEST(HashUser, BoundsTheLoadOfACrowdedHome) {
    PoolScene scene(conf::Balance::hash_user, std::vector<Spec>(4));
    const std::size_t home = scene.home_of("crowd@example.org");
    for (int i = 0; i < 1000; ++i) scene.take(scene.home_of("crowd@example.org"));
    EXPECT_EQ(scene.sessions(home), 313U);  // 1.25 times a quarter, rounded up
    for (std::size_t place = 0; place < 4; ++place) EXPECT_LE(scene.sessions(place), 313U);
}

TEST(HashUser, InALargeTierAMemberThatLeavesMovesItsOwnUsersOnly) {
    const double moved =
        moved_by_a_leave(PoolScene(conf::Balance::hash_user, std::vector<Spec>(40)));
    EXPECT_NEAR(moved, kUsers / 40.0, 75.0);
}

TEST(HashUser, ATierThatGrowsLargeMovesNobodyElse) {
    PoolScene ranked(conf::Balance::hash_user, std::vector<Spec>(kRankedMembers));
    PoolScene looked_up(conf::Balance::hash_user, std::vector<Spec>(kRankedMembers + 1));
    EXPECT_EQ(ranked.pool().tiers()[0].homes, nullptr);
    EXPECT_NE(looked_up.pool().tiers()[0].homes, nullptr);
    const auto before = homes(ranked);
    const auto after = homes(looked_up);
    for (std::size_t i = 0; i < kUsers; ++i)
        if (after[i] != kRankedMembers) {
            ASSERT_EQ(after[i], before[i]);
        }
}

TEST(HashUser, ATableIsMadeForNewWeightsOnly) {
    PoolScene scene(conf::Balance::hash_user, std::vector<Spec>(20));
    const auto before = scene.pool().tiers()[0].homes;
    scene.set(3, Health::up);
    EXPECT_EQ(scene.pool().tiers()[0].homes, before);
    scene.weigh(3, 50);
    EXPECT_NE(scene.pool().tiers()[0].homes, before);
}

TEST(HashUser, BoundsTheLoadInALargeTier) {
    PoolScene scene(conf::Balance::hash_user, std::vector<Spec>(20));
    for (int i = 0; i < 2000; ++i) scene.take(scene.home_of("crowd@example.org"));
    // Sessions are counted with a delay of 20 / 8 picks.
    for (std::size_t place = 0; place < 20; ++place) EXPECT_LE(scene.sessions(place), 126U);
}

TEST(HashUser, HomesAreTheHighestScores) {
    std::vector<HashMember> members;
    for (std::uint32_t i = 0; i < 30; ++i)
        members.push_back({hash_of_backend(std::to_string(i)), 1 + i * i});
    const Homes table = make_homes(members);
    for (std::uint32_t slot = 0; slot < kHashSlots; ++slot) {
        const HashMember& home = members[table[slot]];
        const double best = rendezvous_score(slot, home.name_hash, home.weight);
        for (const HashMember& other : members)
            ASSERT_GE(best, rendezvous_score(slot, other.name_hash, other.weight));
    }
}

TEST(HashUser, BoundsTheLoadByWeight) {
    EXPECT_FALSE(is_over_fair_share(374, 999, 300, 1000));
    EXPECT_TRUE(is_over_fair_share(375, 999, 300, 1000));
}

TEST(HashUser, AFewSessionsAreNoCrowd) {
    PoolScene scene(conf::Balance::hash_user, std::vector<Spec>(4));
    const std::size_t home = scene.home_of("romeo@example.net");
    for (std::uint32_t i = 0; i < kFreeSessions; ++i)
        scene.take(scene.home_of("romeo@example.net"));
    EXPECT_EQ(scene.sessions(home), kFreeSessions);
}

TEST(HashUser, ACrowdedMemberStillStandsIn) {
    PoolScene scene(conf::Balance::hash_user, std::vector<Spec>(2));
    const std::size_t home = scene.home_of("romeo@example.net");
    scene.take(home, 100);
    const std::size_t other = 1 - home;
    EXPECT_EQ(scene.home_of("romeo@example.net"), other);
    scene.fail(other);
    EXPECT_EQ(scene.home_of("romeo@example.net"), home);
}

TEST(HashUser, WithoutUserGoesByAddress) {
    PoolScene by_user(conf::Balance::hash_user, std::vector<Spec>(10));
    PoolScene by_ip(conf::Balance::hash_ip, std::vector<Spec>(10));
    for (int i = 0; i < 100; ++i) {
        const auto client = *core::Endpoint::from_address("192.0.2." + std::to_string(i), 1);
        EXPECT_EQ(by_user.home_of(client), by_ip.home_of(client));
    }
}

TEST(HashIp, CountsAddressAndNotPort) {
    EXPECT_EQ(hash_of_client(*core::Endpoint::parse("192.0.2.7:1")),
              hash_of_client(*core::Endpoint::parse("192.0.2.7:2")));
    EXPECT_NE(hash_of_client(*core::Endpoint::parse("192.0.2.7:1")),
              hash_of_client(*core::Endpoint::parse("192.0.2.8:1")));
}

TEST(HashIp, TakesIpv6ByItsSlash64) {
    EXPECT_EQ(hash_of_client(*core::Endpoint::parse("[2001:db8:0:1::7]:1")),
              hash_of_client(*core::Endpoint::parse("[2001:db8:0:1:a:b:c:d]:1")));
    EXPECT_NE(hash_of_client(*core::Endpoint::parse("[2001:db8:0:1::7]:1")),
              hash_of_client(*core::Endpoint::parse("[2001:db8:0:2::7]:1")));
}

TEST(HashIp, SpreadsClientsEvenly) {
    PoolScene scene(conf::Balance::hash_ip, std::vector<Spec>(4));
    std::array<int, 4> shares{};
    for (int i = 0; i < 4000; ++i) {
        const std::string address =
            "10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250);
        ++shares[scene.home_of(*core::Endpoint::from_address(address, 1))];
    }
    for (const int share : shares) EXPECT_NEAR(share, 1000, 100);
}

}  // namespace
}  // namespace balancer
