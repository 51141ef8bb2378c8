// Aim: who guesses is noticed, and nobody else suffers.

#include "proxy/web/guess_count.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy {
namespace {

using namespace std::chrono_literals;

const core::TimePoint kStart(1'000s);

core::Endpoint client(const std::string& address, int port = 1) {
    return *core::Endpoint::from_address(address, static_cast<std::uint16_t>(port));
}

TEST(GuessCountTest, CountsByAddressInATime) {
    GuessCount guesses;
    for (std::uint32_t i = 0; i < GuessCount::kMost; ++i)
        EXPECT_FALSE(guesses.is_too_much(client("192.0.2.1", 1 + static_cast<int>(i)), kStart));
    EXPECT_TRUE(guesses.is_too_much(client("192.0.2.1"), kStart));
    EXPECT_FALSE(guesses.is_too_much(client("192.0.2.2"), kStart));
    EXPECT_FALSE(guesses.is_too_much(client("192.0.2.1"), kStart + GuessCount::kWindow + 1ms));
}

TEST(GuessCountTest, IsBounded) {
    GuessCount guesses;
    for (int i = 0; i < 100'000; ++i)
        guesses.is_too_much(client("10." + std::to_string(i / 65'536) + "." +
                                   std::to_string(i / 256 % 256) + "." + std::to_string(i % 256)),
                            kStart);
    EXPECT_FALSE(guesses.is_too_much(client("192.0.2.1"), kStart));
}

}  // namespace
}  // namespace proxy
