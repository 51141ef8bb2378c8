// Values have units, ranges and forms.

#include "conf/load.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST(Load, TimesNeedUnitsAndRanges) {
    EXPECT_EQ(with("[limits]\nlogin = 30\n"),
              "11:9: error: limits: \"login\" needs a unit (write \"30s\")\n");
    EXPECT_EQ(with("[limits]\nlogin = \"30\"\n"),
              "11:9: error: limits: \"login\" is no time: \"30\" (write \"30s\")\n");
    EXPECT_EQ(with("[limits]\nlogin = \"1ms\"\n"),
              "11:9: error: limits: \"login\" is out of range (write a time from \"100ms\" to "
              "\"10m\")\n");
    EXPECT_EQ(with("[limits]\nlogin = \"99999999999999999999h\"\n"),
              "11:9: error: limits: \"login\" is out of range (write a time from \"100ms\" to "
              "\"10m\")\n");
    EXPECT_EQ(with("[limits]\nlogin = true\n"),
              "11:9: error: limits: \"login\" must be text, not true or false "
              "(write login = \"30s\"; units are ms, s, m, h, d)\n");
}

TEST(Load, HintsForUnitsAreNeverOutOfRange) {
    EXPECT_EQ(with("[limits]\nlogin = 0\n"),
              "11:9: error: limits: \"login\" needs a unit (\"0s\" is out of range: write a time "
              "from \"100ms\" to \"10m\")\n");
    EXPECT_EQ(with("[limits]\nstanza = 0\n"),
              "11:10: error: limits: \"stanza\" needs a unit (\"0B\" is out of range: write a size "
              "from \"10KB\" to \"64MiB\")\n");
    for (const char* wrong : {"-1", "99999999999999999999"}) {
        EXPECT_EQ(with("[limits]\nlogin = " + std::string(wrong) + "\n"),
                  "11:9: error: limits: \"login\" needs a unit (write login = \"30s\"; units are "
                  "ms, s, m, h, d)\n");
        EXPECT_EQ(with("[limits]\nstanza = " + std::string(wrong) + "\n"),
                  "11:10: error: limits: \"stanza\" needs a unit (write stanza = \"256KiB\"; "
                  "units are B, KB, KiB, MB, MiB)\n");
    }
}

TEST(Load, PathsHoldNoControlCharacters) {
    EXPECT_EQ(changed("\"certs\"", "\"certs\\u0000x\""),
              "3:12: error: tls: \"cert_dir\" holds a control character (write a path without "
              "any)\n");
    EXPECT_EQ(with("[admin]\nsocket = \"a\\u001B\"\n"),
              "11:10: error: admin: \"socket\" holds a control character (write a path without "
              "any)\n");
    EXPECT_EQ(changed("\"certs\"", "\"\""),
              "3:12: error: tls: \"cert_dir\" is empty (write the folder that holds "
              "DOMAIN/fullchain.pem and DOMAIN/privkey.pem)\n");
}

