#include "proxy/legs/proxy_protocol.h"

#include <gtest/gtest.h>

#include "core/proxy_protocol.h"

namespace proxy {
namespace {

ClientFacts facts() {
    ClientFacts facts;
    facts.client = core::Endpoint::parse("192.0.2.7:50122").value();
    facts.local = core::Endpoint::parse("198.51.100.1:5223").value();
    facts.unique_id = "w2-418";
    facts.is_secure = true;
    facts.tls_version = "TLSv1.3";
    facts.tls_cipher = "TLS_AES_128_GCM_SHA256";
    facts.alpn = "xmpp-client";
    facts.sni = "example.org";
    return facts;
}

conf::Backend speaking(conf::ProxyProtocol version, bool is_told = false) {
    conf::Backend backend;
    backend.proxy = version;
    if (is_told) backend.channel_binding = conf::ChannelBinding::told;
    return backend;
}

core::ProxyHeader read(const std::string& preamble) {
    const core::ProxyDecodeResult result = core::decode_proxy(preamble);
    const auto* decoded = std::get_if<core::ProxyDecoded>(&result);
    EXPECT_NE(decoded, nullptr);
    return decoded == nullptr ? core::ProxyHeader{} : decoded->header;
}

TEST(ProxyPreamble, IsEmptyWhenOff) {
    EXPECT_EQ(proxy_preamble(speaking(conf::ProxyProtocol::off), facts()), "");
    EXPECT_EQ(probe_preamble(speaking(conf::ProxyProtocol::off), facts().client, facts().local,
                             "a.example"),
              "");
}

TEST(ProxyPreamble, CarriesEveryFactInVersion2) {
    const core::ProxyHeader header =
        read(proxy_preamble(speaking(conf::ProxyProtocol::v2), facts()));
    EXPECT_EQ(header.source, facts().client);
    EXPECT_EQ(header.destination, facts().local);
    EXPECT_EQ(header.unique_id, "w2-418");
    EXPECT_TRUE(header.is_tls);
    EXPECT_EQ(header.tls_version, "TLSv1.3");
    EXPECT_EQ(header.tls_cipher, "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(header.alpn, "xmpp-client");
    EXPECT_EQ(header.authority, "example.org");
}

TEST(ProxyPreamble, ClaimsNoTlsForAClearClient) {
    ClientFacts clear = facts();
    clear.is_secure = false;
    const core::ProxyHeader header = read(proxy_preamble(speaking(conf::ProxyProtocol::v2), clear));
    EXPECT_FALSE(header.is_tls);
    EXPECT_EQ(header.alpn, "");
    EXPECT_EQ(header.authority, "");
    EXPECT_EQ(header.unique_id, "w2-418");
}

TEST(ProxyPreamble, WritesAVersion1Line) {
    EXPECT_EQ(proxy_preamble(speaking(conf::ProxyProtocol::v1), facts()),
              "PROXY TCP4 192.0.2.7 198.51.100.1 50122 5223\r\n");
}

TEST(ProxyPreamble, AProbeSpeaksForItsOwnSocketAndNotAsLocal) {
    const core::ProxyHeader header = read(probe_preamble(
        speaking(conf::ProxyProtocol::v2), facts().client, facts().local, "a.example"));
    EXPECT_FALSE(header.is_local);
    EXPECT_EQ(header.source, facts().client);
    EXPECT_EQ(header.destination, facts().local);
}

TEST(ProxyPreamble, AProbeLooksLikeASecureClient) {
    const core::ProxyHeader header = read(probe_preamble(
        speaking(conf::ProxyProtocol::v2), facts().client, facts().local, "a.example"));
    EXPECT_TRUE(header.is_tls);
    EXPECT_EQ(header.tls_version, "TLSv1.3");
    EXPECT_NE(header.tls_cipher, "");
    EXPECT_EQ(header.authority, "a.example");
}

TEST(ProxyPreamble, TellsWhatLoginsAreBoundToOnlyWhereConfigured) {
    ClientFacts bound = facts();
    bound.bindings.exporter = core::ChannelBinding(std::string(32, 'e'));
    bound.bindings.server_end_point = core::ChannelBinding(std::string(48, 'h'));
    const conf::Backend told = speaking(conf::ProxyProtocol::v2, true);
    const conf::Backend other = speaking(conf::ProxyProtocol::v2);
    EXPECT_TRUE(read(proxy_preamble(told, bound)).bindings == bound.bindings);
    EXPECT_TRUE(read(proxy_preamble(other, bound)).bindings.empty());
    EXPECT_TRUE(read(proxy_preamble(told, facts())).bindings.empty());
}

TEST(ProxyPreamble, AProbeIsBoundWhereSessionsAre) {
    const auto probe = [](bool channel_binding) {
        return read(probe_preamble(speaking(conf::ProxyProtocol::v2, channel_binding),
                                   facts().client, facts().local, "a.example"));
    };
    EXPECT_FALSE(probe(true).bindings.exporter.empty());
    EXPECT_FALSE(probe(true).bindings.server_end_point.empty());
    EXPECT_TRUE(probe(false).bindings.empty());
}

}  // namespace
}  // namespace proxy
