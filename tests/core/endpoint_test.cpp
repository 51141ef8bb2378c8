#include "core/endpoint.h"

#include <gtest/gtest.h>

namespace {

using core::Endpoint;

TEST(Endpoint, ReadsAndWritesBothFamilies) {
    for (const char* text : {"192.0.2.7:5222", "[2001:db8::7]:5222", "[::]:1", "0.0.0.0:65535"}) {
        const auto endpoint = Endpoint::parse(text);
        ASSERT_TRUE(endpoint.has_value()) << text;
        EXPECT_EQ(endpoint->to_string(), text);
    }
}

TEST(Endpoint, RefusesWhatIsNoAddressWithPort) {
    for (const char* text :
         {"", ":", "192.0.2.7", "192.0.2.7:", "192.0.2.7:x", "192.0.2.7:65536", "192.0.2.7:-1",
          "192.0.2:80", "2001:db8::7:5222", "[2001:db8::7]", "host.example:5222", "[host]:1",
          "192.0.2.7:80 ", "1111:2222:3333:4444:5555:6666:7777:8888:9999:1"}) {
        EXPECT_FALSE(Endpoint::parse(text).has_value()) << text;
    }
}

TEST(Endpoint, SurvivesTheWayThroughASocketAddress) {
    for (const char* text : {"192.0.2.7:5222", "[2001:db8::7]:5222"}) {
        sockaddr_storage raw;
        const auto endpoint = *Endpoint::parse(text);
        EXPECT_GT(endpoint.to_sockaddr(raw), 0U);
        EXPECT_EQ(Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&raw)), endpoint);
    }
}

TEST(Endpoint, AnIpv4ClientOfAnIpv6SocketIsIpv4) {
    sockaddr_in6 mapped{};
    mapped.sin6_family = AF_INET6;
    mapped.sin6_port = htons(5222);
    mapped.sin6_addr.s6_addr[10] = mapped.sin6_addr.s6_addr[11] = 0xFF;
    mapped.sin6_addr.s6_addr[12] = 192;
    mapped.sin6_addr.s6_addr[14] = 2;
    mapped.sin6_addr.s6_addr[15] = 7;
    const auto endpoint = Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&mapped));
    EXPECT_EQ(endpoint.to_string(), "192.0.2.7:5222");
    EXPECT_EQ(endpoint, *Endpoint::parse("192.0.2.7:5222"));
    EXPECT_EQ(*Endpoint::parse("[::ffff:192.0.2.7]:5222"), endpoint);
}

TEST(Endpoint, TheUnspecifiedOneIsADash) {
    EXPECT_EQ(Endpoint().to_string(), "-");
    EXPECT_TRUE(Endpoint().address_bytes().empty());
}

}  // namespace
