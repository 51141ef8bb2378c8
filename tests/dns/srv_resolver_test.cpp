#include "dns/srv_resolver.h"

#include <gtest/gtest.h>

#include <optional>

#include "dns/srv_answer.h"
#include "tests/support/dns_message.h"
#include "tests/support/dnsmasq.h"
#include "tests/support/run_loop.h"
#include "tests/support/udp_name_server.h"

namespace {

using namespace std::chrono_literals;
using KnownServices = dns::Known<dns::SrvSet>;

const std::string kServiceName = "_xmpp-client._tcp.example";

class SrvResolverTest : public testing::Test {
protected:
    void ask_at(const std::string& server) {
        resolver.emplace(loop, dns::Servers{{server}}, [this] { return now; });
    }

    KnownServices resolve(const std::string& name = kServiceName) {
        std::optional<KnownServices> found;
        const auto query =
            resolver->resolve(name, [&](const KnownServices& known) { found = known; });
        EXPECT_FALSE(found.has_value()) << "answers come from the loop only";
        EXPECT_TRUE(test::run_until(loop, [&] { return found.has_value(); }));
        return found.value_or(KnownServices{});
    }

    core::EventLoop loop;
    core::TimePoint now = core::Clock::now();
    std::optional<dns::SrvResolver> resolver;
};

// Against Debian's dnsmasq.

TEST_F(SrvResolverTest, FindsAllTiersAndTargets) {
    const test::Dnsmasq server({"local-ttl=70", "srv-host=" + kServiceName + ",b.example,5222,20,0",
                                "srv-host=" + kServiceName + ",a.example,5223,10,60",
                                "srv-host=" + kServiceName + ",c.example,5224,10,40"});
    ask_at(server.address());
    const KnownServices known = resolve();
    ASSERT_TRUE(known.answer.has_value());
    EXPECT_EQ(known.answer->records,
              (std::vector<dns::SrvRecord>{{10, 40, 5224, "c.example", false},
                                           {10, 60, 5223, "a.example", false},
                                           {20, 0, 5222, "b.example", false}}));
    EXPECT_EQ(known.fresh_until, now + 70s);
}

TEST_F(SrvResolverTest, AShortTtlIsRaisedToTheFloor) {
    const test::Dnsmasq server({"local-ttl=1", "srv-host=" + kServiceName + ",a.example,5222"});
    ask_at(server.address());
    EXPECT_EQ(resolve().fresh_until, now + dns::kTtlFloor);
}

TEST_F(SrvResolverTest, ALargeAnswerComesOverTcp) {
    std::vector<std::string> lines;
    for (int i = 0; i < 300; ++i) {
        lines.push_back("srv-host=" + kServiceName + ",a-target-with-a-long-name-" +
                        std::to_string(i) + ".example,5222,10,1");
    }
    const test::Dnsmasq server(std::move(lines));
    ask_at(server.address());
    const KnownServices known = resolve();
    ASSERT_TRUE(known.answer.has_value());
    EXPECT_EQ(known.answer->records.size(), 300u);
}

TEST_F(SrvResolverTest, ANameThatDoesNotExistIsAnAnswer) {
    const test::Dnsmasq server({"srv-host=" + kServiceName + ",a.example,5222"});
    ask_at(server.address());
    const KnownServices known = resolve("_xmpps-client._tcp.example");
    ASSERT_TRUE(known.answer.has_value());
    EXPECT_EQ(known.answer->service, dns::Service::unknown);
    EXPECT_EQ(known.fresh_until, now + dns::kTtlFloor);
}

TEST_F(SrvResolverTest, ADeadServerLeavesTheLastAnswerStale) {
    test::Dnsmasq server({"local-ttl=30", "srv-host=" + kServiceName + ",a.example,5222"});
    ask_at(server.address());
    const KnownServices before = resolve();
    ASSERT_TRUE(before.answer.has_value());
    EXPECT_FALSE(before.is_stale());

    server.stop();
    now += 29s;
    EXPECT_FALSE(resolve().is_stale()) << "still fresh: not asked";
    now += 1s;
    const KnownServices after = resolve();
    EXPECT_EQ(after.answer, before.answer);
    EXPECT_TRUE(after.is_stale());

    server.start();
    ASSERT_TRUE(test::run_until(loop, [&] {
        now += dns::kRetryAfter;
        return !resolve().is_stale();
    })) << "never recovered";
}

TEST_F(SrvResolverTest, ADeadServerWithoutALastAnswerIsAProblem) {
    test::Dnsmasq server({});
    ask_at(server.address());
    server.stop();
    const KnownServices known = resolve();
    EXPECT_FALSE(known.answer.has_value());
    EXPECT_TRUE(known.problem.has_value());
}

// Against a server that lies.

/// The message with the id of the question, as a reply to it.
std::string reply(const test::DnsMessage& message, std::string_view question) {
    return std::string(question.substr(0, 2)) + message.bytes().substr(2);
}

test::DnsMessage one_record() {
    return test::DnsMessage(kServiceName)
        .service(test::dns_pointer(12), 60, 1, 1, 5222, "a.example");
}

class LyingServerTest : public SrvResolverTest {
protected:
    LyingServerTest() {
        ask_at(server.address());
        good = resolve();
        EXPECT_TRUE(good.answer.has_value());
        now += 60s;
    }
    /// What is known after the server has answered in that way.
    KnownServices after(test::UdpNameServer::Reply lie) {
        server.set_reply(std::move(lie));
        const KnownServices known = resolve();
        EXPECT_EQ(known.answer, good.answer) << "a lie took the last good answer away";
        return known;
    }

