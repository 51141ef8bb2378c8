#include "proxy/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <exception>
#include <new>
#include <thread>
#include <utility>

#include "core/log.h"

namespace proxy {

namespace {

/// Descriptors that are not sessions: of the process (log, signals, files being read), and of each
/// worker beside its listeners (loop, DNS).
constexpr rlim_t kReservedDescriptors = 64;
constexpr rlim_t kDescriptorsPerWorker = 8;
/// Each session holds one for its client and one for its backend.
constexpr rlim_t kDescriptorsPerSession = 2;
/// How often a shared file of ticket keys is read again.
constexpr std::chrono::seconds kTicketFileInterval{60};

unsigned worker_count(const conf::Config& config) {
    return config.worker.threads != 0 ? config.worker.threads
                                      : std::max(1U, std::thread::hardware_concurrency());
}

/// Takes all the descriptors that the system allows, and says how many sessions they carry.
std::uint32_t session_limit(const conf::Config& config) {
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    ::getrlimit(RLIMIT_NOFILE, &limit);
    const rlim_t reserved = kReservedDescriptors +
                            worker_count(config) * (kDescriptorsPerWorker + config.listen.size());
    const rlim_t usable = limit.rlim_cur > reserved ? limit.rlim_cur - reserved : 0;
    const auto possible = static_cast<std::uint32_t>(
        std::clamp<rlim_t>(usable / kDescriptorsPerSession, 1, UINT32_MAX));
    if (config.limits.sessions == 0) return possible;
    if (config.limits.sessions > possible) {
        core::Log(core::Severity::warn, "sessions_limited")
            .with("wanted", config.limits.sessions)
            .with("possible", possible)
            .with("remedy", "raise the descriptor limit (LimitNOFILE)");
    }
    return std::min(config.limits.sessions, possible);
}

core::Result<std::shared_ptr<const core::TicketKeys>, core::TlsProblem> first_ticket_keys(
    const conf::Config& config) {
    if (config.tls.ticket_keys.empty()) return core::TicketKeys::generate();
    return core::TicketKeys::load(config.tls.ticket_keys);
}

}  // namespace

core::Result<std::unique_ptr<Server>, std::string> Server::create(const conf::Config& config) {
    Setup setup;
    auto shared = std::make_shared<const conf::Config>(config);
    auto certificates = core::CertificateStore::load(config.tls.cert_dir);
    if (!certificates) return core::fail(sentence(certificates.error()));
    for (const auto& note : (*certificates)->notes()) {
        core::Log(core::Severity::warn, "certificate_note")
            .with("file", note.file.string())
            .with("what", note.what);
    }
    auto keys = first_ticket_keys(config);
    if (!keys) return core::fail(sentence(keys.error()));
    balancer::BackendIds ids;
    auto routing = balancer::make_routing_table(config, ids);
    if (!routing) return core::fail(routing.error());
    const Routing routed{.table = std::move(routing).value(),
                         .profiles = std::make_shared<const FeaturesProfiles>(),
                         .own = std::make_shared<const OwnAddresses>()};
    setup.report = [](const std::vector<PassiveReport>&) {};
    setup.loads = std::make_shared<balancer::LoadBoard>(worker_count(config));
    setup.sessions = std::make_shared<SessionGauge>(session_limit(config));

    std::unique_ptr<Server> server(new Server(std::move(setup), shared));
    server->ticket_keys_ = *keys;
    for (unsigned i = 0; i < server->pool_.size(); ++i) {
        auto tls = WorkerTls::create(config, *certificates, *keys);
        if (!tls) return core::fail(sentence(tls.error()));
        server->workers_.push_back(
            std::make_unique<Worker>(server->pool_.loop(i), i, server->setup_,
                                     WorkerSettings{shared, routed, std::move(tls).value(), {}}));
    }
    if (auto bound = server->bind_listeners(); !bound) return core::fail(bound.error());
    return server;
}

Server::Server(Setup setup, std::shared_ptr<const conf::Config> config)
    : config_(std::move(config)),
      setup_(std::move(setup)),
      pool_(worker_count(*config_)),
      ticket_clock_(loop_, [this] { renew_ticket_keys(); }) {}

Server::~Server() {
    // Workers live on their loops, so they go first, when no thread runs them any more.
    pool_.stop();
    workers_.clear();
}

core::Result<void, std::string> Server::bind_listeners() {
    for (const auto& listen : config_->listen) {
        for (auto& worker : workers_) {
            auto socket = core::Listener::bind(listen.address, listen.backlog);
            if (!socket) {
                return core::fail("cannot listen on " + listen.address.to_string() + ": " +
                                  socket.error() + "; is another server using this port?");
            }
            worker->listen({listen, std::move(socket).value()});
        }
    }
    return {};
}

void Server::watch_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        const auto trampoline = [](evutil_socket_t signal, short, void* self) noexcept {
            static_cast<Server*>(self)->on_signal(static_cast<int>(signal));
        };
        signals_.emplace_back(evsignal_new(loop_.base(), number, trampoline, this));
        if (!signals_.back()) throw std::bad_alloc();
        event_add(signals_.back().get(), nullptr);
    }
}

