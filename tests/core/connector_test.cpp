#include "core/connector.h"

#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <system_error>
#include <vector>

#include "core/listener.h"
#include "tests/support/run_loop.h"

namespace {

using core::Endpoint;
using core::Fd;
using std::chrono::milliseconds;

constexpr core::Keepalive kKeepalive{.idle_seconds = 70, .interval_seconds = 20, .probes = 2};
constexpr core::Listener::Settings kSixteen{.backlog = 16, .keepalive = kKeepalive};

struct Outcome {
    Fd fd;
    int error = -1;
};

class ConnectorTest : public testing::Test {
protected:
    core::EventLoop loop;

    std::optional<Outcome> connect(const Endpoint& target,
                                   milliseconds deadline = milliseconds(5000)) {
        std::optional<Outcome> outcome;
        core::Connector connector(loop, target, deadline, [&](Fd fd, int error) {
            outcome = Outcome{std::move(fd), error};
        });
        EXPECT_FALSE(outcome.has_value()) << "never from within the constructor";
        test::run_until(loop, [&] { return outcome.has_value(); });
        return outcome;
    }
};

TEST_F(ConnectorTest, ConnectsToAListenerThatSeesTheRealPeer) {
    Endpoint seen;
    core::Listener listener(loop, *core::Listener::bind(*Endpoint::parse("127.0.0.1:0"), kSixteen),
                            [&](Fd, const Endpoint& peer) { seen = peer; });
    const auto outcome = connect(listener.local());
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->error, 0);
    EXPECT_TRUE(static_cast<bool>(outcome->fd));
    ASSERT_TRUE(test::run_until(loop, [&] { return seen.family() != Endpoint::Family::none; }));
    EXPECT_EQ(seen.address_text(), "127.0.0.1");
}

int option(const Fd& fd, int level, int name) {
    int value = -1;
    socklen_t length = sizeof value;
    ::getsockopt(fd.get(), level, name, &value, &length);
    return value;
}

TEST_F(ConnectorTest, NoticesAServerThatVanished) {
    core::Listener listener(loop, *core::Listener::bind(*Endpoint::parse("127.0.0.1:0"), kSixteen),
                            [](Fd, const Endpoint&) {});
    const auto outcome = connect(listener.local());
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(option(outcome->fd, SOL_SOCKET, SO_KEEPALIVE), 1);
    const int silence = option(outcome->fd, IPPROTO_TCP, TCP_KEEPIDLE) +
                        option(outcome->fd, IPPROTO_TCP, TCP_KEEPINTVL) *
                            option(outcome->fd, IPPROTO_TCP, TCP_KEEPCNT);
    EXPECT_LE(silence, 120);
}

TEST_F(ConnectorTest, SaysWhyNobodyAnswers) {
    Endpoint closed;
    {
        core::Listener listener(loop,
                                *core::Listener::bind(*Endpoint::parse("127.0.0.1:0"), kSixteen),
                                [](Fd, const Endpoint&) {});
        closed = listener.local();
    }
    const auto outcome = connect(closed);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->error, ECONNREFUSED);
    EXPECT_FALSE(static_cast<bool>(outcome->fd));
}

TEST_F(ConnectorTest, GivesUpAtItsDeadline) {
    // A full backlog answers nothing.
    const Fd socket = *core::Listener::bind(*Endpoint::parse("127.0.0.1:0"),
                                            {.backlog = 0, .keepalive = kKeepalive});
    sockaddr_storage raw{};
    socklen_t length = sizeof raw;
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&raw), &length);
    const auto target = Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&raw));
    std::vector<Fd> queued;
    for (int i = 0; i < 4; ++i) {
        queued.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
        ::connect(queued.back().get(), reinterpret_cast<sockaddr*>(&raw), length);
    }
    const auto outcome = connect(target, milliseconds(50));
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->error, ETIMEDOUT);
}

TEST_F(ConnectorTest, DestroyedMeansCancelled) {
    core::Listener listener(loop, *core::Listener::bind(*Endpoint::parse("127.0.0.1:0"), kSixteen),
                            [](Fd, const Endpoint&) {});
    {
        core::Connector connector(loop, listener.local(), milliseconds(5000),
                                  [](Fd, int) { ADD_FAILURE() << "nobody waits"; });
    }
    for (int i = 0; i < 5; ++i) loop.run_once();
}

