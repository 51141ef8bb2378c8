#include "proxy/checks/likely_settings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace proxy {
namespace {

using conf::ProxyProtocol;

conf::Backend with(ProxyProtocol proxy, conf::BackendTls tls) {
    conf::Backend backend;
    backend.proxy = proxy;
    backend.tls = tls;
    return backend;
}

std::vector<std::string> changes(const conf::Backend& backend, Symptom symptom) {
    std::vector<std::string> all;
    for (const auto& other : likely_settings(backend, symptom))
        all.push_back(changed_setting(backend, other));
    return all;
}

using Changes = std::vector<std::string>;

TEST(LikelySettings, AServerThatWaitsMayWantAPROXYHeader) {
    const auto backend = with(ProxyProtocol::off, conf::BackendTls::off);
    EXPECT_EQ(changes(backend, Symptom::silent),
              (Changes{"proxy = \"v2\"", "proxy = \"v1\"", "tls = \"direct\""}));
    EXPECT_EQ(likely_remedy(backend, Symptom::silent),
              "the server may expect a PROXY header: try proxy = \"v2\"");
}

TEST(LikelySettings, AnAnswerThatIsNoXmppMayBeToAPROXYHeader) {
    const auto backend = with(ProxyProtocol::v2, conf::BackendTls::off);
    EXPECT_EQ(changes(backend, Symptom::not_xmpp),
              (Changes{"proxy = \"off\"", "proxy = \"v1\"", "tls = \"direct\""}));
    EXPECT_EQ(likely_remedy(backend, Symptom::not_xmpp),
              "the server may not expect a PROXY header: try proxy = \"off\"");
    EXPECT_EQ(likely_remedy(with(ProxyProtocol::v1, conf::BackendTls::off), Symptom::ended_early),
              "the server may not expect a PROXY header: try proxy = \"off\"");
}

TEST(LikelySettings, APortThatClosesOnClearBytesMaySpeakTls) {
    const auto backend = with(ProxyProtocol::off, conf::BackendTls::off);
    EXPECT_EQ(likely_remedy(backend, Symptom::ended_early),
              "the port may speak TLS from the first byte: try tls = \"direct\"");
    EXPECT_EQ(likely_remedy(backend, Symptom::not_xmpp),
              "the port may speak TLS from the first byte: try tls = \"direct\"");
    EXPECT_EQ(likely_remedy(with(ProxyProtocol::off, conf::BackendTls::starttls), Symptom::silent),
              "the port may speak TLS from the first byte: try tls = \"direct\"");
}

TEST(LikelySettings, APortThatRefusesTlsMayBeginInClear) {
    const auto backend = with(ProxyProtocol::v2, conf::BackendTls::direct);
    EXPECT_EQ(
        changes(backend, Symptom::tls_refused),
        (Changes{"tls = \"starttls\"", "tls = \"off\"", "proxy = \"off\"", "proxy = \"v1\""}));
    EXPECT_EQ(likely_remedy(backend, Symptom::tls_refused),
              "the port may begin in clear: try tls = \"starttls\"");
}

TEST(LikelySettings, NeverRepeatTheSettingsAndNeverTakeStarttlsAway) {
    for (const auto proxy : {ProxyProtocol::off, ProxyProtocol::v1, ProxyProtocol::v2}) {
        for (const auto tls :
             {conf::BackendTls::off, conf::BackendTls::starttls, conf::BackendTls::direct}) {
            for (const auto symptom :
                 {Symptom::silent, Symptom::ended_early, Symptom::not_xmpp, Symptom::tls_refused}) {
                const auto backend = with(proxy, tls);
                const auto others = likely_settings(backend, symptom);
                EXPECT_GE(others.size(), 3u);
                for (const auto& other : others) {
                    EXPECT_NE(other.proxy == proxy, other.tls == tls) << "one setting at a time";
                    EXPECT_FALSE(tls == conf::BackendTls::starttls &&
                                 other.tls == conf::BackendTls::off);
                }
            }
        }
    }
}

}  // namespace
}  // namespace proxy
