#include "proxy/checks/prober.h"

#include <gtest/gtest.h>

#include "core/proxy_protocol.h"
#include "proxy/legs/backend_tls.h"
#include "tests/support/fake_backend.h"
#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using balancer::HealthReason;
using test::FakeBackend;

constexpr std::string_view kProceed = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

class ProberTest : public testing::Test {
protected:
    core::EventLoop loop;
    dns::AddressResolver resolver{loop};
    OwnAddresses own;
    std::shared_ptr<const core::CertificateStore> certificates;
    conf::Backend backend;
    ProbeRequest request{
        .backend = {}, .domain = "example.org", .timeout = std::chrono::seconds(5)};
    std::unique_ptr<BackendTls> tls;
    std::unique_ptr<Probe> probe;
    std::optional<ProbeResult> result;

    ProberTest() {
        backend.name = "a";
        backend.host = "127.0.0.1";
    }

    void start(const core::Endpoint& target) {
        backend.port = target.port();
        conf::Config config;
        config.pools.push_back({.name = "main", .backends = {backend}});
        tls = BackendTls::create(config).value();
        request.backend = backend;
        probe = start_probe({.loop = loop,
                             .resolver = resolver,
                             .tls = *tls,
                             .own = own,
                             .certificates = certificates.get()},
                            request, [this](const ProbeResult& found) { result = found; });
        EXPECT_FALSE(result) << "never from within the call";
    }
    ProbeResult check(const core::Endpoint& target) {
        start(target);
        EXPECT_TRUE(test::run_until(loop, [this] { return result.has_value(); }));
        return result.value_or(ProbeResult{});
    }
    void expect_passed(const ProbeResult& found) {
        EXPECT_EQ(found.failure, std::nullopt) << found.detail;
        ASSERT_TRUE(found.offer.has_value());
        EXPECT_EQ(found.offer->features, test::kServerFeatures);
        EXPECT_NE(found.offer->sasl, "");
        EXPECT_GE(found.took.count(), 1);
    }
};

bool names(const ProbeResult& result, std::string_view words) {
    return result.detail.find(words) != std::string::npos;
}

TEST_F(ProberTest, ReadsFeaturesAndEndsTheStreamInOrder) {
    FakeBackend server(loop, test::answering_features());
    expect_passed(check(server.address()));
    auto& peer = *server.peers.at(0);
    ASSERT_TRUE(test::run_until(loop, [&] { return peer.has_ended; }));
    EXPECT_TRUE(peer.has("to='example.org'"));
    EXPECT_TRUE(peer.received.ends_with("</stream:stream>"));
    EXPECT_FALSE(peer.has_broken);
    EXPECT_EQ(server.peers.size(), 1u);
}

/// Answers headers that name a user with `for_users`, others with features.
FakeBackend::Behaviour telling_users_apart(std::string for_users) {
    return [answer = test::answering_features(), for_users](FakeBackend::Peer& peer) {
        if (peer.has("from='nobody@example.org'")) {
            if (peer.step++ == 0)
                peer.connection.send(std::string(test::kServerHeader) + for_users);
            if (peer.has("</stream:stream>")) peer.connection.finish();
        } else {
            answer(peer);
        }
    };
}

TEST_F(ProberTest, AsksForBothFormsAtOnce) {
    const std::string for_users =
        "<stream:features><authentication xmlns='urn:xmpp:sasl:2'><mechanism>PLAIN</mechanism>"
        "</authentication></stream:features>";
    FakeBackend server(loop, telling_users_apart(for_users));
    request.asks_both = true;
    const auto found = check(server.address());
    expect_passed(found);
    ASSERT_TRUE(found.user_offer.has_value()) << found.user_refusal;
    EXPECT_EQ(found.user_offer->features, for_users);
    EXPECT_EQ(found.user_offer->sasl, "SASL2 PLAIN");
    EXPECT_EQ(server.peers.size(), 2u);

    request.asks_both = false;
    request.form = HeaderForm::user;
    result.reset();
    const auto of_user = check(server.address());
    EXPECT_EQ(of_user.offer, std::nullopt);
    EXPECT_EQ(of_user.user_offer, found.user_offer);
    EXPECT_EQ(server.peers.size(), 3u);
}

