#include "proxy/legs/tcp_backend_link.h"

#include <gtest/gtest.h>

#include <map>
#include <utility>

#include "tests/proxy/legs/link_scene.h"
#include "tests/support/dnsmasq.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

using balancer::HealthReason;
using proxy::test::BackendLinkListener;
using ::test::FakeBackend;

class TcpBackendLinkTest : public proxy::test::LinkScene {};

TEST_F(TcpBackendLinkTest, IsLeftWithoutAWordMoreOfTheBackend) {
    FakeBackend server(loop, ::test::answering_features());
    add(server);
    open();
    ASSERT_TRUE(opens());
    ASSERT_TRUE(wait([&] { return session.received.ends_with(::test::kServerFeatures); }));
    session.received.clear();
    link->send("</stream:stream>");
    link->leave(Parting::said);
    EXPECT_FALSE(link->is_gone());
    ASSERT_TRUE(wait([&] { return session.is_gone; }));
    EXPECT_TRUE(link->is_gone());
    EXPECT_EQ(session.received, "") << "the backend's end tag is not for a session that is over";
    EXPECT_FALSE(session.has_ended);
}

TEST_F(TcpBackendLinkTest, OfALostClientTheBackendSeesWhatItsConfigurationSays) {
    for (const auto loss : {conf::OnClientLoss::fin, conf::OnClientLoss::reset}) {
        FakeBackend server(loop, ::test::answering_features());
        config.pools[0].backends.clear();
        session = {};
        add(server.address().address_text(), server.address().port()).on_client_loss = loss;
        open();
        ASSERT_TRUE(opens());
        ASSERT_TRUE(wait([&] { return session.received.ends_with(::test::kServerFeatures); }));
        link->leave(Parting::client_lost);
        const FakeBackend::Peer& peer = *server.peers.at(0);
        ASSERT_TRUE(wait([&] { return peer.has_ended || peer.has_broken; }));
        EXPECT_EQ(peer.has_broken, loss == conf::OnClientLoss::reset);
        link.reset();
    }
}

TEST_F(TcpBackendLinkTest, IsGoneAtOnceWhenItIsLeftOrAbandonedBeforeItIsOpen) {
    for (const bool is_left : {true, false}) {
        FakeBackend server(loop, ::test::answering_features());
        config.pools[0].backends.clear();
        add(server);
        open();
        if (is_left) {
            link->leave(Parting::client_lost);
        } else {
            link->abandon();
        }
        EXPECT_TRUE(link->is_gone());
        EXPECT_EQ(sessions(0), 0u);
        link.reset();
    }
}

TEST_F(TcpBackendLinkTest, CarriesBytesBothWays) {
    FakeBackend server(loop, ::test::answering_features());
    add(server);
    open();
    ASSERT_TRUE(opens());
    EXPECT_EQ(link->backend_name(), "0");
    EXPECT_EQ(link->backend_id(), balancer::BackendId(0));
    EXPECT_EQ(sessions(0), 1u);
    ASSERT_TRUE(wait([&] { return session.received.ends_with(::test::kServerFeatures); }));
    link->settle();
    link->send("</stream:stream>");
    link->finish();
    ASSERT_TRUE(wait([&] { return session.has_ended; }));
    EXPECT_TRUE(session.received.ends_with("</stream:stream>"));
    link.reset();
    EXPECT_EQ(sessions(0), 0u);
    EXPECT_TRUE(reported.empty());
}

TEST_F(TcpBackendLinkTest, TriesTheNextCandidateAndReportsTheFirst) {
    const auto dead = dead_end();
    FakeBackend server(loop, ::test::answering_features());
    add(dead.address_text(), dead.port());
    add(server);
    open();
    ASSERT_TRUE(opens());
    EXPECT_EQ(link->backend_id(), balancer::BackendId(1));
    EXPECT_EQ(sessions(0), 0u);
    EXPECT_EQ(sessions(1), 1u);
    ASSERT_TRUE(wait([&] { return !reported.empty(); }));
    EXPECT_EQ(reported, (std::map<std::uint32_t, HealthReason>{{0, HealthReason::connect_failed}}));
}

