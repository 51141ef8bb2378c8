// Aim: guessing passwords gets slower with each failure, for one address alone, and is forgotten.

#include "backend/node/login_delays.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

using namespace std::chrono_literals;

core::Endpoint client(std::string_view address) {
    return *core::Endpoint::from_address(address, 50122);
}

class LoginDelaysTest : public testing::Test {
protected:
    std::chrono::milliseconds fail(std::string_view address) {
        return delays_.on_failure(client(address), now_);
    }
    LoginDelays delays_;
    LoginDelays::Time now_{};
};

TEST_F(LoginDelaysTest, DoubleUpToTheLongest) {
    EXPECT_EQ(fail("192.0.2.7"), 100ms);
    EXPECT_EQ(fail("192.0.2.7"), 200ms);
    EXPECT_EQ(fail("192.0.2.7"), 400ms);
    for (int i = 0; i < 20; ++i) fail("192.0.2.7");
    EXPECT_EQ(fail("192.0.2.7"), LoginDelays::kLongest);
}

TEST_F(LoginDelaysTest, CountForEachAddressAndForTheSubscribersNetworkOfIpv6) {
    fail("192.0.2.7");
    EXPECT_EQ(fail("192.0.2.8"), 100ms);
    EXPECT_EQ(fail("2001:db8::1"), 100ms);
    EXPECT_EQ(fail("2001:db8::2"), 200ms);
    EXPECT_EQ(fail("2001:db8:0:1::2"), 100ms);
}

TEST_F(LoginDelaysTest, TimeForgives) {
    EXPECT_EQ(fail("192.0.2.7"), 100ms);
    now_ += LoginDelays::kForgotten - 1s;
    EXPECT_EQ(fail("192.0.2.7"), 200ms);
    now_ += LoginDelays::kForgotten;
    EXPECT_EQ(fail("192.0.2.7"), 100ms);
}

TEST_F(LoginDelaysTest, AreBounded) {
    for (unsigned i = 0; i < 2 * LoginDelays::kMost; ++i) {
        fail("10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." +
             std::to_string(i & 255));
        now_ += 1ms;
    }
    EXPECT_LE(delays_.size(), LoginDelays::kMost);
    EXPECT_GT(delays_.size(), LoginDelays::kMost / 2);
}

}  // namespace
}  // namespace backend
