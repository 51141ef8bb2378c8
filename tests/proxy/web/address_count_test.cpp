// Aim: no address takes more than its share, and who leaves makes room.

#include "proxy/web/address_count.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

using Entry = AddressCount::Entry;

core::Endpoint at(const std::string& address) {
    return *core::Endpoint::from_address(address, 1);
}

TEST(AddressCountTest, BoundsEachAddress) {
    AddressCount count;
    EXPECT_EQ(count.try_enter(at("192.0.2.1"), {.of_address = 2}), Entry::entered);
    EXPECT_EQ(count.try_enter(at("192.0.2.1"), {.of_address = 2}), Entry::entered);
    EXPECT_EQ(count.try_enter(at("192.0.2.1"), {.of_address = 2}), Entry::address_is_full);
    EXPECT_EQ(count.try_enter(at("192.0.2.2"), {.of_address = 2}), Entry::entered);
    count.leave(at("192.0.2.1"));
    EXPECT_EQ(count.try_enter(at("192.0.2.1"), {.of_address = 2}), Entry::entered);
    EXPECT_EQ(count.try_enter(at("192.0.2.1"), {.of_address = 0}), Entry::entered) << "no limit";
}

TEST(AddressCountTest, BoundsAllOfThem) {
    AddressCount count;
    EXPECT_EQ(count.try_enter(at("192.0.2.1"), {.in_all = 2}), Entry::entered);
    EXPECT_EQ(count.try_enter(at("192.0.2.2"), {.in_all = 2}), Entry::entered);
    EXPECT_EQ(count.try_enter(at("192.0.2.3"), {.in_all = 2}), Entry::all_is_full);
    count.leave(at("192.0.2.1"));
    count.leave(at("192.0.2.9"));  // was never there
    EXPECT_EQ(count.try_enter(at("192.0.2.3"), {.in_all = 2}), Entry::entered);
}

TEST(AddressCountTest, OfIpv6TheSubscriberCounts) {
    AddressCount count;
    EXPECT_EQ(count.try_enter(at("2001:db8::1"), {.of_address = 1}), Entry::entered);
    EXPECT_EQ(count.try_enter(at("2001:db8::2"), {.of_address = 1}), Entry::address_is_full);
    EXPECT_EQ(count.try_enter(at("2001:db8:0:1::1"), {.of_address = 1}), Entry::entered);
}

}  // namespace
}  // namespace proxy