TEST_F(ProberTest, ARefusalOfUsersIsToldBesideTheVerdict) {
    FakeBackend server(
        loop, telling_users_apart("<stream:error><invalid-from xmlns='urn:ietf:params:xml:ns:"
                                  "xmpp-streams'/></stream:error></stream:stream>"));
    request.asks_both = true;
    const auto found = check(server.address());
    expect_passed(found);
    EXPECT_EQ(found.user_offer, std::nullopt);
    EXPECT_EQ(found.user_refusal, "stream error invalid-from");
}

TEST_F(ProberTest, ADeadBackendIsToldOnceForBothForms) {
    FakeBackend server(loop, [](FakeBackend::Peer&) {});
    const auto address = server.address();
    server.close();
    request.asks_both = true;
    const auto found = check(address);
    EXPECT_EQ(found.failure, HealthReason::connect_failed);
    EXPECT_EQ(found.user_refusal, "");
}

TEST_F(ProberTest, WaitsForAnAnswerNoLongerThanSessions) {
    request.answer_timeout = std::chrono::milliseconds(50);
    FakeBackend server(loop, [](FakeBackend::Peer&) {});
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::timed_out);
    EXPECT_EQ(found.detail, "no features within 50 ms");
}

TEST_F(ProberTest, SendsAProxyHeaderLikeThatOfASecureClient) {
    backend.proxy = conf::ProxyProtocol::v2;
    FakeBackend server(loop, test::answering_features());
    expect_passed(check(server.address()));
    const auto decoded = core::decode_proxy(server.peers.at(0)->received);
    const auto* found = std::get_if<core::ProxyDecoded>(&decoded);
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->header.destination, server.address());
    EXPECT_NE(found->header.source.port(), 0);
    EXPECT_TRUE(found->header.is_tls);
}

TEST_F(ProberTest, SaysWhatABackendAnswers) {
    FakeBackend server(loop, test::answering(std::string(test::kServerHeader) +
                                             "<stream:error><host-unknown xmlns='urn:ietf:params:"
                                             "xml:ns:xmpp-streams'/></stream:error>"
                                             "</stream:stream>"));
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::bad_answer);
    EXPECT_TRUE(names(found, "does not serve example.org")) << found.detail;
    EXPECT_EQ(found.offer, std::nullopt);
}

TEST_F(ProberTest, NobodyListens) {
    FakeBackend server(loop, [](FakeBackend::Peer&) {});
    const auto address = server.address();
    server.close();
    const auto found = check(address);
    EXPECT_EQ(found.failure, HealthReason::connect_failed);
    EXPECT_TRUE(names(found, address.to_string() + ": Connection refused")) << found.detail;
}

TEST_F(ProberTest, TheAddressIsOurOwn) {
    FakeBackend server(loop, test::answering_features());
    own = OwnAddresses({server.address()}, {});
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::connect_failed);
    EXPECT_TRUE(names(found, "listener of stanzagate itself")) << found.detail;
    EXPECT_TRUE(server.peers.empty());
}

TEST_F(ProberTest, ASilentBackendTimesOut) {
    request.timeout = std::chrono::milliseconds(50);
    FakeBackend server(loop, [](FakeBackend::Peer&) {});
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::timed_out);
    EXPECT_EQ(found.detail, "no features within 50 ms");
    ASSERT_TRUE(test::run_until(loop, [&] { return server.peers.at(0)->has_ended; }));
}

TEST_F(ProberTest, ABackendThatClosesHasEndedEarly) {
    FakeBackend server(loop, [](FakeBackend::Peer& peer) {
        if (peer.has("version='1.0'>")) peer.connection.finish();
    });
    EXPECT_EQ(check(server.address()).failure, HealthReason::ended_early);
}

