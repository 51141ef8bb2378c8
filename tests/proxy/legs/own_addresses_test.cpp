#include "proxy/legs/own_addresses.h"

#include <gtest/gtest.h>

#include <string>

namespace proxy {
namespace {

core::Endpoint at(const std::string& text) {
    return core::Endpoint::parse(text).value();
}

OwnAddresses listening(const std::string& listener) {
    return {{at(listener)}, {at("192.0.2.1:0"), at("[2001:db8::1]:0")}};
}

TEST(OwnAddresses, NoListenerIsReachedWithoutListeners) {
    EXPECT_FALSE(OwnAddresses().contains(at("127.0.0.1:5222")));
    EXPECT_FALSE(OwnAddresses().contains({}));
}

TEST(OwnAddresses, AnAddressAndPortOfAListenerIsOurs) {
    const auto own = listening("192.0.2.1:5222");
    EXPECT_TRUE(own.contains(at("192.0.2.1:5222")));
    EXPECT_FALSE(own.contains(at("192.0.2.1:5223")));
    EXPECT_FALSE(own.contains(at("192.0.2.2:5222")));
    EXPECT_FALSE(own.contains(at("127.0.0.1:5222")));
    EXPECT_FALSE(own.contains({}));
}

TEST(OwnAddresses, TheIpv4WildcardIsEveryIpv4AddressOfThisMachine) {
    const auto own = listening("0.0.0.0:5222");
    EXPECT_TRUE(own.contains(at("192.0.2.1:5222")));
    EXPECT_TRUE(own.contains(at("127.0.0.1:5222")));
    EXPECT_TRUE(own.contains(at("127.44.3.2:5222")));
    EXPECT_FALSE(own.contains(at("192.0.2.1:5269")));
    EXPECT_FALSE(own.contains(at("192.0.2.2:5222")));
    EXPECT_FALSE(own.contains(at("[::1]:5222")));
    EXPECT_FALSE(own.contains(at("[2001:db8::1]:5222")));
}

TEST(OwnAddresses, TheIpv6WildcardListensForBothFamilies) {
    const auto own = listening("[::]:5222");
    EXPECT_TRUE(own.contains(at("[2001:db8::1]:5222")));
    EXPECT_TRUE(own.contains(at("[::1]:5222")));
    EXPECT_TRUE(own.contains(at("192.0.2.1:5222")));
    EXPECT_TRUE(own.contains(at("127.0.0.9:5222")));
    EXPECT_FALSE(own.contains(at("[2001:db8::2]:5222")));
    EXPECT_FALSE(own.contains(at("[::1]:5223")));
}

TEST(OwnAddresses, AMappedIpv4AddressIsTheIpv4Address) {
    EXPECT_TRUE(listening("192.0.2.1:5222").contains(at("[::ffff:192.0.2.1]:5222")));
    EXPECT_TRUE(listening("[::ffff:192.0.2.1]:5222").contains(at("192.0.2.1:5222")));
}

TEST(OwnAddresses, ConnectingToTheWildcardMeansLoopback) {
    EXPECT_TRUE(listening("127.0.0.1:5222").contains(at("0.0.0.0:5222")));
    EXPECT_TRUE(listening("[::1]:5222").contains(at("[::]:5222")));
    EXPECT_TRUE(listening("0.0.0.0:5222").contains(at("0.0.0.0:5222")));
    EXPECT_FALSE(listening("192.0.2.1:5222").contains(at("0.0.0.0:5222")));
}

TEST(OwnAddresses, KnowsTheInterfacesOfThisMachine) {
    const auto own = OwnAddresses::of({at("0.0.0.0:5222"), at("192.0.2.77:5223")});
    EXPECT_TRUE(own.contains(at("127.0.0.1:5222")));
    EXPECT_TRUE(own.contains(at("192.0.2.77:5223")));
    EXPECT_FALSE(own.contains(at("192.0.2.77:5222")));
}

}  // namespace
}  // namespace proxy
