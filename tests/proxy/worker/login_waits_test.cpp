// Aim: whoever waits for a login hears of it once, in time: its turn, that it has waited for too
// long, or that its backend is gone.

#include "proxy/worker/login_waits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "balancer/live_change.h"
#include "tests/balancer/rated_table.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::LoginKind;

constexpr auto kLong = std::chrono::milliseconds(22'500);

/// Two backends, a and b, that give ten logins a second. Sessions are only named here.
class LoginWaitsTest : public testing::Test {
protected:
    static Session& session(char name) { return *reinterpret_cast<Session*>(std::uintptr_t(name)); }
    static char name_of(const Session* who) {
        return static_cast<char>(reinterpret_cast<std::uintptr_t>(who));
    }
    const balancer::Member& member(std::size_t place) const {
        return table_->pools[0]->members()[place];
    }
    LoginTurn ask(char who, LoginKind kind = LoginKind::full,
                  std::chrono::milliseconds most = kLong, std::size_t place = 0) {
        return waits_.ask(session(who), member(place), kind, most, now_);
    }
    void use_up(std::size_t place = 0) {
        while (lines_.try_now(member(place).id, member(place).login_rate, LoginKind::full, now_)) {
        }
    }
    /// "a" has its turn, "-a" is told to come back.
    std::string told() {
        std::string text;
        while (const auto told = waits_.next(now_)) {
            if (told->what == LoginTurn::come_back) text += '-';
            text += name_of(told->who);
        }
        return text;
    }
    std::chrono::milliseconds until_look() {
        return std::chrono::ceil<std::chrono::milliseconds>(waits_.look_at() - now_);
    }
    std::string anew(const balancer::MemberState& state_of_a) {
        std::vector<balancer::MemberState> states = table_->pools[0]->states();
        states[0] = state_of_a;
        table_ = with_pool(*table_, table_->pools[0]->with_states(states));
        std::string text;
        for (const Session* each : waits_.use(*table_)) text += name_of(each);
        std::sort(text.begin(), text.end());
        return text;
    }
    std::uint64_t told_back() { return lines_.counts(member(0).id).told_back; }

    balancer::BackendIds ids_;
    balancer::LoginLines lines_;
    std::shared_ptr<const balancer::RoutingTable> table_ = test::rated_table(ids_);
    LoginWaits waits_{lines_, 0};
    LoginWaits::TimePoint now_{};
};

TEST_F(LoginWaitsTest, NobodyWaitsWhileThereAreLoginsToGive) {
    EXPECT_EQ(ask('a'), LoginTurn::now);
    EXPECT_EQ(ask('b'), LoginTurn::now);
    EXPECT_EQ(waits_.look_at(), LoginWaits::TimePoint::max());
}

TEST_F(LoginWaitsTest, TurnsComeInOrderAtTheirTimes) {
    use_up();
    for (const char each : {'a', 'b'}) EXPECT_EQ(ask(each), LoginTurn::waits);
    EXPECT_EQ(ask('x', LoginKind::resumption), LoginTurn::waits);
    EXPECT_LE(waits_.look_at(), now_);
    EXPECT_EQ(told(), "");
    EXPECT_EQ(until_look(), 25ms);
    now_ += 25ms;
    EXPECT_EQ(told(), "x");
    EXPECT_EQ(until_look(), 100ms);
    now_ += 200ms;
    EXPECT_EQ(told(), "ab");
    EXPECT_EQ(waits_.look_at(), LoginWaits::TimePoint::max());
}

TEST_F(LoginWaitsTest, WhoLeavesHearsNothing) {
    use_up();
    for (const char each : {'a', 'b'}) ask(each);
    waits_.leave(session('a'));
    EXPECT_EQ(lines_.counts(member(0).id).waiting, 1U);
    now_ += 1s;
    EXPECT_EQ(told(), "b");
    EXPECT_EQ(ask('a'), LoginTurn::now) << "it may come again";
}

TEST_F(LoginWaitsTest, AFullLoginWaitsForFiveSecondsAtMost) {
    use_up();
    int waiting = 0;
    while (ask(static_cast<char>(++waiting)) == LoginTurn::waits) {
    }
    EXPECT_EQ(waiting, 51);
    EXPECT_EQ(told_back(), 1U);
    // Clients that resume may wait as long as they can.
    EXPECT_EQ(ask('x', LoginKind::resumption), LoginTurn::waits);
    EXPECT_EQ(ask('y', LoginKind::resumption, 10ms), LoginTurn::come_back);
    EXPECT_EQ(ask('z', LoginKind::full, 1s), LoginTurn::come_back);
    EXPECT_EQ(told_back(), 3U);
}

TEST_F(LoginWaitsTest, ManyMoreResumptionsMayWait) {
    use_up();
    int waiting = 0;
    while (waiting < 2'000 &&
           waits_.ask(*reinterpret_cast<Session*>(std::uintptr_t(++waiting)), member(0),
                      LoginKind::resumption, kLong, now_) == LoginTurn::waits) {
    }
    EXPECT_EQ(waiting, 901) << "22.5 s of forty a second, and the one that may not";
}

TEST_F(LoginWaitsTest, WhoHasWaitedForTooLongIsToldToComeBack) {
    use_up();
    EXPECT_EQ(ask('a'), LoginTurn::waits);
    EXPECT_EQ(ask('b', LoginKind::full, 3s), LoginTurn::waits);
    for (int tenth = 0; tenth < 100; ++tenth) {
        // Others that may go in front come all the time.
        now_ += 100ms;
        while (lines_.try_now(member(0).id, 10, LoginKind::resumption, now_)) {
        }
        EXPECT_EQ(told(), tenth == 29 ? "-b" : tenth == 99 ? "-a" : "") << tenth;
    }
    EXPECT_EQ(told_back(), 2U);
    EXPECT_EQ(lines_.counts(member(0).id).waiting, 0U);
    EXPECT_EQ(waits_.look_at(), LoginWaits::TimePoint::max());
}

TEST_F(LoginWaitsTest, BackendsThatTakeNobodyLetThemGo) {
    using balancer::AdminState;
    using balancer::Health;
    use_up();
    for (const char each : {'a', 'b'}) ask(each);
    ask('x', LoginKind::resumption);
    EXPECT_EQ(anew({.weight = 50}), "");
    EXPECT_EQ(anew({.admin = AdminState::drain, .weight = 100}), "ab");
    EXPECT_EQ(anew({.weight = 0}), "") << "who resumes may do so in drain and at weight 0";
    EXPECT_EQ(anew({.admin = AdminState::maintenance, .weight = 100}), "x");
    EXPECT_EQ(lines_.counts(member(0).id).waiting, 0U);
    anew({.weight = 100});
    ask('a');
    ask('x', LoginKind::resumption);
    EXPECT_EQ(anew({.health = Health::down, .weight = 100}), "ax");
    EXPECT_EQ(told(), "");
}

TEST_F(LoginWaitsTest, ABackendThatIsGoneLetsThemGo) {
    use_up();
    use_up(1);
    ask('a');
    ask('b', LoginKind::full, kLong, 1);
    conf::Config config;
    conf::Pool pool{.name = "main"};
    pool.backends = {{.name = "b", .host = "127.0.0.2"}};
    config.pools = {pool};
    config.domains = {{"example.org", "main"}};
    const auto leaving = waits_.use(*balancer::make_routing_table(config, ids_).value());
    ASSERT_EQ(leaving.size(), 1U);
    EXPECT_EQ(name_of(leaving[0]), 'a');
    EXPECT_EQ(told(), "b") << "its pool has no rate any more";
}

TEST_F(LoginWaitsTest, AnotherRateIsAnotherTime) {
    use_up();
    for (const char each : {'a', 'b'}) ask(each);
    told();
    EXPECT_EQ(until_look(), 100ms);
    EXPECT_EQ(anew({.weight = 100, .ramp = 10}), "");
    EXPECT_LE(waits_.look_at(), now_) << "to be looked at now";
    EXPECT_EQ(told(), "");
    EXPECT_EQ(until_look(), 1000ms);
}

TEST_F(LoginWaitsTest, LinesOfTwoBackendsMoveByThemselves) {
    use_up();
    use_up(1);
    ask('a');
    ask('b', LoginKind::full, kLong, 1);
    ask('c');
    now_ += 100ms;
    const std::string both = told();
    EXPECT_TRUE(both == "ab" || both == "ba") << both;
    now_ += 100ms;
    EXPECT_EQ(told(), "c");
}

}  // namespace
}  // namespace proxy
