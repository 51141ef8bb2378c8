// Aim: who is refused is told at once, and a flood of them is a line in ten seconds with its
// number.

#include "proxy/legs/refusals.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy {
namespace {

using namespace std::chrono_literals;

const core::TimePoint kBegin(1'000s);

core::Endpoint of(const std::string& address) {
    return *core::Endpoint::from_address(address, 40'000);
}

TEST(RefusalsTest, OneAtOnceThenTheirNumber) {
    Refusals refusals;
    EXPECT_EQ(refusals.note(Refused::process_full, of("192.0.2.1"), kBegin), 1U);
    for (int i = 0; i < 400; ++i)
        EXPECT_EQ(refusals.note(Refused::process_full, of("192.0.2.1"), kBegin + 1s), 0U);
    EXPECT_TRUE(refusals.due(kBegin + 9s).empty());
    const auto lines = refusals.due(kBegin + 10s);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].count, 400U);
    EXPECT_EQ(lines[0].client, of("192.0.2.1"));
    EXPECT_TRUE(refusals.due(kBegin + 11s).empty());
    EXPECT_EQ(refusals.note(Refused::process_full, of("192.0.2.1"), kBegin + 12s), 0U);
    EXPECT_EQ(refusals.note(Refused::process_full, of("192.0.2.1"), kBegin + 25s), 2U);
}

TEST(RefusalsTest, EachAddressAndReasonByItself) {
    Refusals refusals;
    EXPECT_EQ(refusals.note(Refused::process_full, of("192.0.2.1"), kBegin), 1U);
    EXPECT_EQ(refusals.note(Refused::process_full, of("192.0.2.2"), kBegin), 1U);
    EXPECT_EQ(refusals.note(Refused::per_address, of("192.0.2.1"), kBegin), 1U);
    EXPECT_EQ(refusals.note(Refused::process_full, of("2001:db8::1"), kBegin), 1U);
    EXPECT_EQ(refusals.note(Refused::process_full, of("2001:db8::2"), kBegin), 0U)
        << "the same /64";
    EXPECT_TRUE(refusals.due(kBegin + 60s).size() == 1);
    EXPECT_TRUE(refusals.due(kBegin + 120s).empty());
    EXPECT_EQ(refusals.note(Refused::process_full, of("192.0.2.1"), kBegin + 121s), 1U) << "anew";
}

TEST(RefusalsTest, AnOverloadIsNoAddressFault) {
    Refusals refusals;
    EXPECT_EQ(refusals.note(Refused::overloaded, of("192.0.2.1"), kBegin), 1U);
    EXPECT_EQ(refusals.note(Refused::overloaded, of("192.0.2.2"), kBegin), 0U);
    EXPECT_EQ(refusals.note(Refused::overloaded, of("192.0.2.3"), kBegin), 0U);
    const auto lines = refusals.due(kBegin + 10s);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].count, 2U);
}

TEST(RefusalsTest, CountsThemByReason) {
    Refusals refusals;
    for (int i = 0; i < 3; ++i) refusals.note(Refused::before_login, of("192.0.2.1"), kBegin);
    refusals.note(Refused::failed_logins, of("192.0.2.2"), kBegin);
    const RefusedCounts counts = refusals.counts();
    for (const Refused why : kRefused) {
        const std::uint64_t wanted = why == Refused::before_login    ? 3
                                     : why == Refused::failed_logins ? 1
                                                                     : 0;
        EXPECT_EQ(counts[static_cast<std::size_t>(why)], wanted) << to_string(why);
        EXPECT_NE(words_of(why), "") << to_string(why);
    }
}

TEST(RefusalsTest, BeyondSoManyAddressesAllAreOne) {
    Refusals refusals;
    std::uint64_t lines = 0;
    for (int i = 0; i < 10'000; ++i)
        lines +=
            refusals.note(Refused::process_full,
                          of("10.1." + std::to_string(i / 256) + "." + std::to_string(i % 256)),
                          kBegin) > 0
                ? 1
                : 0;
    EXPECT_EQ(lines, Refusals::kAddresses + 1);
    std::uint64_t counted = 0;
    for (const auto& line : refusals.due(kBegin + 10s)) counted += line.count;
    EXPECT_EQ(counted + lines, 10'000U);
}

}  // namespace
}  // namespace proxy
