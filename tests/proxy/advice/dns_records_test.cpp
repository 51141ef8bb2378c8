#include "proxy/advice/dns_records.h"

#include <gtest/gtest.h>

#include "proxy/advice/dns_text.h"

namespace proxy {
namespace {

class DnsRecords : public ::testing::Test {
protected:
    using enum conf::ListenKind;
    using enum RecordState;
    using States = std::vector<RecordState>;
    using Lines = std::vector<std::string>;
    static constexpr const char* kClear = "_xmpp-client._tcp.example.org";
    static constexpr const char* kDirect = "_xmpps-client._tcp.example.org";

    DnsRecords() {
        config_.domains = {{.name = "example.org", .pool = "main"},
                           {.name = "*.example.net", .pool = "main"}};
        listen(5222, c2s);
        listen(5223, c2s_tls);
        says(kClear, {});
        says(kDirect, {});
        published_.hosts.emplace("x.example.org",
                                 std::vector{*core::Endpoint::parse("192.0.2.7:0")});
    }
    conf::Listen& listen(std::uint16_t port, conf::ListenKind kind) {
        config_.listen.push_back(
            {.address = *core::Endpoint::from_address("0.0.0.0", port), .kind = kind});
        return config_.listen.back();
    }
    /// An empty target is the root.
    void says(const std::string& service, std::vector<dns::SrvRecord> records) {
        published_.services.insert_or_assign(service, dns::make_srv_set(std::move(records)));
    }
    void says_all_right() {
        says(kClear, {{0, 5, 5222, "x.example.org"}});
        says(kDirect, {{0, 5, 5223, "x.example.org"}});
    }
    DomainRecords made(const std::string& host = "") const {
        return domain_records(config_, "example.org", host, published_);
    }
    std::vector<RecordState> states(const std::string& host = "") const {
        std::vector<RecordState> all;
        for (const RecordFinding& finding : made(host).findings) all.push_back(finding.state);
        return all;
    }

