// Aim: blocks of addresses as written, and who is inside.

#include "conf/network.h"

#include <gtest/gtest.h>

namespace conf {
namespace {

std::string as_read(std::string_view text) {
    const auto network = Network::parse(text);
    return network ? network->to_string() : "none";
}

bool is_inside(std::string_view network, std::string_view address) {
    return Network::parse(network)->contains(*core::Endpoint::from_address(address, 5222));
}

TEST(Network, ReadsBlocksAndSingleAddresses) {
    EXPECT_EQ(as_read("10.0.0.0/8"), "10.0.0.0/8");
    EXPECT_EQ(as_read("10.0.0.7"), "10.0.0.7/32");
    EXPECT_EQ(as_read("0.0.0.0/0"), "0.0.0.0/0");
    EXPECT_EQ(as_read("2001:db8::/32"), "2001:db8::/32");
    EXPECT_EQ(as_read("::1"), "::1/128");
}

TEST(Network, RefusesWhatCannotBeMeant) {
    for (const char* wrong : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
                              "10.0.0.1/8", "10.0.0.0/8/8", "::/129", "2001:db8::1/32",
                              "example.org", "10.0.0/8", "10.0.0.0/+8", "10.0.0.0/8 "}) {
        EXPECT_EQ(as_read(wrong), "none") << wrong;
    }
}

TEST(Network, HoldsItsAddressesAndNoOthers) {
    EXPECT_TRUE(is_inside("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(is_inside("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(is_inside("192.0.2.64/26", "192.0.2.127"));
    EXPECT_FALSE(is_inside("192.0.2.64/26", "192.0.2.128"));
    EXPECT_TRUE(is_inside("0.0.0.0/0", "198.51.100.1"));
    EXPECT_FALSE(is_inside("0.0.0.0/0", "::1"));
    EXPECT_TRUE(is_inside("::1", "::1"));
    EXPECT_FALSE(is_inside("::1", "::2"));
}

TEST(Network, AnIpv4ClientOnAnIpv6SocketIsAnIpv4Client) {
    EXPECT_TRUE(is_inside("10.0.0.0/8", "::ffff:10.0.0.1"));
}

TEST(Network, IsFoundAroundAnAddress) {
    EXPECT_EQ(Network::around("10.1.2.3/8"), Network::parse("10.0.0.0/8"));
    EXPECT_EQ(Network::around("192.0.2.130/25"), Network::parse("192.0.2.128/25"));
    EXPECT_EQ(Network::around("192.0.2.130/0"), Network::parse("0.0.0.0/0"));
    EXPECT_EQ(Network::around("192.0.2.130/32"), Network::parse("192.0.2.130"));
    EXPECT_EQ(Network::around("2001:db8::7/32"), Network::parse("2001:db8::/32"));
    for (const char* wrong : {"", "10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "x/8", "/8"})
        EXPECT_FALSE(Network::around(wrong)) << wrong;
}

}  // namespace
}  // namespace conf