void Server::on_signal(int signal) {
    if (signal == SIGHUP) {
        core::Log(core::Severity::warn, "reload_refused")
            .with("remedy", "this version reads its configuration at the start only; restart it");
        return;
    }
    if (stopping_) {
        loop_.stop();
        return;
    }
    shut_down();
}

void Server::shut_down() {
    stopping_ = true;
    core::Log(core::Severity::info, "stopping").with("sessions", setup_.sessions->count());
    workers_left_ = pool_.size();
    pool_.post_to_all([this](unsigned i) {
        workers_[i]->shut_down([this] {
            loop_.post([this] {
                if (--workers_left_ == 0) loop_.stop();
            });
        });
    });
}

void Server::renew_ticket_keys() {
    const auto& file = config_->tls.ticket_keys;
    std::shared_ptr<const core::TicketKeys> renewed;
    if (file.empty()) {
        renewed = ticket_keys_->rotated();
        ticket_clock_.start(config_->tls.ticket_lifetime);
    } else {
        ticket_clock_.start(kTicketFileInterval);
        auto loaded = core::TicketKeys::load(file);
        if (!loaded) {
            core::Log(core::Severity::warn, "ticket_keys_kept")
                .with("file", loaded.error().file.string())
                .with("what", loaded.error().what);
            return;
        }
        renewed = std::move(loaded).value();
    }
    ticket_keys_ = renewed;
    pool_.post_to_all([this, renewed](unsigned i) { workers_[i]->set_ticket_keys(renewed); });
}

void Server::run() {
    watch_signals();
    ticket_clock_.start(config_->tls.ticket_keys.empty() ? config_->tls.ticket_lifetime
                                                         : kTicketFileInterval);
    pool_.start();
    core::Log(core::Severity::info, "started")
        .with("version", STANZAGATE_VERSION)
        .with("config", config_->file.string())
        .with("listeners", static_cast<std::uint64_t>(config_->listen.size()))
        .with("workers", pool_.size())
        .with("session_limit", setup_.sessions->limit());
    loop_.run();
    pool_.stop();
    core::Log(core::Severity::info, "stopped");
}

int serve(const conf::Config& config) {
    static_assert(static_cast<int>(conf::LogLevel::error) ==
                  static_cast<int>(core::Severity::error));
    core::start_log({.least = static_cast<core::Severity>(config.log.level),
                     .json = config.log.format == conf::LogFormat::json,
                     .file = config.log.file});
    auto server = Server::create(config);
    if (!server) {
        core::Log(core::Severity::error, "not_started").with("why", server.error());
        core::stop_log();
        return 1;
    }
    (*server)->run();
    std::move(server).value().reset();
    core::stop_log();
    return 0;
}

}  // namespace proxy