TEST_F(ProberTest, LooksThroughDirectTls) {
    backend.tls = conf::BackendTls::direct;
    backend.tls_verify = false;
    FakeBackend server(loop, [answer = test::answering_features()](FakeBackend::Peer& peer) {
        if (peer.connection.ssl() == nullptr) peer.start_tls();
        answer(peer);
    });
    server.certify("example.org");
    expect_passed(check(server.address()));
    EXPECT_TRUE(server.peers.at(0)->connection.is_secure());
}

/// Offers STARTTLS, and behind it features.
void speak_starttls(FakeBackend::Peer& peer) {
    static const auto answer = test::answering_features();
    if (peer.connection.ssl() != nullptr) {
        answer(peer);
    } else if (peer.has("<starttls")) {
        peer.received.clear();
        peer.connection.send(kProceed);
        peer.start_tls();
    } else if (peer.has("version='1.0'>")) {
        peer.connection.send(std::string(test::kServerHeader) +
                             "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>"
                             "<required/></starttls></stream:features>");
    }
}

TEST_F(ProberTest, LooksThroughStarttls) {
    backend.tls = conf::BackendTls::starttls;
    backend.tls_verify = false;
    FakeBackend server(loop, speak_starttls);
    server.certify("example.org");
    expect_passed(check(server.address()));
}

TEST_F(ProberTest, FeaturesInClearMayBeAsManyAsBehindTls) {
    backend.tls = conf::BackendTls::starttls;
    backend.tls_verify = false;
    FakeBackend server(loop, [](FakeBackend::Peer& peer) {
        if (peer.connection.ssl() != nullptr || peer.has("<starttls")) return speak_starttls(peer);
        if (!peer.has("version='1.0'>")) return;
        std::string features =
            "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
        for (int i = 0; i < 500; ++i) features += "<feature xmlns='urn:x'/>";
        peer.connection.send(std::string(test::kServerHeader) + features + "</stream:features>");
    });
    server.certify("example.org");
    expect_passed(check(server.address()));
}

TEST_F(ProberTest, ACertificateThatDoesNotHoldFails) {
    backend.tls = conf::BackendTls::starttls;
    FakeBackend server(loop, speak_starttls);
    server.certify("example.org");
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::tls_failed);
    EXPECT_TRUE(names(found, "certificate refused")) << found.detail;
}

TEST_F(ProberTest, ABackendWithoutStarttlsFailsWithARemedy) {
    backend.tls = conf::BackendTls::starttls;
    backend.tls_verify = false;
    FakeBackend server(loop, test::answering_features());
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::tls_failed);
    EXPECT_TRUE(names(found, "let the server offer STARTTLS")) << found.detail;
}

TEST_F(ProberTest, ABackendThatInsistsOnTlsFailsWithARemedy) {
    FakeBackend server(loop, speak_starttls);
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::bad_answer);
    EXPECT_TRUE(names(found, "tls = \"starttls\"")) << found.detail;
}

/// A backend that has to show what its clients are shown.
class SameCertificateProber : public ProberTest {
protected:
    SameCertificateProber() {
        backend.tls = conf::BackendTls::direct;
        backend.tls_verify = false;
        backend.channel_binding = conf::ChannelBinding::same_certificate;
    }
    /// A pair of the domain in cert_dir.
    void show(const test::Issued& issued, const std::string& suffix = "",
              const std::string& folder = "example.org") {
        test::write_pair(folder_.path() / folder, issued, suffix);
        certificates = core::CertificateStore::load(folder_.path()).value();
    }

    FakeBackend server{loop, [answer = test::answering_features()](FakeBackend::Peer& peer) {
                           if (peer.connection.ssl() == nullptr) peer.start_tls();
                           answer(peer);
                       }};
    test::TempDir folder_;
    test::Issued ecdsa = test::issue({.dns_names = {"example.org"}});
    test::Issued rsa = test::issue({.dns_names = {"example.org"}}, test::KeyType::rsa);
};

TEST_F(SameCertificateProber, ThatOfClientsPasses) {
    server.certify(ecdsa);
    show(ecdsa);
    expect_passed(check(server.address()));
    EXPECT_EQ(server.peers.size(), 1u);
}

