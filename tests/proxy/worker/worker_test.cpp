#include "proxy/worker/worker.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "balancer/routing_table.h"
#include "core/certificate_store.h"
#include "core/connection.h"
#include "core/tcp_socket.h"
#include "tests/core/connection_scene.h"
#include "tests/proxy/resumption/some_tags.h"
#include "tests/support/certificates.h"
#include "tests/support/run_loop.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

/// A client of one worker, which reads all that it gets.
struct Client {
    Client(core::EventLoop& loop, const core::Watermarks& marks, core::Fd socket)
        : connection(loop, std::move(socket), static_cast<core::ConnectionEvents&>(recorder),
                     marks) {
        connection.resume_reading();
    }
    bool has_got(std::string_view text) const { return recorder.taken.find(text) != text.npos; }

    test::Recorder recorder;
    core::Connection connection;
};

/// One worker that serves example.org, whose only backend nobody listens at.
class WorkerTest : public testing::Test {
protected:
    WorkerTest() {
        test::write_pair(certificates_.path() / "example.org",
                         test::issue({.dns_names = {"example.org"}}));
        config_.domains.push_back({.name = "example.org", .pool = "main"});
        conf::Pool pool{.name = "main"};
        pool.backends.push_back({.name = "a", .host = "127.0.0.1", .port = 1});
        config_.pools.push_back(pool);
        gauge_->set_limit(1'000);
    }

    WorkerSettings settings(const std::vector<conf::ListenKind>& kinds) {
        config_.listen.clear();
        std::vector<WorkerSettings::Listening> listeners;
        for (const conf::ListenKind kind : kinds) {
            auto socket = core::Listener::bind(*core::Endpoint::parse("127.0.0.1:0"),
                                               {.backlog = 64, .keepalive = {}})
                              .value();
            const conf::Listen listen{.address = core::local_endpoint(socket.get()),
                                      .kind = kind,
                                      .backlog = 64,
                                      .accept_proxy = accept_proxy_};
            config_.listen.push_back(listen);
            listeners.push_back({listen, std::move(socket)});
        }
        const auto config = std::make_shared<const conf::Config>(config_);
        return {.config = config,
                .routing = {.table = balancer::make_routing_table(*config, ids_).value(),
                            .profiles = std::make_shared<const FeaturesProfiles>(),
                            .own = std::make_shared<const OwnAddresses>()},
                .tls = WorkerTls::create(config,
                                         core::CertificateStore::load(certificates_.path()).value(),
                                         core::TicketKeys::generate())
                           .value(),
                .listeners = std::move(listeners)};
    }
    void start(const std::vector<conf::ListenKind>& kinds = {conf::ListenKind::c2s}) {
        worker_.emplace(
            loop_, 0,
            SharedByWorkers{.loads = loads_,
                            .sessions = gauge_,
                            .resumption = test::some_resumption(),
                            .remembered_users = std::make_shared<RememberedUsers>(1'000),
                            .web = std::make_shared<WebProcess>(1),
                            .refusals = refusals_,
                            .addresses = addresses_,
                            .report = [](const std::vector<PassiveReport>&) {}},
            settings(kinds));
    }
    bool wait(const std::function<bool()>& holds) { return test::run_until(loop_, holds); }

    /// Of listener number `which`. What it sends lies in the kernel until the loop runs.
    std::unique_ptr<Client> connect(std::size_t which = 0) {
        core::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_storage address{};
        const socklen_t size = config_.listen.at(which).address.to_sockaddr(address);
        EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
        EXPECT_EQ(::fcntl(socket.get(), F_SETFL, O_NONBLOCK), 0);
        return std::make_unique<Client>(loop_, marks_, std::move(socket));
    }
    /// Whose session is there.
    std::unique_ptr<Client> in_session() {
        auto client = connect();
        client->connection.send(kStreamHeader);
        EXPECT_TRUE(wait([&] { return client->has_got("</stream:features>"); }));
        return client;
    }

    static constexpr std::string_view kStreamHeader =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "to='example.org' version='1.0'>";

    core::EventLoop loop_;
    core::Watermarks marks_;
    std::vector<core::AddressBlock> accept_proxy_;
    test::TempDir certificates_;
    conf::Config config_;
    balancer::BackendIds ids_;
    std::shared_ptr<balancer::LoadBoard> loads_ = std::make_shared<balancer::LoadBoard>(1);
    std::shared_ptr<SessionGauge> gauge_ = std::make_shared<SessionGauge>(0);
    std::shared_ptr<Refusals> refusals_ = std::make_shared<Refusals>();
    std::shared_ptr<AddressLimits> addresses_ = std::make_shared<AddressLimits>();
    std::optional<Worker> worker_;
};

TEST_F(WorkerTest, CountsSessionsAndShowsThemToTheOperator) {
    start();
    const auto first = in_session();
    const auto second = in_session();
    EXPECT_EQ(gauge_->count(), 2U);
    const FoundSessions all = worker_->find_sessions({}, 1);
    EXPECT_EQ(all.matching, 2U);
    ASSERT_EQ(all.sessions.size(), 1U);
    EXPECT_EQ(all.sessions[0].kind, "c2s");
    EXPECT_EQ(all.sessions[0].state, "negotiating");
    EXPECT_EQ(all.sessions[0].domain, "example.org");
    const FoundSessions one = worker_->find_sessions({.id = all.sessions[0].id}, 10);
    EXPECT_EQ(one.matching, 1U);
    EXPECT_EQ(worker_->find_sessions({.id = "another"}, 10).matching, 0U);
    EXPECT_EQ(worker_->find_sessions({.backend = "a"}, 10).matching, 0U) << "none is there yet";
}

TEST_F(WorkerTest, KicksTheSessionsThatMatchAndNoOthers) {
    start();
    const auto first = in_session();
    const auto second = in_session();
    const std::string id = worker_->find_sessions({}, 1).sessions.at(0).id;
    EXPECT_EQ(worker_->kick({.id = id}), 1U);
    ASSERT_TRUE(wait([&] { return first->recorder.ended || second->recorder.ended; }));
    const Client& kicked = first->recorder.ended ? *first : *second;
    EXPECT_TRUE(kicked.has_got("<policy-violation"));
    EXPECT_NE(first->recorder.ended, second->recorder.ended);
}

TEST_F(WorkerTest, SaysAtTheLimitThatItIsFullWhereItsPortLetsIt) {
    start({conf::ListenKind::c2s, conf::ListenKind::c2s_tls});
    const auto held = in_session();
    gauge_->set_limit(1);
    const auto refused = connect(0);
    ASSERT_TRUE(wait([&] { return refused->recorder.ended || refused->recorder.broken; }));
    EXPECT_TRUE(refused->has_got("<resource-constraint"));
    const auto silent = connect(1);
    ASSERT_TRUE(wait([&] { return silent->recorder.ended || silent->recorder.broken; }));
    EXPECT_EQ(silent->recorder.taken, "") << "nothing can be said before TLS";
    EXPECT_EQ(gauge_->count(), 1U);

    held->connection.close();
    ASSERT_TRUE(wait([&] { return gauge_->count() == 0; }));
    const auto next = in_session();
    EXPECT_EQ(gauge_->count(), 1U);
}

TEST_F(WorkerTest, AnAddressThatHasItsShareHearsSoAndWhoGoesLeavesAPlace) {
    addresses_->use({.before_login = 2}, 1'000);
    start({conf::ListenKind::c2s, conf::ListenKind::c2s_tls});
    const auto first = in_session();
    const auto second = in_session();
    const auto third = connect(0);
    ASSERT_TRUE(wait([&] { return third->recorder.ended || third->recorder.broken; }));
    EXPECT_TRUE(third->has_got("<policy-violation")) << third->recorder.taken;
    EXPECT_TRUE(third->has_got("have not logged in"));
    const auto silent = connect(1);
    ASSERT_TRUE(wait([&] { return silent->recorder.ended || silent->recorder.broken; }));
    EXPECT_EQ(silent->recorder.taken, "");
    EXPECT_EQ(refusals_->counts()[static_cast<std::size_t>(Refused::before_login)], 2U);

    first->connection.close();
    ASSERT_TRUE(wait([&] { return gauge_->count() == 1; }));
    const auto next = in_session();
    next->connection.close();
    second->connection.close();
    ASSERT_TRUE(wait([&] { return gauge_->count() == 0; }));
    EXPECT_EQ(addresses_->addresses(), 0U);
}

TEST_F(WorkerTest, OfAProxyItsClientsCountAndNotItself) {
    accept_proxy_ = {*core::AddressBlock::parse("127.0.0.0/8")};
    addresses_->use({.before_login = 1}, 1'000);
    start();
    const auto from = [&](const std::string& header) {
        auto client = connect();
        client->connection.send(header);
        client->connection.send(kStreamHeader);
        EXPECT_TRUE(wait([&] {
            return client->has_got("</stream:features>") || client->has_got("</stream:error>");
        }));
        return client;
    };
    std::vector<std::unique_ptr<Client>> checks;
    for (int i = 0; i < 3; ++i) {
        checks.push_back(from("PROXY UNKNOWN\r\n"));
        EXPECT_TRUE(checks.back()->has_got("</stream:features>")) << "it names nobody";
    }
    const std::string one = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 5222\r\n";
    const std::string other = "PROXY TCP4 192.0.2.8 198.51.100.1 40000 5222\r\n";
    const auto first = from(one);
    EXPECT_TRUE(first->has_got("</stream:features>"));
    EXPECT_TRUE(from(one)->has_got("<policy-violation"));
    EXPECT_TRUE(from(other)->has_got("</stream:features>"));
}

TEST_F(WorkerTest, AClientBehindAProxyIsWhoItsHeaderNames) {
    accept_proxy_ = {*core::AddressBlock::parse("127.0.0.0/8")};
    start();
    const std::string header = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 5222\r\n";
    const auto client = connect();
    client->connection.send(header);
    client->connection.send(kStreamHeader);
    ASSERT_TRUE(wait([&] { return client->has_got("</stream:features>"); }));
    EXPECT_EQ(worker_->find_sessions({}, 1).sessions.at(0).peer.to_string(), "192.0.2.7:40000");
    EXPECT_EQ(gauge_->count(), 1U);

    const auto nobody = connect();
    nobody->connection.send(kStreamHeader);
    ASSERT_TRUE(wait([&] { return nobody->recorder.ended || nobody->recorder.broken; }));
    EXPECT_EQ(nobody->recorder.taken, "");
    EXPECT_EQ(gauge_->count(), 1U);
}

TEST_F(WorkerTest, AHeaderFromSomebodyElseIsAPartOfTheStream) {
    accept_proxy_ = {*core::AddressBlock::parse("192.0.2.0/24")};
    start();
    const auto client = connect();
    client->connection.send("PROXY TCP4 192.0.2.7 198.51.100.1 40000 5222\r\n");
    ASSERT_TRUE(wait([&] { return client->recorder.ended; }));
    EXPECT_TRUE(client->has_got("this port speaks XMPP")) << client->recorder.taken;
}

TEST_F(WorkerTest, WhoWaitsForAHeaderHasAPlaceOfASession) {
    accept_proxy_ = {*core::AddressBlock::parse("127.0.0.1")};
    gauge_->set_limit(2);
    start();
    const auto silent = connect();
    const auto other = connect();
    ASSERT_TRUE(wait([&] { return gauge_->count() == 2; }));
    EXPECT_EQ(worker_->find_sessions({}, 1).matching, 0U);
    const auto refused = connect();
    ASSERT_TRUE(wait([&] { return refused->recorder.ended || refused->recorder.broken; }));
    EXPECT_TRUE(refused->has_got("<resource-constraint"));

    silent->connection.close();
    ASSERT_TRUE(wait([&] { return gauge_->count() == 1; }));
    bool is_empty = false;
    worker_->shut_down([&] { is_empty = true; });
    ASSERT_TRUE(wait([&] { return is_empty; }));
    EXPECT_EQ(gauge_->count(), 0U);
}

TEST_F(WorkerTest, ListensAsTheLastSettingsSay) {
    start({conf::ListenKind::c2s, conf::ListenKind::c2s});
    const auto kept = in_session();
    const conf::Listen stays = config_.listen[0];
    const auto gone = config_.listen[1].address;
    WorkerSettings fewer = settings({});
    conf::Config with_one = *fewer.config;
    with_one.listen = {stays};
    with_one.limits.sessions = 7;
    config_.listen = {stays};
    fewer.config = std::make_shared<const conf::Config>(with_one);
    fewer.listeners.push_back({stays, core::Fd()});
    worker_->apply(std::move(fewer));

    const auto again = in_session();
    EXPECT_EQ(gauge_->count(), 2U) << "the session of before is there, too";
    EXPECT_TRUE(core::Listener::check_free(gone)) << "nobody listens there any more";
}

TEST_F(WorkerTest, TellsWhenTheLastSessionHasGone) {
    start();
    const auto first = in_session();
    const auto second = in_session();
    bool is_empty = false;
    worker_->shut_down([&] { is_empty = true; });
    ASSERT_TRUE(wait([&] { return first->recorder.ended && second->recorder.ended; }));
    EXPECT_TRUE(first->has_got("<system-shutdown"));
    EXPECT_FALSE(is_empty) << "their goodbyes are under way";
    first->connection.finish();
    second->connection.finish();
    ASSERT_TRUE(wait([&] { return is_empty; }));
    EXPECT_EQ(gauge_->count(), 0U);
}

TEST_F(WorkerTest, WhoWaitsAtTheEntranceHearsOfTheStopAndGivesHisPlaceBack) {
    start();
    std::vector<std::unique_ptr<Client>> clients;
    while (clients.size() < 40) clients.push_back(connect());
    ASSERT_TRUE(wait([&] { return gauge_->count() == 40; }));
    bool is_empty = false;
    worker_->shut_down([&] { is_empty = true; });
    EXPECT_EQ(gauge_->entrance().waiting, 0U);
    for (const auto& client : clients) {
        ASSERT_TRUE(wait([&] { return client->recorder.ended; }));
        EXPECT_TRUE(client->has_got("<system-shutdown"));
        client->connection.finish();
    }
    ASSERT_TRUE(wait([&] { return is_empty; }));
    EXPECT_EQ(gauge_->count(), 0U);
}

TEST_F(WorkerTest, WhoWaitsAtTheEntranceIsServedWhenItsListenerIsGone) {
    start();
    std::vector<std::unique_ptr<Client>> clients;
    while (clients.size() < 40) {
        clients.push_back(connect());
        clients.back()->connection.send(kStreamHeader);
    }
    ASSERT_TRUE(wait([&] { return gauge_->count() == 40; }));
    config_.listen.clear();
    worker_->apply(settings({}));
    for (const auto& client : clients)
        EXPECT_TRUE(wait([&] { return client->has_got("</stream:features>"); }));
}

TEST_F(WorkerTest, IsEmptyAtOnceWithoutSessions) {
    start();
    bool is_empty = false;
    worker_->shut_down([&] { is_empty = true; });
    EXPECT_FALSE(is_empty) << "never from within the call";
    ASSERT_TRUE(wait([&] { return is_empty; }));
}

TEST_F(WorkerTest, WaitsForNoClientThatDoesNotSayGoodbye) {
    config_.limits.close = std::chrono::milliseconds(50);
    start();
    const auto silent = in_session();
    bool is_empty = false;
    worker_->shut_down([&] { is_empty = true; });
    ASSERT_TRUE(wait([&] { return is_empty; }));
    EXPECT_TRUE(silent->has_got("</stream:stream>"));
}

}  // namespace
}  // namespace proxy
