#include "conf/address.h"

#include <gtest/gtest.h>

namespace conf {
namespace {

std::string split(std::string_view text) {
    const HostPort parts = split_address(text);
    return std::string(parts.host) + "|" + std::string(parts.port) +
           (parts.is_ambiguous ? "|?" : "");
}

TEST(Address, SplitsHostAndPort) {
    EXPECT_EQ(split("192.0.2.7:5222"), "192.0.2.7|5222");
    EXPECT_EQ(split("node.example:x"), "node.example|x");
    EXPECT_EQ(split("[2001:db8::7]:5222"), "2001:db8::7|5222");
    EXPECT_EQ(split("[2001:db8::7]"), "2001:db8::7|");
    EXPECT_EQ(split("node"), "node|");
    EXPECT_EQ(split("node:"), "node|");
    EXPECT_EQ(split(""), "|");
}

TEST(Address, KnowsWhatItCannotSplit) {
    EXPECT_EQ(split("2001:db8::7"), "2001:db8::7||?");
    EXPECT_EQ(split("::1:5222"), "::1:5222||?");
    EXPECT_EQ(split("1:2:3:4:5:6:7:8:5222"), "1:2:3:4:5:6:7:8:5222||?");
    EXPECT_EQ(split("http://node:5222"), "http://node|5222");
    EXPECT_EQ(split("a:1:2"), "a:1|2");
    EXPECT_EQ(split("[2001:db8::7"), "[2001:db8::7|");
    EXPECT_EQ(split("[::1]5222"), "[::1]5222|");
}

TEST(Address, GuessesWhereBracketsBelong) {
    EXPECT_EQ(with_brackets("::1:5222"), "[::1]:5222");
    EXPECT_EQ(with_brackets("2001:db8::1"), "[2001:db8::1]:5222");
    EXPECT_EQ(bracketed("::1"), "[::1]");
    EXPECT_EQ(bracketed("192.0.2.7"), "192.0.2.7");
}

TEST(Address, PortsAreWholeNumbersInRange) {
    EXPECT_EQ(parse_port("1"), 1);
    EXPECT_EQ(parse_port("65535"), 65'535);
    for (const char* wrong : {"", "0", "65536", "-1", "+1", "1 ", "0x10", "http"}) {
        EXPECT_EQ(parse_port(wrong), 0) << wrong;
    }
}

TEST(Address, NumbersAreNoNames) {
    EXPECT_TRUE(looks_like_ipv4("10.0.0.300"));
    EXPECT_TRUE(looks_like_ipv4("5222"));
    EXPECT_FALSE(looks_like_ipv4("node-1"));
    EXPECT_FALSE(looks_like_ipv4("1.example"));
}

TEST(Address, ServicesArePreparedNames) {
    EXPECT_EQ(prepared_service("_XMPP-Client._TCP.Core.example."),
              "_xmpp-client._tcp.core.example");
    EXPECT_EQ(prepared_service("_x._tcp.a"), "_x._tcp.a");
    EXPECT_EQ(prepared_service("_abcdefghijklmno._tcp.a"), "_abcdefghijklmno._tcp.a");
    const std::string label(62, 'a');
    const std::string longest = label + "." + label + "." + label;  // of 188 bytes
    EXPECT_TRUE(prepared_service("_xmpp-client._tcp." + longest + "." + std::string(46, 'a')));
    EXPECT_FALSE(prepared_service("_xmpp-client._tcp." + longest + "." + std::string(47, 'a')));
    for (const char* wrong :
         {"", "_", "_._tcp.a", "_x._tcp", "_x._tcp.", "_x._udp.a", "x._tcp.a", "_x.tcp.a",
          "_abcdefghijklmnop._tcp.a", "_a b._tcp.a", "_x._tcp.10.0.0.1", "_x._tcp.[::1]",
          "_x._tcp.a..b", "_tcp._x.a", "*._tcp.a"}) {
        EXPECT_FALSE(prepared_service(wrong)) << wrong;
    }
}

}  // namespace
}  // namespace conf
