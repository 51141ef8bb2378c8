// Aim: no address takes more than its share, and who leaves makes room.

#include "proxy/web/address_count.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

core::Endpoint at(const std::string& address) {
    return *core::Endpoint::from_address(address, 1);
}

TEST(AddressCountTest, BoundsEachAddress) {
    AddressCount count;
    EXPECT_TRUE(count.try_enter(at("192.0.2.1"), 2));
    EXPECT_TRUE(count.try_enter(at("192.0.2.1"), 2));
    EXPECT_FALSE(count.try_enter(at("192.0.2.1"), 2));
    EXPECT_TRUE(count.try_enter(at("192.0.2.2"), 2));
    count.leave(at("192.0.2.1"));
    EXPECT_TRUE(count.try_enter(at("192.0.2.1"), 2));
    EXPECT_TRUE(count.try_enter(at("192.0.2.1"), 0)) << "no limit";
}

TEST(AddressCountTest, OfIpv6TheSubscriberCounts) {
    AddressCount count;
    EXPECT_TRUE(count.try_enter(at("2001:db8::1"), 1));
    EXPECT_FALSE(count.try_enter(at("2001:db8::2"), 1));
    EXPECT_TRUE(count.try_enter(at("2001:db8:0:1::1"), 1));
}

}  // namespace
}  // namespace proxy
