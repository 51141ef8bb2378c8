#include "dns/address_resolver.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <optional>

#include "core/handle.h"
#include "core/tcp_socket.h"
#include "tests/support/dnsmasq.h"
#include "tests/support/run_loop.h"

namespace {

using Addresses = std::vector<core::Endpoint>;
using Known = dns::Known<Addresses>;

class AddressResolverTest : public testing::Test {
protected:
    core::EventLoop loop;
    dns::AddressResolver resolver{loop};
};

TEST_F(AddressResolverTest, FindsWhatTheHostsFileKnows) {
    std::optional<Addresses> found;
    const auto query = resolver.resolve(
        "localhost", [&](const Known& known) { found = known.answer.value_or(Addresses{}); });
    EXPECT_FALSE(found.has_value()) << "answers come from the loop only";
    ASSERT_TRUE(test::run_until(loop, [&] { return found.has_value(); }));
    EXPECT_TRUE(std::any_of(found->begin(), found->end(), [](const core::Endpoint& address) {
        return address.address_text() == "127.0.0.1" || address.address_text() == "::1";
    }));
}

TEST_F(AddressResolverTest, AnswersAgainFromItsCache) {
    int answers = 0;
    const auto count = [&](const Known& known) { answers += known.answer ? 1 : 100; };
    const auto first = resolver.resolve("localhost", count);
    ASSERT_TRUE(test::run_until(loop, [&] { return answers == 1; }));
    const auto second = resolver.resolve("localhost", count);
    ASSERT_TRUE(test::run_until(loop, [&] { return answers == 2; }));
}

TEST(AddressResolver, UsesWhatAnotherHasLearntWhenDnsIsSilent) {
    core::EventLoop loop;
    // Somebody who takes questions and answers none.
    const core::Fd silent(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    const auto known = std::make_shared<dns::KnownAddresses>();
    known->note("a.example", {*core::Endpoint::from_address("192.0.2.1", 0)});
    const dns::Servers servers{{core::local_endpoint(silent.get()).to_string()}};
    dns::AddressResolver resolver(loop, servers, core::Clock::now, known);
    std::optional<Addresses> found;
    const auto start = core::Clock::now();
    const auto query =
        resolver.resolve("a.example", [&](const Known& answer) { found = answer.answer; });
    ASSERT_TRUE(test::run_until(loop, [&] { return found.has_value(); }));
    EXPECT_EQ(found->at(0).address_text(), "192.0.2.1");
    EXPECT_LT(core::Clock::now() - start, std::chrono::seconds(2));
}

TEST(AddressResolver, TellsOthersWhatItHasLearnt) {
    core::EventLoop loop;
    const auto known = std::make_shared<dns::KnownAddresses>();
    dns::AddressResolver resolver(loop, {}, core::Clock::now, known);
    bool has_answer = false;
    const auto query = resolver.resolve("localhost", [&](const Known&) { has_answer = true; });
    ASSERT_TRUE(test::run_until(loop, [&] { return has_answer; }));
    EXPECT_TRUE(known->find("localhost"));
    EXPECT_FALSE(known->find("other"));
}

TEST_F(AddressResolverTest, ServesAllWhoWaitAndForgetsWhoLeft) {
    int stayed = 0;
    int left = 0;
    const auto staying = resolver.resolve("localhost", [&](const Known&) { ++stayed; });
    auto leaving = resolver.resolve("localhost", [&](const Known&) { ++left; });
    const auto late = resolver.resolve("localhost", [&](const Known&) { ++stayed; });
    leaving.reset();
    ASSERT_TRUE(test::run_until(loop, [&] { return stayed == 2; }));
    EXPECT_EQ(left, 0);
}

TEST_F(AddressResolverTest, AQueryMayEndOthersFromItsAnswer) {
    bool answered = false;
    std::unique_ptr<dns::AddressResolver::Query> other;
    const auto first = resolver.resolve("localhost", [&](const Known&) {
        answered = true;
        other.reset();
    });
    other = resolver.resolve("localhost", [&](const Known&) { ADD_FAILURE() << "was ended"; });
    ASSERT_TRUE(test::run_until(loop, [&] { return answered; }));
    for (int i = 0; i < 5; ++i) loop.run_once();
}

TEST_F(AddressResolverTest, ANameThatIsNoneHasNoAddresses) {
    std::optional<Addresses> found;
    const auto query = resolver.resolve(
        "no such host", [&](const Known& known) { found = known.answer.value_or(Addresses{}); });
    ASSERT_TRUE(test::run_until(loop, [&] { return found.has_value(); }));
    EXPECT_TRUE(found->empty());
}

TEST(AddressResolver, MayBeDestroyedWhileQuestionsWait) {
    core::EventLoop loop;
    auto resolver = std::make_unique<dns::AddressResolver>(loop);
    auto query = resolver->resolve("localhost", [](const Known&) { ADD_FAILURE(); });
    query.reset();
    resolver.reset();
    for (int i = 0; i < 5; ++i) loop.run_once();
}

// Against Debian's dnsmasq.

class AddressesFromDnsTest : public testing::Test {
protected:
    Addresses resolve(const std::string& host) {
        std::optional<Addresses> found;
        const auto query = resolver.resolve(host, [&](const Known& known) {
            found = known.answer.value_or(Addresses{});
            problem = known.problem;
        });
        EXPECT_TRUE(test::run_until(loop, [&] { return found.has_value(); }));
        return found.value_or(Addresses{});
    }

    /// What the operator is told of the host without addresses that was asked for last.
    std::string words(const std::string& host) {
        EXPECT_TRUE(resolve(host).empty());
        return dns::words_for_unknown_host(host, problem.value());
    }

    core::EventLoop loop;
    std::optional<dns::Problem> problem;
    core::TimePoint now = core::Clock::now();
    test::Dnsmasq server{{"host-record=both.example,192.0.2.1,2001:db8::1,30",
                          "host-record=four.example,192.0.2.4", "cname=alias.example,four.example",
                          "txt-record=bare.example,words"}};
    dns::AddressResolver resolver{loop, dns::Servers{{server.address()}}, [this] { return now; }};
};

TEST_F(AddressesFromDnsTest, FindsAddressesOfBothFamilies) {
    const Addresses found = resolve("both.example");
    const Addresses both{*core::Endpoint::from_address("192.0.2.1", 0),
                         *core::Endpoint::from_address("2001:db8::1", 0)};
    EXPECT_TRUE(std::is_permutation(found.begin(), found.end(), both.begin(), both.end()));
}

TEST_F(AddressesFromDnsTest, FollowsAnAlias) {
    EXPECT_EQ(resolve("alias.example"), (Addresses{*core::Endpoint::from_address("192.0.2.4", 0)}));
}

TEST_F(AddressesFromDnsTest, AHostThatDoesNotExistHasNoAddresses) {
    EXPECT_TRUE(resolve("absent.example").empty());
}

TEST_F(AddressesFromDnsTest, TellsANameThatIsNotThereFromAServerThatIsSilent) {
    EXPECT_EQ(words("absent.example"), "no such name: absent.example");
    EXPECT_EQ(words("bare.example"), "the name has no address: bare.example");
    server.stop();
    EXPECT_EQ(words("four.example"), "the name servers are silent, asked for four.example");
}

TEST_F(AddressesFromDnsTest, ADeadServerLeavesTheLastAddresses) {
    const Addresses before = resolve("both.example");
    EXPECT_EQ(before.size(), 2u);
    server.stop();
    now += std::chrono::seconds(30);
    EXPECT_EQ(resolve("both.example"), before);
    EXPECT_TRUE(resolve("four.example").empty()) << "never asked for while there was a server";
}

}  // namespace