TEST(Load, SizesNeedUnitsAndRanges) {
    EXPECT_EQ(with("[limits]\nstanza = 10000\n"),
              "11:10: error: limits: \"stanza\" needs a unit (write \"10KB\")\n");
    EXPECT_EQ(with("[limits]\nstanza = \"9999B\"\n"),  // RFC 6120 section 13.12
              "11:10: error: limits: \"stanza\" is out of range (write a size from \"10KB\" to "
              "\"64MiB\")\n");
    EXPECT_EQ(loaded(kSmallest + "[limits]\nstanza = \"10000B\"\n").limits.stanza, 10'000U);
    EXPECT_EQ(with("[limits]\nstanza = \"big\"\n"),
              "11:10: error: limits: \"stanza\" is no size: \"big\" "
              "(write stanza = \"256KiB\"; units are B, KB, KiB, MB, MiB)\n");
}

TEST(Load, NumbersHaveRanges) {
    EXPECT_EQ(with("weight = -1\n"),
              "10:10: error: pool.main.backend \"127.0.0.1:15222\": \"weight\" is out of range "
              "(write a number from 0 to 65535)\n");
    EXPECT_NE(with("[worker]\nthreads = 0\n").find("write a number from 1 to 256"),
              std::string::npos);
    EXPECT_NE(with("[worker]\nthreads = 257\n").find("write a number from 1 to 256"),
              std::string::npos);
    EXPECT_EQ(loaded(kSmallest + "[worker]\nthreads = 256\n").worker.threads, 256U);
    EXPECT_NE(with("[worker]\nthreads = 99999999999999999999\n").find("out of range"),
              std::string::npos);
    EXPECT_NE(
        with("[worker]\nthreads = 2.0\n").find("must be a whole number, not a number with a point"),
        std::string::npos);
}

TEST(Load, ListenAddressesNeedAnAddressAndAPort) {
    const auto found = [](const std::string& address) {
        return changed("127.0.0.1:5222", address);
    };
    EXPECT_NE(found("0.0.0.0").find("a port is missing (write \"0.0.0.0:5222\")"),
              std::string::npos);
    EXPECT_NE(found("[::]").find("a port is missing (write \"[::]:5222\")"), std::string::npos);
    EXPECT_NE(found("::1:5222").find("an IPv6 address needs brackets (write \"[::1]:5222\")"),
              std::string::npos);
    EXPECT_NE(found("2001:db8::1").find("write \"[2001:db8::1]:5222\""), std::string::npos);
    EXPECT_NE(found("tcp://::5222").find("\"tcp://:\" is no IP address"), std::string::npos);
    EXPECT_NE(found("localhost:5222").find("\"localhost\" is no IP address"), std::string::npos);
    EXPECT_NE(found("127.0.0.1:0").find("\"0\" is no port from 1 to 65535"), std::string::npos);
    EXPECT_NE(found("127.0.0.1:65536").find("\"65536\" is no port"), std::string::npos);
    EXPECT_NE(found("[::1]5222").find("is no IP address"), std::string::npos);
    EXPECT_NE(found("[::1").find("is no IP address"), std::string::npos);
    EXPECT_NE(changed("address = \"127.0.0.1:5222\"\n", "").find("\"address\" is missing"),
              std::string::npos);
}

TEST(Load, BackendAddressesAreHostsWithOrWithoutPort) {
    const auto found = [](const std::string& address) {
        return changed("127.0.0.1:15222", address);
    };
    EXPECT_EQ(found("node-a.example.org"), "");
    EXPECT_NE(found("xmpp node:5222").find("is neither an IP address nor a host name"),
              std::string::npos);
    EXPECT_NE(
        found("10.0.0.300:5222").find("\"10.0.0.300\" is neither an IP address nor a host name"),
        std::string::npos);
    EXPECT_NE(found("a:").find("a port is missing"), std::string::npos);
    EXPECT_NE(found(":5222").find("neither"), std::string::npos);
    EXPECT_NE(found("a:http").find("\"http\" is no port"), std::string::npos);
    EXPECT_NE(found("::1").find("needs brackets (write \"[::1]:5222\")"), std::string::npos);
    EXPECT_NE(found("[node]:5222").find("neither"), std::string::npos);
}

TEST(Load, DomainNamesAreNamesOrOneLeadingStar) {
    for (const char* wrong :
         {"*.*.x", "a.*.x", "*.", "*x", "", "-a.example", "a b", "*.127.0.0.1"}) {
        const std::string found = changed("example.org", wrong);
        EXPECT_NE(found.find("not a domain name"), std::string::npos) << wrong << found;
    }
    for (const char* right : {"*", "*.example.org", "127.0.0.1", "example.org."}) {
        EXPECT_EQ(changed("example.org", right), "") << right;
    }
}

TEST(Load, DnsServersAreAddresses) {
    const auto found = [](const std::string& value) {
        return with("[dns]\nservers = " + value + "\n");
    };
    EXPECT_EQ(found("[]"), "");
    EXPECT_EQ(found("\"127.0.0.1\""),
              "11:11: error: dns: \"servers\" must be an array, not text (write servers = "
              "[\"127.0.0.1\"])\n");
    EXPECT_EQ(found("[\"127.0.0.1\", 53]"),
              "11:25: error: dns: \"servers\" holds a whole number, not text (write servers = "
              "[\"127.0.0.1:53\"])\n");
    EXPECT_EQ(found("[\"127.0.0.1\", \"resolver.example.org:53\"]"),
              "11:25: error: dns: \"resolver.example.org:53\" is no IP address (write "
              "\"127.0.0.1:53\" or \"[2001:db8::53]:53\")\n");
    EXPECT_EQ(found("[\"[::1]:x\"]"),
              "11:12: error: dns: \"x\" is no port from 1 to 65535 (write \"[::1]:53\")\n");
    EXPECT_NE(found("[\"127.0.0.1:\"]").find("is no port"), std::string::npos);
    EXPECT_NE(found("[\"127.0.0.1:0\"]").find("is no port"), std::string::npos);
    std::string nine = "[";
    for (int i = 1; i <= 9; ++i) nine += "\"127.0.0." + std::to_string(i) + "\",";
    EXPECT_NE(found(nine + "]").find("\"servers\" holds more than 8 (keep the first 8)"),
              std::string::npos);
}

TEST(Load, PathOfTheAdminSocketFitsASocketAddress) {
    const auto found = [](std::size_t size) {
        return with("[admin]\nsocket = \"/" + std::string(size - 1, 'x') + "\"\n");
    };
    EXPECT_EQ(found(107), "");
    EXPECT_NE(found(108).find("is longer than the 107 bytes that a socket's path may have (write a "
                              "shorter one, like \"/run/stanzagate/admin.sock\")"),
              std::string::npos);
}

TEST(Load, MonitoringHasAnAddressAndNames) {
    EXPECT_EQ(with("[admin]\nhttp = \"127.0.0.1:9280\"\nhttp_hosts = [\"Proxy.Internal\"]\n"), "");
    EXPECT_EQ(with("[admin]\nhttp = \"\"\n"), "");
    EXPECT_NE(with("[admin]\nhttp = \"localhost\"\n").find("11:8: error: admin: "),
              std::string::npos);
    EXPECT_NE(with("[admin]\nhttp_hosts = [\"a b\"]\n")
                  .find("\"a b\" is no name of a host (write names without a port"),
              std::string::npos);
}

TEST(Load, NamesAreFitForLogLines) {
    EXPECT_NE(with("name = \"a b\"\n").find("10:8: error"), std::string::npos);
    EXPECT_NE(with("name = \"\"\n").find("10:8: error"), std::string::npos);
    EXPECT_NE(with("[[pool.\"x/y\".backend]]\naddress = \"127.0.0.2:1\"\n")
                  .find("a name of 1 to 64 bytes"),
              std::string::npos);
}

TEST(Load, ReadsHowSessionsAreResumed) {
    const std::string whole = kHead + kDomain + kBackend;
    EXPECT_EQ(loaded(whole).resumption, Resumption{});
    const Resumption read =
        loaded(whole + "[resumption]\nkeys = \"/run/k\"\nremember = \"90s\"\nusers = 5000\n")
            .resumption;
    EXPECT_EQ(read.keys, "/run/k");
    EXPECT_EQ(read.remember, 90s);
    EXPECT_EQ(read.users, 5'000U);
    EXPECT_EQ(with("[resumption]\nremember = \"0s\"\n"),
              "11:12: error: resumption: \"remember\" is out of range (write a time from \"1s\" to "
              "\"7d\")\n");
    EXPECT_EQ(with("[resumption]\nusers = 10\n"),
              "11:9: error: resumption: \"users\" is out of range (write a number from 1000 to "
              "100000000)\n");
}

}  // namespace
}  // namespace conf