TEST_F(SameCertificateProber, ThatOfTheDefaultFolderIsWhatOtherDomainsAreShown) {
    server.certify(ecdsa);
    show(ecdsa, "", "default");
    expect_passed(check(server.address()));
}

TEST_F(SameCertificateProber, AnotherFailsWithBothAndARemedy) {
    server.certify(test::issue({.dns_names = {"example.org"}, .serial = 2}));
    show(ecdsa);
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::certificate_differs);
    for (const char* words : {"it shows SHA-256 ", "and clients are shown SHA-256 ", "renew both"})
        EXPECT_TRUE(names(found, words)) << found.detail;
    EXPECT_EQ(server.peers.at(0)->received, "");
}

TEST_F(SameCertificateProber, BothKindsHaveToBeThere) {
    server.certify(ecdsa);
    server.certify(rsa);
    show(ecdsa);
    show(rsa, "-rsa");
    expect_passed(check(server.address()));
    EXPECT_EQ(server.peers.size(), 2u);
}

TEST_F(SameCertificateProber, AKindThatClientsAreShownAndTheBackendLacksFails) {
    server.certify(ecdsa);
    show(ecdsa);
    show(rsa, "-rsa");
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::tls_failed);
    EXPECT_TRUE(names(found, "asked for was SHA-256 ")) << found.detail;
}

TEST_F(SameCertificateProber, ADomainWithoutACertificateFails) {
    server.certify(ecdsa);
    show(ecdsa, "", "a.example");
    show(ecdsa, "", "b.example");
    request.domain = "example.net";
    const auto found = check(server.address());
    EXPECT_EQ(found.failure, HealthReason::certificate_differs);
    EXPECT_TRUE(names(found, "is not known")) << found.detail;
}

TEST_F(SameCertificateProber, BehindAWildcardNothingIsCompared) {
    server.certify(rsa);
    show(ecdsa);
    request.wants_features = false;
    EXPECT_EQ(check(server.address()).failure, std::nullopt);
}

TEST_F(SameCertificateProber, BackendsWithoutTheKeyMayShowAny) {
    backend.channel_binding = conf::ChannelBinding::none;
    server.certify(rsa);
    show(ecdsa);
    expect_passed(check(server.address()));
}

TEST_F(ProberTest, AProbeThatIsDestroyedTellsNothing) {
    FakeBackend server(loop, [](FakeBackend::Peer&) {});
    start(server.address());
    ASSERT_TRUE(test::run_until(loop, [&] { return !server.peers.empty(); }));
    probe.reset();
    ASSERT_TRUE(test::run_until(loop, [&] { return server.peers.at(0)->has_ended; }));
    EXPECT_FALSE(result.has_value());
}

TEST_F(ProberTest, AProbeMayBeDestroyedByItsResult) {
    FakeBackend server(loop, test::answering_features());
    conf::Config config;
    tls = BackendTls::create(config).value();
    backend.port = server.address().port();
    request.backend = backend;
    probe = start_probe({.loop = loop, .resolver = resolver, .tls = *tls, .own = own}, request,
                        [this](const ProbeResult& found) {
                            result = found;
                            probe.reset();
                        });
    ASSERT_TRUE(test::run_until(loop, [this] { return result.has_value(); }));
    auto& peer = *server.peers.at(0);
    ASSERT_TRUE(test::run_until(loop, [&] { return peer.has_ended; }));
    EXPECT_TRUE(peer.received.ends_with("</stream:stream>"));
    EXPECT_FALSE(peer.has_broken) << "the backend's own end of the stream has been waited for";
}

TEST_F(ProberTest, ABackendThatNeverEndsItsStreamPassesAllTheSame) {
    FakeBackend server(loop, [](FakeBackend::Peer& peer) {
        if (peer.step++ == 1) {
            peer.connection.send(std::string(test::kServerHeader).append(test::kServerFeatures));
        }
    });
    const auto found = check(server.address());
    expect_passed(found);
    EXPECT_LT(found.took.count(), 500) << "the goodbye is no part of it";
    EXPECT_TRUE(server.peers.at(0)->received.ends_with("</stream:stream>"));
}

}  // namespace
}  // namespace proxy
