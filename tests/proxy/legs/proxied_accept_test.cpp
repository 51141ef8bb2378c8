// Aim: a connection of a proxy goes on as its client's, with the whole header taken and nothing of
// what follows; whoever sends no header, or too slowly, is closed and told once.

#include "proxy/legs/proxied_accept.h"

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <string>
#include <vector>

#include "core/proxy_protocol_v1.h"
#include "core/proxy_protocol_v2.h"
#include "tests/core/connection_scene.h"
#include "tests/support/log_in_file.h"
#include "tests/support/proxy_header.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

const core::Endpoint kProxy = *core::Endpoint::parse("10.0.0.1:40000");
const std::string kSignature = "\x0d\x0a\x0d\x0a\x00\x0d\x0a\x51\x55\x49\x54\x0a"s;
const std::string kLocal = kSignature + "\x20\x00\x00\x00"s;
/// AF_UNIX, with its 216 bytes of paths.
const std::string kUnix = kSignature + "\x21\x31\x00\xD8"s + std::string(216, 'p');

class ProxiedAcceptTest : public testing::Test {
protected:
    /// Hands the near end over; what comes of it is in `results`.
    core::Fd accept(std::chrono::milliseconds patience = 1min) {
        ::test::Pair pair;
        accepts_.accept(
            std::move(pair.near), kProxy, patience,
            [this](std::optional<AcceptedClient> client) { results.push_back(std::move(client)); });
        return std::move(pair.far);
    }
    static void send(const core::Fd& to, std::string_view bytes) {
        ASSERT_EQ(::send(to.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    bool wait_for_results(std::size_t count = 1) {
        return ::test::run_until(loop_, [&] { return results.size() >= count; });
    }
    /// What lies in the socket of a client that was let in.
    static std::string rest_of(const AcceptedClient& client) {
        std::string bytes(4'096, '\0');
        const ssize_t got = ::recv(client.socket.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return bytes;
    }
    bool is_closed(const core::Fd& far) {
        char byte = 0;
        return ::test::run_until(loop_, [&] { return ::recv(far.get(), &byte, 1, 0) == 0; });
    }

    ::test::LogInFile log_;
    core::EventLoop loop_;
    ProxiedAccepts accepts_{loop_};
    std::vector<std::optional<AcceptedClient>> results;
};

std::vector<std::string> headers() {
    core::ProxyHeader v6 = ::test::full_proxy_header();
    v6.source = *core::Endpoint::parse("[2001:db8::7]:50122");
    v6.destination = *core::Endpoint::parse("[2001:db8::1]:5223");
    return {core::encode_proxy_v1(::test::full_proxy_header()),
            core::encode_proxy_v2(::test::full_proxy_header()), core::encode_proxy_v1(v6),
            core::encode_proxy_v2(v6)};
}

TEST_F(ProxiedAcceptTest, TheClientIsWhoTheHeaderNamesAndWhatFollowsIsWhole) {
    // What follows may look like anything, a second header too.
    for (const std::string& header : headers()) {
        for (const std::string& rest : {"<stream:stream>"s, "\x16\x03\x01"s, "\r\n"s, header}) {
            results.clear();
            const core::Fd far = accept();
            send(far, header + rest);
            ASSERT_TRUE(wait_for_results());
            ASSERT_TRUE(results[0]);
            const bool is_v4 = results[0]->peer.is_v4();
            EXPECT_EQ(results[0]->peer.to_string(),
                      is_v4 ? "192.0.2.7:50122" : "[2001:db8::7]:50122");
            EXPECT_EQ(results[0]->local.to_string(),
                      is_v4 ? "198.51.100.1:5223" : "[2001:db8::1]:5223");
            EXPECT_EQ(rest_of(*results[0]), rest);
        }
    }
    EXPECT_EQ(accepts_.waiting(), 0U);
}

TEST_F(ProxiedAcceptTest, AHeaderMayComeInTwoPartsAtEachByte) {
    for (const std::string& header : headers()) {
        for (std::size_t cut = 1; cut < header.size(); ++cut) {
            results.clear();
            const core::Fd far = accept();
            send(far, header.substr(0, cut));
            loop_.run_once();
            ASSERT_TRUE(results.empty()) << cut;
            send(far, header.substr(cut) + "rest");
            ASSERT_TRUE(wait_for_results()) << cut;
            ASSERT_TRUE(results[0]) << cut;
            EXPECT_EQ(results[0]->peer.port(), 50'122) << cut;
            EXPECT_EQ(rest_of(*results[0]), "rest") << cut;
        }
    }
}

TEST_F(ProxiedAcceptTest, AHeaderMayComeByteByByte) {
    for (const std::string& header : headers()) {
        results.clear();
        const core::Fd far = accept();
        for (const char byte : header) {
            ASSERT_TRUE(results.empty());
            send(far, {&byte, 1});
            loop_.run_once();
        }
        ASSERT_TRUE(wait_for_results());
        ASSERT_TRUE(results[0]);
        EXPECT_EQ(results[0]->peer.port(), 50'122);
        EXPECT_EQ(rest_of(*results[0]), "");
    }
}

TEST_F(ProxiedAcceptTest, TheLongestHeadersPassAndLongerOnesDoNot) {
    const std::string v1 =
        "PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe 65535 65535\r\n";
    ASSERT_EQ(v1.size(), 104U);
    const auto with_noop = [](std::size_t size) {
        const std::size_t tlv = size - 16 - 12 - 3;
        const std::size_t length = size - 16;
        const auto bytes = [](std::size_t number) {
            return std::string{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
        };
        return kSignature + "\x21\x11" + bytes(length) +
               "\xc0\x00\x02\x07\xc6\x33\x64\x01\xc3\xca\x14\x67"s + "\x04" + bytes(tlv) +
               std::string(tlv, 'x');
    };
    for (const std::string& fine : {v1, with_noop(2'048)}) {
        results.clear();
        const core::Fd far = accept();
        send(far, fine + "rest");
        ASSERT_TRUE(wait_for_results());
        ASSERT_TRUE(results[0]) << fine.size();
        EXPECT_EQ(rest_of(*results[0]), "rest");
    }
    for (const std::string& wrong : {with_noop(2'049), "PROXY UNKNOWN " + std::string(200, 'x')}) {
        results.clear();
        const core::Fd far = accept();
        send(far, wrong);
        ASSERT_TRUE(wait_for_results());
        EXPECT_FALSE(results[0]);
    }
}

TEST_F(ProxiedAcceptTest, AHeaderThatNamesNobodyLeavesTheAddressesOfTheConnection) {
    for (const std::string& header : {kLocal, kUnix, "PROXY UNKNOWN\r\n"s}) {
        results.clear();
        const core::Fd far = accept();
        send(far, header);
        loop_.run_once();
        EXPECT_TRUE(results.empty()) << "it may be a health check";
        send(far, "<");
        ASSERT_TRUE(wait_for_results());
        ASSERT_TRUE(results[0]);
        EXPECT_EQ(results[0]->peer, kProxy);
        EXPECT_EQ(results[0]->local, core::Endpoint());
        EXPECT_EQ(rest_of(*results[0]), "<");
    }
}

TEST_F(ProxiedAcceptTest, HealthChecksLeaveNoLine) {
    const std::string of_itself = "PROXY TCP4 10.0.0.1 198.51.100.1 40000 5222\r\n";
    for (const std::string& header : {kLocal, "PROXY UNKNOWN\r\n"s, of_itself, ""s}) {
        core::Fd far = accept();
        send(far, header);
        far.reset();
    }
    core::Fd slow = accept(1ms);
    send(slow, kLocal);
    ASSERT_TRUE(wait_for_results(5));
    for (const auto& result : results) EXPECT_FALSE(result);
    EXPECT_EQ(log_.end(), std::vector<std::string>{});
}

TEST_F(ProxiedAcceptTest, WhatIsNoHeaderIsClosedAndToldOnce) {
    const core::Fd stream = accept();
    send(stream, "<stream:stream xmlns='jabber:client'");
    const core::Fd hello = accept();
    send(hello, "\x16\x03\x01\x02");
    const core::Fd almost = accept();
    send(almost, "PROXY TCP4 192.0.2.7");
    loop_.run_once();
    send(almost, "00 1 2 3\r\n");
    ASSERT_TRUE(wait_for_results(3));
    for (const auto& result : results) EXPECT_FALSE(result);
    EXPECT_TRUE(is_closed(almost));
    const auto lines = log_.end();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0],
              "warn  proxy_header_refused peer=10.0.0.1:40000 reason=no_header offset=0 "
              "expected=\"a PROXY header\" remedy=\"let the proxy at this address send PROXY "
              "headers (HAProxy: send-proxy-v2), or take it out of accept_proxy\"");
    for (const std::string& line : lines)
        EXPECT_NE(line.find("reason=no_header"), line.npos) << line;
}

TEST_F(ProxiedAcceptTest, WhoEndsWithinTheHeaderIsTold) {
    core::Fd far = accept();
    send(far, "PROXY TCP4 ");
    loop_.run_once();
    far.reset();
    ASSERT_TRUE(wait_for_results());
    EXPECT_FALSE(results[0]);
    const auto lines = log_.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("reason=cut offset=11"), std::string::npos) << lines[0];
}

TEST_F(ProxiedAcceptTest, BytesThatDripDoNotProlongTheTime) {
    const auto start = core::Clock::now();
    const core::Fd far = accept(100ms);
    const std::string header = core::encode_proxy_v2(::test::full_proxy_header());
    // Faster than the time, and never all of it.
    for (std::size_t at = 0; results.empty() && at + 1 < header.size(); ++at) {
        ::send(far.get(), &header[at], 1, MSG_NOSIGNAL);
        const auto next = core::Clock::now() + 20ms;
        ::test::run_until(loop_, [&] { return !results.empty() || core::Clock::now() >= next; });
    }
    ASSERT_EQ(results.size(), 1U);
    EXPECT_FALSE(results[0]);
    EXPECT_GE(core::Clock::now() - start, 100ms);
    const auto lines = log_.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_NE(lines[0].find("reason=timeout"), std::string::npos) << lines[0];
}

TEST_F(ProxiedAcceptTest, ThousandsThatSayNothingAreClosedTogetherAndOthersPassMeanwhile) {
    constexpr std::size_t kSilent = 2'000;
    std::vector<core::Fd> silent;
    for (std::size_t i = 0; i < kSilent; ++i) silent.push_back(accept());
    EXPECT_EQ(accepts_.waiting(), kSilent);
    const core::Fd far = accept();
    send(far, headers()[0]);
    ASSERT_TRUE(wait_for_results());
    EXPECT_TRUE(results[0]);
    accepts_.close_all();
    EXPECT_EQ(results.size(), kSilent + 1);
    EXPECT_EQ(accepts_.waiting(), 0U);
    EXPECT_TRUE(is_closed(silent.front()));
    EXPECT_TRUE(is_closed(silent.back()));
}

TEST_F(ProxiedAcceptTest, AWaitingPartOfAHeaderKeepsNobodyBusy) {
    const core::Fd far = accept();
    send(far, "PROXY TCP4 ");
    loop_.run_once();
    loop_.run_once();
    // Nothing is left in the socket that would wake the loop again and again.
    EXPECT_EQ(accepts_.waiting(), 1U);
    int unread = -1;
    send(far, "1");
    loop_.run_once();
    loop_.run_once();
    ASSERT_EQ(::ioctl(far.get(), TIOCOUTQ, &unread), 0);
    EXPECT_EQ(unread, 0);
}

}  // namespace
}  // namespace proxy
