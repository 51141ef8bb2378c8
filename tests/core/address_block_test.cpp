// Aim: blocks of addresses as written, and who is inside.

#include "core/address_block.h"

#include <gtest/gtest.h>

namespace core {
namespace {

std::string as_read(std::string_view text) {
    const auto block = AddressBlock::parse(text);
    return block ? block->to_string() : "none";
}

bool is_inside(std::string_view block, std::string_view address) {
    return AddressBlock::parse(block)->contains(*Endpoint::from_address(address, 5222));
}

TEST(AddressBlock, ReadsBlocksAndSingleAddresses) {
    EXPECT_EQ(as_read("10.0.0.0/8"), "10.0.0.0/8");
    EXPECT_EQ(as_read("10.0.0.7"), "10.0.0.7/32");
    EXPECT_EQ(as_read("0.0.0.0/0"), "0.0.0.0/0");
    EXPECT_EQ(as_read("2001:db8::/32"), "2001:db8::/32");
    EXPECT_EQ(as_read("::1"), "::1/128");
}

TEST(AddressBlock, RefusesWhatCannotBeMeant) {
    for (const char* wrong : {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
                              "10.0.0.1/8", "10.0.0.0/8/8", "::/129", "2001:db8::1/32",
                              "example.org", "10.0.0/8", "10.0.0.0/+8", "10.0.0.0/8 "}) {
        EXPECT_EQ(as_read(wrong), "none") << wrong;
    }
}

TEST(AddressBlock, HoldsItsAddressesAndNoOthers) {
    EXPECT_TRUE(is_inside("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(is_inside("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(is_inside("192.0.2.64/26", "192.0.2.127"));
    EXPECT_FALSE(is_inside("192.0.2.64/26", "192.0.2.128"));
    EXPECT_TRUE(is_inside("0.0.0.0/0", "198.51.100.1"));
    EXPECT_FALSE(is_inside("0.0.0.0/0", "::1"));
    EXPECT_TRUE(is_inside("::1", "::1"));
    EXPECT_FALSE(is_inside("::1", "::2"));
}

TEST(AddressBlock, AnIpv4ClientOnAnIpv6SocketIsAnIpv4Client) {
    EXPECT_TRUE(is_inside("10.0.0.0/8", "::ffff:10.0.0.1"));
}

TEST(AddressBlock, CountsThePrefixOfAMappedAddressAsIpv6Does) {
    EXPECT_EQ(as_read("::ffff:10.0.0.0/104"), "10.0.0.0/8");
    EXPECT_EQ(as_read("::ffff:10.0.0.7/128"), "10.0.0.7/32");
    EXPECT_EQ(as_read("::ffff:10.0.0.7"), "10.0.0.7/32");
    EXPECT_EQ(as_read("::ffff:10.0.0.0/24"), "none") << "::/24, surely not 10.0.0.0/24";
    EXPECT_EQ(AddressBlock::around("::ffff:10.1.2.3/104"), AddressBlock::parse("10.0.0.0/8"));
}

TEST(AddressBlock, TheWidestAndTheNarrowestHoldAllAndOne) {
    EXPECT_TRUE(is_inside("::/0", "2001:db8::1"));
    EXPECT_FALSE(is_inside("::/0", "192.0.2.1")) << "IPv4 has a block of its own";
    EXPECT_TRUE(is_inside("192.0.2.1/32", "192.0.2.1"));
    EXPECT_FALSE(is_inside("192.0.2.1/32", "192.0.2.0"));
    EXPECT_TRUE(is_inside("2001:db8::1/128", "2001:db8::1"));
    EXPECT_FALSE(is_inside("2001:db8::1/128", "2001:db8::"));
}

TEST(AddressBlock, IsFoundAroundAnAddress) {
    EXPECT_EQ(AddressBlock::around("10.1.2.3/8"), AddressBlock::parse("10.0.0.0/8"));
    EXPECT_EQ(AddressBlock::around("192.0.2.130/25"), AddressBlock::parse("192.0.2.128/25"));
    EXPECT_EQ(AddressBlock::around("192.0.2.130/0"), AddressBlock::parse("0.0.0.0/0"));
    EXPECT_EQ(AddressBlock::around("192.0.2.130/32"), AddressBlock::parse("192.0.2.130"));
    EXPECT_EQ(AddressBlock::around("2001:db8::7/32"), AddressBlock::parse("2001:db8::/32"));
    for (const char* wrong : {"", "10.0.0.1", "10.0.0.1/", "10.0.0.1/33", "x/8", "/8"})
        EXPECT_FALSE(AddressBlock::around(wrong)) << wrong;
}

}  // namespace
}  // namespace core