TEST(Listener, SharesItsAddressWithOtherWorkersAlone) {
    core::EventLoop loop;
    core::Listener first(loop, *core::Listener::bind(*Endpoint::parse("127.0.0.1:0"), kSixteen),
                         [](Fd, const Endpoint&) {});
    const Endpoint address = first.local();
    EXPECT_FALSE(core::Listener::check_free(address).has_value());
    EXPECT_FALSE(core::Listener::bind(address, kSixteen).has_value());
    EXPECT_FALSE(core::Listener::bind_shared(address, kSixteen, 1).has_value());
    first.close();
    EXPECT_TRUE(core::Listener::check_free(address).has_value());
    const auto shared = core::Listener::bind_shared(address, kSixteen, 2);
    ASSERT_TRUE(shared.has_value());
    EXPECT_EQ(shared->size(), 2U);
    EXPECT_TRUE(core::Listener::bind_shared(address, kSixteen, 1).has_value());
    EXPECT_FALSE(core::Listener::check_free(address).has_value());
}

TEST(Listener, SaysWhyItCannotBind) {
    const Endpoint elsewhere = *Endpoint::parse("192.0.2.1:5222");
    const auto socket = core::Listener::bind(elsewhere, kSixteen);
    ASSERT_FALSE(socket.has_value());
    EXPECT_EQ(socket.error(), std::errc::address_not_available);
    EXPECT_EQ(core::cannot_listen(elsewhere, socket.error()),
              "cannot listen on 192.0.2.1:5222: Cannot assign requested address; this machine has "
              "no such address");
}

TEST(Listener, TheRemedyFitsTheReason) {
    const Endpoint address = *Endpoint::parse("127.0.0.1:80");
    const auto said = [&](std::errc why) {
        return core::cannot_listen(address, std::make_error_code(why));
    };
    EXPECT_NE(said(std::errc::address_in_use).find("another server"), std::string::npos);
    EXPECT_NE(said(std::errc::permission_denied).find("CAP_NET_BIND_SERVICE"), std::string::npos);
    EXPECT_EQ(said(std::errc::permission_denied).find("another server"), std::string::npos);
    EXPECT_NE(said(std::errc::too_many_files_open).find("LimitNOFILE"), std::string::npos);
    EXPECT_EQ(said(std::errc::not_enough_memory),
              "cannot listen on 127.0.0.1:80: Cannot allocate memory");
}

TEST(Keepalive, EachSpreadLiesWithinAFifth) {
    constexpr core::Keepalive kRare{.idle_seconds = 720, .interval_seconds = 30, .probes = 8};
    EXPECT_EQ(kRare.spread(0).idle_seconds, 576);
    EXPECT_EQ(kRare.spread(0).interval_seconds, 24);
    EXPECT_EQ(kRare.spread(0xffff'ffff).idle_seconds, 864);
    EXPECT_EQ(kRare.spread(0xffff'ffff).interval_seconds, 36);
    EXPECT_EQ(kRare.spread(0x8000'8000).idle_seconds, 720);
    EXPECT_EQ(kRare.spread(0x0000'ffff).interval_seconds, 24) << "each has its own";
    EXPECT_EQ(kRare.spread(7).probes, 8);
    // However it is spread, all probes may be lost but one.
    for (const std::uint32_t random : {0U, 0x1234'5678U, 0xffff'ffffU}) {
        const core::Keepalive spread = kRare.spread(random);
        EXPECT_GE(spread.patience_ms(),
                  (spread.idle_seconds + spread.interval_seconds * spread.probes) * 1'000);
    }
}

TEST(Listener, WhoAcceptsSaysHowLongASilentPeerIsKept) {
    core::EventLoop loop;
    int idle_seconds = 0;
    core::Listener listener(loop, *core::Listener::bind(*Endpoint::parse("127.0.0.1:0"), kSixteen),
                            [&](const Fd& accepted, const Endpoint&) {
                                socklen_t length = sizeof idle_seconds;
                                ::getsockopt(accepted.get(), IPPROTO_TCP, TCP_KEEPIDLE,
                                             &idle_seconds, &length);
                            });
    core::Connector connector(loop, listener.local(), milliseconds(5000), [](Fd, int) {});
    ASSERT_TRUE(test::run_until(loop, [&] { return idle_seconds != 0; }));
    EXPECT_EQ(idle_seconds, kKeepalive.idle_seconds);
}

}  // namespace