TEST_F(TcpBackendLinkTest, FailsWhenAllCandidatesHaveFailed) {
    for (const auto& dead : {dead_end(), dead_end()}) add(dead.address_text(), dead.port());
    open();
    ASSERT_TRUE(wait([&] { return session.failed.has_value(); }));
    EXPECT_EQ(session.failed, LinkFailure::unreachable);
    EXPECT_EQ(sessions(0) + sessions(1), 0u);
    ASSERT_TRUE(wait([&] { return reported.size() == 2; }));
}

TEST_F(TcpBackendLinkTest, NoCandidateGetsMoreThanItsLoginRateByFailover) {
    const auto dead = dead_end();
    FakeBackend server(loop, ::test::answering_features());
    add(dead.address_text(), dead.port());
    add(server);
    config.pools[0].login_rate = 1;
    open();
    ASSERT_TRUE(opens()) << "it has one to give";
    EXPECT_EQ(link->backend_id(), balancer::BackendId(1));
    link->abandon();
    session = {};
    router->note_success(router->pool_of("example.org")->members()[0]);
    router->route({.domain = "example.org"}, core::Clock::now())
        .value();  // that one's turn is next
    look_for_backend();
    ASSERT_TRUE(wait([&] { return session.held_after > 0 || session.opened > 0; }));
    EXPECT_EQ(session.held_after, 0b01U);
    EXPECT_EQ(session.failed, LinkFailure::unreachable);
    EXPECT_EQ(server.peers.size(), 1U);
    EXPECT_EQ(sessions(0) + sessions(1), 0U);
    EXPECT_TRUE(link->is_gone());
    const auto later = core::Clock::now() + std::chrono::milliseconds(700);
    wait(
        [&] { return core::Clock::now() > later; });  // no timer of it runs while its session waits
    EXPECT_EQ(server.peers.size(), 1U);
    link->leave(Parting::client_lost);
}

TEST_F(TcpBackendLinkTest, NeverConnectsToItself) {
    FakeBackend own_listener(loop, ::test::answering_features());
    own = OwnAddresses({own_listener.address()}, {});
    add(own_listener);
    open();
    ASSERT_TRUE(wait([&] { return session.failed.has_value(); }));
    EXPECT_EQ(session.failed, LinkFailure::self_loop);
    EXPECT_TRUE(own_listener.peers.empty());
    ASSERT_TRUE(wait([&] { return reported.contains(0); }));
}

TEST_F(TcpBackendLinkTest, GivesUpAtTheDeadline) {
    config.pools[0].connect_timeout = std::chrono::milliseconds(50);
    FakeBackend silent(loop, [](FakeBackend::Peer&) {});
    add(silent);
    config.pools[0].backends[0].tls = conf::BackendTls::starttls;
    open();
    ASSERT_TRUE(wait([&] { return session.failed.has_value(); }));
    EXPECT_EQ(session.failed, LinkFailure::silent);
    ASSERT_TRUE(wait([&] { return reported.contains(0); }));
    EXPECT_EQ(reported[0], HealthReason::timed_out);
}

TEST_F(TcpBackendLinkTest, ABackendThatAnsweredNonsenseIsReplaced) {
    FakeBackend first(loop, ::test::answering("nonsense"));
    FakeBackend second(loop, ::test::answering_features());
    add(first);
    add(second);
    open();
    ASSERT_TRUE(wait([&] { return session.received == "nonsense"; }));
    session.received.clear();
    link->try_next(LinkFailure::bad_answer, "not XMPP");
    EXPECT_FALSE(link->is_open());
    ASSERT_TRUE(opens());
    EXPECT_EQ(link->backend_id(), balancer::BackendId(1));
    ASSERT_TRUE(wait([&] { return session.received.ends_with(::test::kServerFeatures); }));
    ASSERT_TRUE(wait([&] { return !reported.empty(); }));
    EXPECT_EQ(reported[0], HealthReason::bad_answer);
    EXPECT_EQ(sessions(0), 0u);
}

