// Aim: one address takes no more than its share, whatever it does; what is counted is counted off
// again on every way; and memory is bounded.

#include "proxy/legs/address_limits.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace proxy {
namespace {

using namespace std::chrono_literals;

const core::TimePoint kStart(1'000s);

core::Endpoint at_ip(const std::string& address) {
    return *core::Endpoint::from_address(address, 40'000);
}
core::Endpoint number(int n) {
    return at_ip("10." + std::to_string(n / 65'536) + "." + std::to_string(n / 256 % 256) + "." +
                 std::to_string(n % 256));
}

const core::Endpoint kOne = at_ip("192.0.2.1");
const core::Endpoint kOther = at_ip("192.0.2.2");

class AddressLimitsTest : public testing::Test {
protected:
    void use(std::uint32_t places = 1'000) { limits_.use(config_, places); }
    /// Why not, or "in"; what is in stays.
    std::string enter(const core::Endpoint& client, core::TimePoint now = kStart) {
        auto place = limits_.enter(client, now);
        if (!place) return std::string(to_string(place.error()));
        places_.push_back(std::move(place).value());
        return "in";
    }
    int enter_all(const core::Endpoint& client, int tries, core::TimePoint now = kStart) {
        int in = 0;
        for (int i = 0; i < tries; ++i) in += enter(client, now) == "in" ? 1 : 0;
        return in;
    }
    std::string login(const core::Endpoint& client, core::TimePoint now = kStart) {
        const auto why = limits_.refuse_login(client, now);
        return std::string(why ? to_string(*why) : "in");
    }
    /// A session that has logged in; "in" or why not.
    std::string log_in(const core::Endpoint& client) {
        auto place = limits_.enter(client, kStart);
        if (!place) return std::string(to_string(place.error()));
        const AddressStanding before = place->hand_over();
        const auto standing = limits_.log_in(client, before);
        sessions_.emplace_back(client, standing ? *standing : before);
        return standing ? "in" : std::string(to_string(standing.error()));
    }
    void end_sessions() {
        for (const auto& [client, standing] : sessions_) limits_.leave(client, standing);
        sessions_.clear();
    }

    conf::AddressLimits config_;
    AddressLimits limits_;
    std::vector<AddressPlace> places_;
    std::vector<std::pair<core::Endpoint, AddressStanding>> sessions_;
};

TEST_F(AddressLimitsTest, NothingCountsBeforeTheConfiguration) {
    EXPECT_EQ(enter_all(kOne, 5'000), 5'000);
    limits_.note_failed_logins(kOne, 5'000, kStart);
    EXPECT_EQ(login(kOne), "in");
}

TEST_F(AddressLimitsTest, OneSilentAddressLeavesAQuarterToTheOthers) {
    use(200);
    EXPECT_EQ(enter_all(kOne, 200), 150);
    EXPECT_EQ(enter(kOne), "before_login");
    EXPECT_EQ(enter(kOther), "in");
    places_.clear();
    EXPECT_EQ(enter(kOne), "in");
}

TEST_F(AddressLimitsTest, AFewPlacesAreNotMadeFewer) {
    for (const std::uint32_t places : {1U, 2U, 3U}) {
        use(places);
        EXPECT_EQ(enter_all(kOne, 10), static_cast<int>(places));
        places_.clear();
    }
}

TEST_F(AddressLimitsTest, WhoLogsInCountsNoMoreBefore) {
    config_.before_login = 3;
    use();
    for (int i = 0; i < 1'000; ++i) EXPECT_EQ(log_in(kOne), "in");
    EXPECT_EQ(enter_all(kOne, 10), 3);
    EXPECT_EQ(limits_.addresses(), 1U);
    places_.clear();
    EXPECT_EQ(limits_.addresses(), 0U) << "a session of no limit holds nothing";
    end_sessions();
    EXPECT_EQ(enter_all(kOne, 10), 3) << "and takes nothing off at its end";
}

TEST_F(AddressLimitsTest, ConnectionsOfTheWebCountWhereTheLimitIsConfigured) {
    config_.before_login = 3;
    use();
    EXPECT_EQ(enter(kOne), "in");
    std::vector<AddressPlace> web;
    for (int i = 0; i < 2; ++i)
        web.push_back(std::move(limits_.enter(kOne, kStart, AddressLimits::Door::web)).value());
    EXPECT_FALSE(limits_.enter(kOne, kStart, AddressLimits::Door::web));
    EXPECT_EQ(enter(kOne), "before_login");
    // A session takes the place of its connection.
    EXPECT_EQ(limits_.begin_session(kOne, web[0], kStart), std::nullopt);
    AddressPlace another;  // of a connection that another session has come over
    EXPECT_EQ(limits_.begin_session(kOne, another, kStart), Refused::before_login);
    EXPECT_FALSE(another);
    limits_.leave(kOne, web[0].hand_over());
    EXPECT_EQ(limits_.begin_session(kOne, another, kStart), std::nullopt);
    web.clear();
    another = AddressPlace();
    places_.clear();
    EXPECT_EQ(limits_.addresses(), 0U);
}

TEST_F(AddressLimitsTest, WithoutConfigurationTheyHaveALimitOfTheirOwn) {
    use(8);
    std::vector<AddressPlace> web;
    for (int i = 0; i < 100; ++i)
        web.push_back(std::move(limits_.enter(kOne, kStart, AddressLimits::Door::web)).value());
    EXPECT_EQ(enter_all(kOne, 5), 5) << "they take no session's place";
    EXPECT_EQ(limits_.begin_session(kOne, web[0], kStart), std::nullopt);
    EXPECT_EQ(limits_.begin_session(kOne, web[1], kStart), Refused::before_login);
    EXPECT_TRUE(web[1]) << "it goes on as what it is";
    limits_.note_failed_logins(kOne, 1'000, kStart);
    places_.clear();
    EXPECT_EQ(limits_.begin_session(kOne, web[1], kStart), Refused::failed_logins);
    web.clear();
    EXPECT_EQ(limits_.begin_session(kOther, web.emplace_back(), kStart), std::nullopt);
}

TEST_F(AddressLimitsTest, ZeroIsNoLimit) {
    config_.before_login = 0;
    use(10);
    EXPECT_EQ(enter_all(kOne, 1'000), 1'000);
}

TEST_F(AddressLimitsTest, ASessionTooManyIsRefusedAtItsLoginAndHasAPlaceWhenAnotherEnds) {
    config_.sessions = 2;
    use();
    EXPECT_EQ(log_in(kOne), "in");
    EXPECT_EQ(login(kOne), "in");
    EXPECT_EQ(log_in(kOne), "in");
    EXPECT_EQ(login(kOne), "address_sessions");
    EXPECT_EQ(log_in(kOne), "address_sessions") << "also who has begun before";
    EXPECT_EQ(log_in(kOther), "in");
    EXPECT_EQ(enter(kOne), "in") << "the door is not shut";
    places_.clear();
    end_sessions();
    EXPECT_EQ(limits_.addresses(), 0U);
    EXPECT_EQ(log_in(kOne), "in");
}

TEST_F(AddressLimitsTest, SessionsOfBeforeCountOnceTheyAreLimited) {
    use();
    for (int i = 0; i < 3; ++i) EXPECT_EQ(log_in(kOne), "in");
    EXPECT_EQ(log_in(kOther), "in");
    config_.sessions = 3;
    config_.exempt = {*core::AddressBlock::parse("192.0.2.2")};
    use();
    for (auto& [client, standing] : sessions_) standing = limits_.recount(client, standing);
    EXPECT_EQ(login(kOne), "address_sessions");
    EXPECT_EQ(login(kOther), "in");
    config_.sessions = 0;
    use();
    EXPECT_EQ(log_in(kOne), "in") << "no limit any more";
    end_sessions();
    EXPECT_EQ(limits_.addresses(), 0U) << "whatever was counted is counted off";
}

TEST_F(AddressLimitsTest, NewConnectionsComeAtTheirRateAndTenSecondsOfItAtOnce) {
    config_.new_per_second = 5;
    use();
    EXPECT_EQ(enter_all(kOne, 100), 50);
    EXPECT_EQ(enter(kOne), "new_per_second");
    EXPECT_EQ(enter(kOther), "in");
    EXPECT_EQ(enter_all(kOne, 100, kStart + 1s), 5);
    EXPECT_EQ(enter_all(kOne, 100, kStart + 3s), 10);
    EXPECT_EQ(enter_all(kOne, 100, kStart + 60s), 50);
}

TEST_F(AddressLimitsTest, WhoFailsTooOftenIsRefusedUntilTheWindowHasPassed) {
    config_.failed_logins = 20;
    config_.failed_window = 10min;
    use();
    limits_.note_failed_logins(kOne, 1, kStart);
    limits_.note_failed_logins(kOne, 18, kStart + 5min);
    EXPECT_EQ(enter(kOne, kStart + 5min), "in");
    EXPECT_EQ(login(kOne, kStart + 5min), "in");
    limits_.note_failed_logins(kOne, 1, kStart + 6min);
    EXPECT_EQ(enter(kOne, kStart + 6min), "failed_logins");
    EXPECT_EQ(login(kOne, kStart + 6min), "failed_logins") << "also on a connection that is there";
    EXPECT_TRUE(limits_.enter(kOne, kStart + 6min, AddressLimits::Door::web));
    EXPECT_EQ(enter(kOther, kStart + 6min), "in");
    EXPECT_EQ(enter(kOne, kStart + 10min), "in");
    EXPECT_EQ(login(kOne, kStart + 10min), "in");
    limits_.note_failed_logins(kOne, 19, kStart + 11min);
    EXPECT_EQ(login(kOne, kStart + 11min), "in") << "a window of its own";
    config_.failed_logins = 0;
    use();
    limits_.note_failed_logins(kOne, 1'000, kStart + 11min);
    EXPECT_EQ(login(kOne, kStart + 11min), "in") << "switched off";
}

TEST_F(AddressLimitsTest, FailuresDoNotCountOver) {
    use();
    for (int i = 0; i < 3; ++i)
        limits_.note_failed_logins(kOne, std::numeric_limits<std::uint32_t>::max() - 1, kStart);
    EXPECT_EQ(login(kOne), "failed_logins");
}

TEST_F(AddressLimitsTest, OfIpv6TheSlash64Counts) {
    config_.before_login = 2;
    use();
    EXPECT_EQ(enter(at_ip("2001:db8:0:1::1")), "in");
    EXPECT_EQ(enter(at_ip("2001:db8:0:1::2")), "in");
    EXPECT_EQ(enter(at_ip("2001:db8:0:1:ffff::3")), "before_login");
    EXPECT_EQ(enter(at_ip("2001:db8:0:2::1")), "in") << "the next /64";
    // The first bytes of an IPv6 address are no IPv4 address.
    for (int i = 0; i < 2; ++i) EXPECT_EQ(enter(at_ip("32.1.13.184")), "in");
    EXPECT_EQ(enter(at_ip("2001:db8::1")), "in");
    EXPECT_EQ(enter(at_ip("::ffff:32.1.13.184")), "before_login") << "the same as IPv4";
}

TEST_F(AddressLimitsTest, NothingConcernsWhoIsExempt) {
    config_ = {.before_login = 1, .sessions = 1, .new_per_second = 1, .failed_logins = 1};
    config_.exempt = {*core::AddressBlock::parse("192.0.2.0/24")};
    use();
    EXPECT_EQ(enter_all(kOne, 100), 100);
    for (int i = 0; i < 5; ++i) EXPECT_EQ(log_in(kOne), "in");
    limits_.note_failed_logins(kOne, 100, kStart);
    EXPECT_EQ(login(kOne), "in");
    EXPECT_EQ(limits_.addresses(), 0U);
    end_sessions();
}

TEST_F(AddressLimitsTest, WhoIsNamedAsExemptIsLetInAtOnce) {
    config_.before_login = 2;
    config_.failed_logins = 1;
    use();
    EXPECT_EQ(enter_all(kOne, 10), 2);
    limits_.note_failed_logins(kOne, 1, kStart);
    config_.exempt = {*core::AddressBlock::parse("192.0.2.1")};
    use();
    EXPECT_EQ(login(kOne), "in");
    EXPECT_EQ(enter_all(kOne, 10), 10);
    places_.clear();
    config_.exempt.clear();
    config_.failed_logins = 0;
    use();
    EXPECT_EQ(enter_all(kOne, 10), 2) << "exempt ones were not counted, and so not counted off";
}

TEST_F(AddressLimitsTest, APlaceIsLeftOnceWhereverItIsMoved) {
    config_.before_login = 1;
    use();
    {
        AddressPlace first = std::move(limits_.enter(kOne, kStart)).value();
        AddressPlace second(std::move(first));
        AddressPlace third;
        third = std::move(second);
        EXPECT_TRUE(third);
        EXPECT_EQ(enter(kOne), "before_login");
    }
    AddressPlace again = std::move(limits_.enter(kOne, kStart)).value();
    again = AddressPlace();
    EXPECT_EQ(enter(kOne), "in");
}

TEST_F(AddressLimitsTest, RemembersNoMoreAddressesThanItsBound) {
    config_.failed_logins = 2;
    use();
    EXPECT_EQ(enter(kOne), "in");
    const int many = static_cast<int>(AddressLimits::kAddresses) + 20'000;
    for (int i = 0; i < many; ++i) limits_.note_failed_logins(number(i), 2, kStart);
    EXPECT_LE(limits_.addresses(), AddressLimits::kAddresses + 1);
    EXPECT_GT(limits_.addresses(), AddressLimits::kAddresses - 100);
    EXPECT_EQ(login(number(many - 1)), "failed_logins");
    for (int i = 0; i < 1'000; ++i) limits_.tidy(kStart + 11min);
    EXPECT_EQ(limits_.addresses(), 1U) << "who is there";
}

TEST_F(AddressLimitsTest, WhatIsRefusedGathersNothing) {
    config_.before_login = 1;
    config_.new_per_second = 1;
    use();
    for (int i = 0; i < 100'000; ++i) (void)limits_.enter(number(i), kStart + i * 1s);
    EXPECT_LT(limits_.addresses(), 1'000U);
}

TEST_F(AddressLimitsTest, ManyThreadsLeaveNothingBehind) {
    config_.before_login = 50;
    config_.sessions = 30;
    use();
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 4; ++seed) {
        threads.emplace_back([this, seed] {
            std::mt19937 random(seed);
            std::vector<std::pair<core::Endpoint, AddressStanding>> held;
            for (int i = 0; i < 20'000; ++i) {
                const core::Endpoint client = number(static_cast<int>(random() % 5));
                if (held.size() < 100 && random() % 2 == 0) {
                    auto place = limits_.enter(client, kStart);
                    if (!place || random() % 3 == 0) continue;
                    AddressStanding standing = place->hand_over();
                    const auto now = limits_.log_in(client, standing);
                    held.emplace_back(client, now ? *now : standing);
                } else if (!held.empty()) {
                    limits_.leave(held.back().first, held.back().second);
                    held.pop_back();
                }
            }
            for (const auto& [client, standing] : held) limits_.leave(client, standing);
        });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(limits_.addresses(), 0U);
    EXPECT_EQ(enter_all(number(1), 100), 50);
}

}  // namespace
}  // namespace proxy