    test::UdpNameServer server{
        loop, [](std::string_view question) { return reply(one_record(), question); }};
    KnownServices good;
};

TEST_F(LyingServerTest, AMalformedAnswerChangesNothing) {
    const KnownServices known = after([](std::string_view question) {
        auto broken = one_record();
        broken.service(test::dns_pointer(0x3FFF), 60, 1, 1, 5222, "b");
        return reply(broken, question);
    });
    // c-ares from 1.28 on looks at all of an answer before it hands it over.
    EXPECT_TRUE(known.problem == dns::Problem::bad_name ||
                known.problem == dns::Problem::bad_answer);
}

TEST_F(LyingServerTest, ALoopOfAliasesChangesNothing) {
    const KnownServices known = after([](std::string_view question) {
        const std::string name = test::dns_pointer(12);
        return reply(test::DnsMessage(kServiceName)
                         .answer(test::dns_record(name, test::kDnsCname, 60, name)),
                     question);
    });
    EXPECT_EQ(known.problem, dns::Problem::too_many_aliases);
}

TEST_F(LyingServerTest, AWrongIdIsNotHeard) {
    const KnownServices known = after([](std::string_view question) {
        std::string wrong = reply(
            test::DnsMessage(kServiceName).service(test::dns_pointer(12), 60, 0, 0, 5222, "evil"),
            question);
        wrong[0] = static_cast<char>(wrong[0] ^ 0x55);
        return wrong;
    });
    EXPECT_TRUE(known.is_stale());
}

TEST_F(LyingServerTest, ZeroBytesAreNotHeard) {
    EXPECT_TRUE(after([](std::string_view) { return std::string(100, '\0'); }).is_stale());
}

TEST_F(LyingServerTest, SilenceIsToldBeforeItsTimeout) {
    EXPECT_EQ(after([](std::string_view) { return std::string(); }).problem, dns::Problem::slow);
}

TEST_F(LyingServerTest, AnErrorOfTheServerChangesNothing) {
    const KnownServices known = after([](std::string_view question) {
        test::DnsMessage failed(kServiceName);
        failed.flags |= 2;  // SERVFAIL
        return reply(failed, question);
    });
    EXPECT_TRUE(known.is_stale());
}

TEST_F(LyingServerTest, ATruthfulNoIsBelieved) {
    server.set_reply([](std::string_view question) {
        return reply(test::DnsMessage(kServiceName).service(test::dns_pointer(12), 60, 0, 0, 0, ""),
                     question);
    });
    const KnownServices known = resolve();
    ASSERT_TRUE(known.answer.has_value());
    EXPECT_EQ(known.answer->service, dns::Service::not_offered);
}

TEST(SrvResolver, RefusesServersThatCannotBeRead) {
    core::EventLoop loop;
    EXPECT_THROW(dns::SrvResolver(loop, dns::Servers{{"not an address"}}), std::runtime_error);
}

TEST(SrvResolver, MayBeDestroyedWhileAQuestionIsUnderWay) {
    core::EventLoop loop;
    test::UdpNameServer silent(loop, [](std::string_view) { return std::string(); });
    auto resolver = std::make_unique<dns::SrvResolver>(loop, dns::Servers{{silent.address()}});
    auto query =
        resolver->resolve(kServiceName, [](const KnownServices&) { ADD_FAILURE() << "was ended"; });
    ASSERT_TRUE(test::run_until(loop, [&] { return silent.questions() > 0; }));
    query.reset();
    resolver.reset();
    for (int i = 0; i < 5; ++i) loop.run_once();
}

}  // namespace