TEST_F(TcpBackendLinkTest, ARefusalSaysNothingAboutHealth) {
    FakeBackend first(loop, ::test::answering_features());
    const auto dead = dead_end();
    add(first);
    add(dead.address_text(), dead.port());
    open();
    ASSERT_TRUE(opens());
    link->try_next(LinkFailure::refused, "invalid-from");
    ASSERT_TRUE(wait([&] { return session.failed.has_value(); }));
    ASSERT_TRUE(wait([&] { return !reported.empty(); }));
    EXPECT_EQ(reported, (std::map<std::uint32_t, HealthReason>{{1, HealthReason::connect_failed}}));
}

TEST_F(TcpBackendLinkTest, TlsSettingsThatAReloadTookAwayFail) {
    FakeBackend server(loop, ::test::answering_features());
    add(server);
    config.pools[0].backends[0].tls = conf::BackendTls::direct;
    open();
    const auto none = BackendTls::create({}).value();
    environment->tls = none.get();
    ASSERT_TRUE(wait([&] { return session.failed.has_value(); }));
    EXPECT_EQ(session.failed, LinkFailure::tls_failed);
}

/// Backends that have to show what their clients are shown.
class SameCertificate : public TcpBackendLinkTest {
protected:
    /// With TLS from the first byte, and this certificate.
    std::unique_ptr<FakeBackend> add_showing(const ::test::Issued& issued) {
        auto server = std::make_unique<FakeBackend>(
            loop, [answer = ::test::answering_features()](FakeBackend::Peer& peer) {
                if (peer.connection.ssl() == nullptr) peer.start_tls();
                answer(peer);
            });
        server->certify(issued);
        conf::Backend& backend = add(server->address().address_text(), server->address().port());
        backend.tls = conf::BackendTls::direct;
        backend.tls_verify = false;
        backend.channel_binding = conf::ChannelBinding::same_certificate;
        return server;
    }

    ::test::Issued ours = ::test::issue({.dns_names = {"example.org"}});
    ::test::Issued renewed = ::test::issue({.dns_names = {"example.org"}, .serial = 2});
};

TEST_F(SameCertificate, OpensAndSaysWhatClientsCanBindTo) {
    const auto server = add_showing(ours);
    shown = ours.certificate.get();
    open();
    ASSERT_TRUE(opens());
    EXPECT_EQ(session.bindings, xmpp::HeldBindings::end_point);
}

TEST_F(SameCertificate, ABackendWithAnotherIsPassedOverAndSeesNothingOfTheClient) {
    const auto other = add_showing(renewed);
    add("127.0.0.1", dead_end().port());
    const auto same = add_showing(ours);
    shown = ours.certificate.get();
    ::test::LogInFile log;
    open();
    ASSERT_TRUE(opens());
    EXPECT_EQ(link->backend_name(), "2");
    EXPECT_EQ(other->peers.at(0)->received, "");
    // The client may have asked for another name, so that counts for nobody else.
    ASSERT_TRUE(wait([&] { return !reported.empty(); }));
    EXPECT_EQ(reported, (std::map<std::uint32_t, HealthReason>{{1, HealthReason::connect_failed}}));
    const auto lines = log.end();
    ASSERT_EQ(lines.size(), 2u);
    for (const char* words : {"reason=certificate_differs", "it shows SHA-256 ",
                              "and clients are shown SHA-256 ", "remedy=\"give the server the "})
        EXPECT_NE(lines[0].find(words), std::string::npos) << lines[0];
}