    conf::Config config_;
    Published published_;
};

TEST_F(DnsRecords, AreRightWhereEachPortIsPublished) {
    says_all_right();
    EXPECT_EQ(states(), (States{right, right}));
    EXPECT_TRUE(made().is_fine());
    EXPECT_EQ(made().zone,
              (Lines{"_xmpp-client._tcp.example.org. IN SRV 0 5 5222 x.example.org.",
                     "_xmpps-client._tcp.example.org. IN SRV 0 5 5223 x.example.org."}));
}

TEST_F(DnsRecords, ThatAreMissingHaveAPlaceholder) {
    EXPECT_EQ(states(), (States{missing, missing}));
    EXPECT_EQ(made().target, kUnknownHost);
    EXPECT_EQ(made().zone.front(),
              "_xmpp-client._tcp.example.org. IN SRV 0 5 5222 NAME-OF-THIS-PROXY.");
    EXPECT_EQ(made("y.example.org").zone.front(),
              "_xmpp-client._tcp.example.org. IN SRV 0 5 5222 y.example.org.");
}

TEST_F(DnsRecords, ThatAreMissingPointWhereOthersDo) {
    says(kDirect, {{7, 8, 5223, "x.example.org"}});
    EXPECT_EQ(states(), (States{missing, right}));
    EXPECT_EQ(made().zone,
              (Lines{"_xmpp-client._tcp.example.org. IN SRV 0 5 5222 x.example.org.",
                     "_xmpps-client._tcp.example.org. IN SRV 7 8 5223 x.example.org."}));
}

TEST_F(DnsRecords, OfOtherProxiesAreNotThoseOfThisOne) {
    says_all_right();
    EXPECT_EQ(states("y.example.org"), (States{right, missing, right, missing}));
    published_.hosts.emplace("y.example.org", core::fail(dns::Problem::no_data));
    EXPECT_NE(made("y.example.org").findings[1].what.find("y.example.org, which has no address"),
              std::string::npos);
}

TEST_F(DnsRecords, NameAPortOfTheirService) {
    says(kClear, {{0, 5, 5223, "x.example.org"}});
    says(kDirect, {{0, 5, 5223, "x.example.org"}, {0, 5, 5269, "x.example.org"}});
    EXPECT_EQ(states(), (States{wrong_port, missing, right, wrong_port}));
    EXPECT_EQ(made().findings[0].what,
              "port 5223 of x.example.org is not listened on for this, but for _xmpps-client._tcp");
    EXPECT_EQ(made().findings[3].what, "port 5269 of x.example.org is not listened on");
    EXPECT_EQ(made().zone.size(), 2U);  // without what is wrong
}

TEST_F(DnsRecords, OfPortsThatNobodyListensOnAreWrong) {
    config_.listen.erase(config_.listen.begin());
    EXPECT_EQ(states(), States{missing});
    says_all_right();
    EXPECT_EQ(states(), (States{wrong_port, right}));
    says(kClear, {{0, 0, 0, ""}});
    EXPECT_EQ(states(), States{right});
}

TEST_F(DnsRecords, OfWebListenersThatServeDirectTls) {
    says_all_right();
    listen(443, web);
    EXPECT_EQ(states(), (States{right, right}));
    config_.listen.back().xmpp = true;
    EXPECT_EQ(states(), (States{right, right, missing}));
}

TEST_F(DnsRecords, MayRefuseTheService) {
    says_all_right();
    says(kClear, {{0, 0, 0, ""}});
    EXPECT_EQ(states(), (States{no_service, right}));
    EXPECT_EQ(made().zone.size(), 2U);
}

TEST_F(DnsRecords, PointToHostsWithAnAddress) {
    says_all_right();
    for (const auto problem : {dns::Problem::no_such_name, dns::Problem::no_data}) {
        published_.hosts.insert_or_assign("x.example.org", core::fail(problem));
        EXPECT_EQ(states(), (States{no_address, no_address}));
    }
    published_.hosts.insert_or_assign("x.example.org", core::fail(dns::Problem::server_failed));
    EXPECT_EQ(states(), (States{unknown, unknown}));
    published_.hosts.clear();
    EXPECT_EQ(states(), (States{unknown, unknown}));
}

TEST_F(DnsRecords, AreUnknownWithoutDns) {
    published_.services.clear();
    EXPECT_EQ(states(), (States{unknown, unknown}));
    EXPECT_EQ(made().findings[0].what, "DNS does not answer (timeout)");
    EXPECT_EQ(made().zone.size(), 2U);
}

TEST_F(DnsRecords, OfLongNamesAreBroken) {
    const std::string label(60, 'a');
    const std::string domain = label + "." + label + ".example.org";
    config_.domains = {{.name = domain, .pool = "main"}};
    EXPECT_EQ(domain_records(config_, domain, "", {}).zone.front(),
              "_xmpp-client._tcp." + domain + ". IN SRV (\n    0 5 5222 NAME-OF-THIS-PROXY. )");
}

TEST_F(DnsRecords, AreNotOfWildcardsAndAddresses) {
    EXPECT_TRUE(has_records("example.org"));
    for (const auto* name : {"*", "*.example.org", "192.0.2.7", "[2001:db8::7]"})
        EXPECT_FALSE(has_records(name)) << name;
}

TEST_F(DnsRecords, AreOfNamesThatAreServed) {
    for (const auto* name : {"example.org", "a.example.net"})
        EXPECT_TRUE(is_served(config_, name)) << name;
    for (const auto* name : {"a.example.org", "example.net", "a.b.example.net", "net"})
        EXPECT_FALSE(is_served(config_, name)) << name;
    config_.domains.push_back({.name = "*", .pool = "main"});
    EXPECT_TRUE(is_served(config_, "net"));
}

TEST_F(DnsRecords, SendWebClientsToAPort) {
    EXPECT_EQ(web_host(config_, "x"), "");
    listen(80, web_clear);
    EXPECT_EQ(web_host(config_, "x"), "");
    config_.listen.back().trust = {*core::AddressBlock::parse("10.0.0.0/8")};
    EXPECT_EQ(web_host(config_, "x"), "x");
    config_.listen.pop_back();
    listen(8443, web);
    EXPECT_EQ(web_host(config_, "x"), "x:8443");
    config_.listen.back().address = config_.listen.back().address.with_port(443);
    EXPECT_EQ(web_host(config_, "x"), "x");
    config_.web.bosh = config_.web.websocket = "";
    EXPECT_EQ(web_host(config_, "x"), "");
}

TEST_F(DnsRecords, AsTextAreAZone) {
    says(kClear, {{0, 5, 5269, "x.example.org"}});
    const std::string text = records_text(made(), {.xrd = "<XRD>\n</XRD>\n", .json = "{}"});
    EXPECT_TRUE(text.starts_with(
        "; example.org:\n_xmpp-client._tcp.example.org. IN SRV 0 5 5222 x.example.org.\n"))
        << text;
    EXPECT_NE(text.find("\n; missing: _xmpps-client._tcp.example.org: no record for port 5223\n"),
              text.npos)
        << text;
    EXPECT_NE(text.find("\n; <XRD>\n; </XRD>\n"), text.npos) << text;
    EXPECT_EQ(text.find(kUnknownHost), text.npos) << text;
}

}  // namespace
}  // namespace proxy
