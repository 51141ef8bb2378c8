#include "proxy/legs/backend_race.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <vector>

#include "tests/proxy/legs/backend_race_scene.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using balancer::BackendId;
using balancer::HealthReason;
using ::test::FakeBackend;

TEST_F(BackendRaceTest, TheNextOneServesWhomTheFirstLeavesWaiting) {
    ::test::LogInFile log;
    open();
    ASSERT_TRUE(are_both_asked());
    EXPECT_EQ(sessions(0), 1u);
    EXPECT_EQ(sessions(1), 1u);
    EXPECT_EQ(link->backend_id(), BackendId(0)) << "until another one has answered";
    EXPECT_EQ(session.opened, 1);
    says(second, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(session.opened, 2);
    EXPECT_FALSE(session.is_first);
    EXPECT_EQ(session.received, kRaceAnswer);
    EXPECT_EQ(link->backend_id(), BackendId(1));
    EXPECT_EQ(sessions(0), 0u);
    EXPECT_EQ(sessions(1), 1u);
    EXPECT_EQ(environment->hedges->begun(), 1u);
    EXPECT_EQ(environment->hedges->won(), 1u);
    EXPECT_EQ(environment->witnesses.size(), 1u) << "the first may answer yet";
    EXPECT_TRUE(failures.empty());
    EXPECT_TRUE(log.end().empty());
    link->send("hello");
    ASSERT_TRUE(wait([this] { return peer(second).has("hello"); }));
    EXPECT_FALSE(peer(first).has("hello"));
}

TEST_F(BackendRaceTest, TheFirstMayStillWinAndTheOtherIsClosedWithoutATrace) {
    ::test::LogInFile log;
    open();
    ASSERT_TRUE(are_both_asked());
    says(first, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(session.opened, 1);
    EXPECT_TRUE(session.is_first);
    EXPECT_EQ(link->backend_id(), BackendId(0));
    EXPECT_TRUE(is_left(second));
    EXPECT_EQ(sessions(0), 1u);
    EXPECT_EQ(sessions(1), 0u);
    EXPECT_EQ(environment->hedges->begun(), 1u);
    EXPECT_EQ(environment->hedges->won(), 0u);
    EXPECT_EQ(environment->witnesses.size(), 0u);
    EXPECT_TRUE(failures.empty());
    EXPECT_TRUE(log.end().empty());
}

TEST_F(BackendRaceTest, NobodyIsTriedBesideWithoutALoginToGive) {
    config.pools[0].login_rate = 10;
    set_up();
    balancer::LoginLines& lines = board.login_lines();
    const auto before = lines.join(0, BackendId(1), balancer::LoginKind::full);
    look_for_backend();
    ASSERT_TRUE(wait([this] { return is_asked(first); }));
    EXPECT_TRUE(nobody_asks(second, 800ms));
    lines.leave(before);
    EXPECT_TRUE(are_both_asked());
    EXPECT_EQ(environment->hedges->begun(), 1u);
}

TEST_F(BackendRaceTest, OfTwoThatAnswerInOneTurnOneIsHeard) {
    open();
    ASSERT_TRUE(are_both_asked());
    says(second, kRaceAnswer);
    says(first, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(session.received, kRaceAnswer);
    EXPECT_EQ(sessions(0) + sessions(1), 1u);
    FakeBackend& loser = link->backend_id() == BackendId(0) ? second : first;
    EXPECT_TRUE(is_left(loser));
    EXPECT_EQ(session.received, kRaceAnswer);
}

TEST_F(BackendRaceTest, NothingIsShownOfAnAnswerThatIsNotWhole) {
    open();
    ASSERT_TRUE(are_both_asked());
    says(second, ::test::kServerHeader);
    says(first, kRaceAnswer.substr(0, kRaceAnswer.size() - 5));
    const auto until = now() + 50ms;
    wait([&] { return now() > until; });
    EXPECT_EQ(session.received, "");
    says(second, ::test::kServerFeatures);
    ASSERT_TRUE(settles());
    EXPECT_EQ(link->backend_id(), BackendId(1));
    EXPECT_EQ(session.received, kRaceAnswer);
}

TEST_F(BackendRaceTest, ABackendThatHasBegunToAnswerIsNotSilent) {
    set_up();
    for (int i = 0; i < 2; ++i) patience().note_answer(BackendId(i), 500ms);
    look_for_backend();
    ASSERT_TRUE(wait([this] { return is_asked(first); }));
    says(first, ::test::kServerHeader);
    EXPECT_TRUE(nobody_asks(second, 2'200ms));
    says(first, ::test::kServerFeatures);
    EXPECT_TRUE(settles());
}

TEST_F(BackendRaceTest, ALoserThatAnswersLateIsHeardAndForgiven) {
    open();
    let_first_hang();
    EXPECT_TRUE(patience().is_suspected(BackendId(0), now()));
    ASSERT_TRUE(are_both_asked());
    says(second, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_TRUE(is_resting(0));
    ASSERT_TRUE(wait([this] { return failures.contains(0); }));
    says(first, kRaceAnswer);
    EXPECT_TRUE(is_left(first));
    EXPECT_EQ(environment->witnesses.size(), 0u);
    EXPECT_FALSE(patience().is_suspected(BackendId(0), now()));
    EXPECT_EQ(session.received, kRaceAnswer);
}

TEST_F(BackendRaceTest, OneThatAnswersNeverIsHeardNoLongerThanASessionWouldWait) {
    config.pools[0].answer_timeout = 1'000ms;
    open();
    ASSERT_TRUE(are_both_asked());
    says(second, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(environment->witnesses.size(), 1u);
    EXPECT_TRUE(is_left(first));
    EXPECT_EQ(environment->witnesses.size(), 0u);
    EXPECT_TRUE(failures.empty()) << "one alone is no sign";
}

TEST_F(BackendRaceTest, SilenceThatOthersMetCountsAsFailureAndPutsTheBackendToRest) {
    open();
    let_first_hang();
    ASSERT_TRUE(are_both_asked());
    EXPECT_TRUE(failures.empty());
    says(second, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_TRUE(is_resting(0));
    ASSERT_TRUE(wait([this] { return failures.contains(0); }));
    EXPECT_EQ(failures, (std::map<std::uint32_t, std::uint32_t>{{0, 1}}));
    EXPECT_EQ(reported[0], HealthReason::timed_out);
}

TEST_F(BackendRaceTest, AfterAPauseThatAllBackendsSharedTheLaterOneIsNotBlamed) {
    open();
    ASSERT_TRUE(are_both_asked());
    let_first_hang();
    // The moment of the second one passes, too.
    const auto until = now() + 600ms;
    wait([&] { return now() > until; });
    says(second, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_TRUE(is_left(first));
    EXPECT_EQ(environment->witnesses.size(), 0u);
    const auto bundled = now() + 2 * PassiveReports::kBundleTime;
    wait([&] { return now() > bundled; });
    EXPECT_TRUE(failures.empty());
}

TEST_F(BackendRaceTest, WhereBothFailTheSessionHearsIt) {
    session.on_end = [this] { link->try_next(LinkFailure::ended_early, "end_of_tcp"); };
    open();
    ASSERT_TRUE(are_both_asked());
    peer(second).connection.close();
    peer(first).connection.close();
    ASSERT_TRUE(wait([this] { return session.failed.has_value(); }));
    EXPECT_EQ(session.failed, LinkFailure::ended_early);
    EXPECT_EQ(sessions(0) + sessions(1), 0u);
    ASSERT_TRUE(wait([this] { return failures.size() == 2; }));
}

TEST_F(BackendRaceTest, TheOtherOneLeadsWhenTheFirstFails) {
    session.on_end = [this] { link->try_next(LinkFailure::ended_early, "end_of_tcp"); };
    open();
    ASSERT_TRUE(are_both_asked());
    peer(first).connection.close();
    ASSERT_TRUE(wait([this] { return session.opened == 2; }));
    EXPECT_EQ(link->backend_id(), BackendId(1));
    EXPECT_EQ(second.peers.size(), 1u) << "the connection that is there";
    says(second, kRaceAnswer);
    EXPECT_TRUE(settles());
    EXPECT_TRUE(wait([this] { return failures.contains(0); }));
}

TEST_F(BackendRaceTest, AnswerTimesAreThoseOfEachConnection) {
    config.pools[0].answer_timeout = 10s;
    open();
    ASSERT_TRUE(are_both_asked());
    EXPECT_GT(session.answer_timeout, 9s);
    const auto until = now() + 300ms;
    wait([&] { return now() > until; });
    link->try_next(LinkFailure::silent, "answer_timeout");
    ASSERT_TRUE(wait([this] { return session.opened == 2; }));
    EXPECT_LE(session.answer_timeout, 9'700ms);
    EXPECT_GT(session.answer_timeout, 0s);
}

TEST_F(BackendRaceTest, AnAnswerOfNoUseLeadsBackToTheOneThatWasSilent) {
    open();
    ASSERT_TRUE(are_both_asked());
    session.on_bytes = [this, accept = session.on_bytes](std::string_view received) {
        if (received == "nonsense") return link->try_next(LinkFailure::bad_answer, "not XMPP");
        accept(received);
    };
    says(second, "nonsense");
    ASSERT_TRUE(wait([this] { return session.opened == 3; }));
    EXPECT_EQ(link->backend_id(), BackendId(0));
    says(first, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(session.received, kRaceAnswer);
    EXPECT_EQ(sessions(0), 1u);
    EXPECT_EQ(sessions(1), 0u);
    ASSERT_TRUE(wait([this] { return failures.contains(1); }));
}

class AClientThatLeaves : public BackendRaceTest, public testing::WithParamInterface<Parting> {};
INSTANTIATE_TEST_SUITE_P(InWordsOrNot, AClientThatLeaves,
                         testing::Values(Parting::said, Parting::client_lost));

TEST_P(AClientThatLeaves, EndsBoth) {
    open();
    ASSERT_TRUE(are_both_asked());
    if (GetParam() == Parting::said) link->send("</stream:stream>");
    link->leave(GetParam());
    EXPECT_TRUE(is_left(second));
    EXPECT_EQ(sessions(1), 0u);
    ASSERT_TRUE(wait([this] { return peer(first).has_ended; }));
    peer(first).connection.finish();
    ASSERT_TRUE(wait([this] { return session.is_gone; }));
    EXPECT_TRUE(failures.empty());
    link.reset();
    EXPECT_EQ(sessions(0), 0u);
}

TEST_F(BackendRaceTest, ALinkThatIsAbandonedLeavesNothing) {
    open();
    ASSERT_TRUE(are_both_asked());
    link->abandon();
    EXPECT_EQ(sessions(0) + sessions(1), 0u);
    EXPECT_TRUE(is_left(second));
    ASSERT_TRUE(wait([this] { return peer(first).has_ended; }));
    EXPECT_TRUE(link->is_gone());
}

TEST_F(BackendRaceTest, OneThatIsNotEvenConnectedIsPassedInTheSameWay) {
    config.pools[0].backends[0].tls = conf::BackendTls::starttls;
    open();
    ASSERT_TRUE(wait([this] { return is_asked(second); }));
    EXPECT_EQ(session.opened, 0);
    EXPECT_EQ(link->backend_id(), std::nullopt);
    says(second, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(session.opened, 1);
    EXPECT_EQ(link->backend_id(), BackendId(1));
    EXPECT_EQ(sessions(0), 0u);
    // Its witness goes on towards TLS, and is heard.
    ASSERT_EQ(environment->witnesses.size(), 1u);
    peer(first).connection.close();
    EXPECT_TRUE(wait([this] { return environment->witnesses.size() == 0; }));
}

TEST_F(BackendRaceTest, WhereTwoAreSilentTheThirdServes) {
    add(third);
    open();
    ASSERT_TRUE(wait([this] { return is_asked(third); }));
    says(third, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(link->backend_id(), BackendId(2));
    EXPECT_EQ(sessions(0) + sessions(1), 0u);
    EXPECT_EQ(sessions(2), 1u);
    EXPECT_EQ(environment->witnesses.size(), 2u);
}

TEST_F(BackendRaceTest, OneThatIsSilentForOthersIsNotTheOneToTryBeside) {
    add(third);
    open();
    for (int i = 0; i < 3; ++i) patience().note_waiting(BackendId(1), now(), now());
    ASSERT_TRUE(wait([this] { return is_asked(third); }));
    EXPECT_TRUE(second.peers.empty());
}

TEST_F(BackendRaceTest, OneThatCannotBeReachedBesideIsReplacedAtOnce) {
    const auto dead = dead_end();
    config.pools[0].backends.erase(config.pools[0].backends.begin() + 1);
    add(dead.address_text(), dead.port());
    add(third);
    open();
    ASSERT_TRUE(wait([this] { return is_asked(third); }));
    EXPECT_EQ(link->backend_id(), BackendId(0));
    says(third, kRaceAnswer);
    EXPECT_TRUE(settles());
    EXPECT_EQ(link->backend_id(), BackendId(2));
    EXPECT_TRUE(wait([this] { return failures.contains(1); }));
}

TEST_F(BackendRaceTest, WithoutABudgetNobodyIsTriedBesideOneThatIsMerelyLate) {
    set_up();
    while (patience().may_try_beside(BackendId(0), BackendId(1), false, now())) {
    }
    for (int i = 0; i < 2; ++i) patience().note_answer(BackendId(i), 5ms);
    look_for_backend();
    EXPECT_TRUE(nobody_asks(second, 500ms));
    let_first_hang();
    EXPECT_TRUE(are_both_asked()) << "asked for again and again";
}

TEST_F(BackendRaceTest, APoolCanForbidIt) {
    config.pools[0].hedge = false;
    set_up();
    for (int i = 0; i < 2; ++i) patience().note_answer(BackendId(i), 5ms);
    look_for_backend();
    EXPECT_TRUE(nobody_asks(second, 500ms));
}

/// Its queue of connections is full, so the kernel drops whoever comes: as behind a black hole.
class BlackHole {
public:
    BlackHole() : listener_(new_socket()) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* const name = reinterpret_cast<sockaddr*>(&address);
        ::bind(listener_.get(), name, size);
        ::listen(listener_.get(), 0);
        ::getsockname(listener_.get(), name, &size);
        port = ntohs(address.sin_port);
        for (int i = 0; i < 4; ++i) {
            waiting_.push_back(new_socket());
            [[maybe_unused]] const int begun = ::connect(waiting_.back().get(), name, size);
        }
    }
    std::uint16_t port = 0;

private:
    static core::Fd new_socket() {
        return core::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    }
    core::Fd listener_;
    std::vector<core::Fd> waiting_;
};

TEST_F(BackendRaceTest, OneWhoseAddressSwallowsEverythingHoldsNobodyUp) {
    const BlackHole nothing;
    config.pools[0].connect_timeout = 20s;
    config.pools[0].backends.clear();
    add("127.0.0.1", nothing.port);
    add(second);
    open();
    ASSERT_TRUE(wait([this] { return is_asked(second); }));
    says(second, kRaceAnswer);
    ASSERT_TRUE(settles());
    EXPECT_EQ(link->backend_id(), BackendId(1));
    EXPECT_EQ(session.opened, 1);
}

}  // namespace
}  // namespace proxy