TEST_F(SameCertificate, WhereNoneIsKnownNoneIsRight) {
    const auto server = add_showing(ours);
    open();
    EXPECT_FALSE(opens());
    EXPECT_EQ(session.failed, LinkFailure::certificate_differs);
}

TEST_F(SameCertificate, OfTwoKindsTheOneThatTheClientWasShownIsHad) {
    const ::test::Issued rsa = ::test::issue({.dns_names = {"example.org"}}, ::test::KeyType::rsa);
    const auto server = add_showing(ours);
    server->certify(rsa);
    for (const ::test::Issued* each : {&std::as_const(ours), &rsa}) {
        shown = each->certificate.get();
        open();
        EXPECT_TRUE(opens());
        link.reset();
        session = BackendLinkListener();
    }
}

TEST_F(SameCertificate, AKindThatTheBackendLacksIsNamed) {
    const ::test::Issued rsa = ::test::issue({.dns_names = {"example.org"}}, ::test::KeyType::rsa);
    const auto server = add_showing(ours);
    shown = rsa.certificate.get();
    ::test::LogInFile log;
    open();
    EXPECT_FALSE(opens());
    EXPECT_EQ(session.failed, LinkFailure::tls_failed);
    EXPECT_NE(log.end().at(0).find("asked for was SHA-256 "), std::string::npos);
}

TEST_F(TcpBackendLinkTest, GivesUpSilentlyWhenFinishedBeforeItIsOpen) {
    FakeBackend server(loop, ::test::answering_features());
    add(server);
    open();
    link->finish();
    EXPECT_EQ(sessions(0), 0u);
    loop.run_once();
    EXPECT_EQ(session.opened, 0);
    EXPECT_EQ(session.failed, std::nullopt);
}

/// A name with two addresses. Which of them DNS says first is its affair, so each is the good one
/// once.
class OfOneName : public TcpBackendLinkTest, public testing::WithParamInterface<int> {
protected:
    /// Loopback addresses of this test program alone, as for dnsmasq.
    static std::string host(int number) {
        const int id = static_cast<int>(::getpid());
        return "127." + std::to_string(130 + number) + "." + std::to_string(id >> 8 & 0xFF) + "." +
               std::to_string(1 + id % 254);
    }
    FakeBackend alive{loop, ::test::answering_features(), host(GetParam())};
    const ::test::Dnsmasq names{
        {"host-record=a.example," + host(0), "host-record=a.example," + host(1)}};

    void add_name() {
        name_servers.addresses = {names.address()};
        add("a.example", alive.address().port());
    }
};
INSTANTIATE_TEST_SUITE_P(GoodAddress, OfOneName, testing::Values(0, 1));

TEST_P(OfOneName, TriesEveryAddressBeforeTheNextCandidate) {
    add_name();
    FakeBackend other(loop, ::test::answering_features());
    add(other);
    open();
    ASSERT_TRUE(opens());
    EXPECT_EQ(link->backend_id(), balancer::BackendId(0));
    EXPECT_EQ(alive.peers.size(), 1u);
    EXPECT_TRUE(reported.empty());
}

TEST_P(OfOneName, AnAddressThatIsOurOwnIsPassedOver) {
    FakeBackend ourselves(loop, ::test::answering_features(), host(1 - GetParam()),
                          alive.address().port());
    own = OwnAddresses({ourselves.address()}, {});
    add_name();
    open();
    ASSERT_TRUE(opens());
    EXPECT_EQ(alive.peers.size(), 1u);
    EXPECT_TRUE(ourselves.peers.empty());
}

TEST_F(TcpBackendLinkTest, ANameWithoutAddressIsNotFound) {
    const ::test::Dnsmasq names({});
    name_servers.addresses = {names.address()};
    add("nowhere.example", 5222);
    open();
    ASSERT_TRUE(wait([&] { return session.failed.has_value(); }));
    EXPECT_EQ(session.failed, LinkFailure::host_not_found);
}

}  // namespace
}  // namespace proxy
