#include "proxy/server.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "conf/difference.h"
#include "conf/load.h"
#include "core/log.h"
#include "proxy/process_limits.h"

namespace proxy {

namespace {

/// How often a shared file of ticket keys is read again.
constexpr std::chrono::seconds kTicketFileInterval{60};
/// How long a start waits for DNS to name the backends of its pools.
constexpr std::chrono::seconds kDiscoveryPatience{5};

/// Of a problem shown with its line of the file, what fits in a line of the log.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

core::Severity severity_of(conf::LogLevel level) {
    static_assert(static_cast<int>(conf::LogLevel::error) ==
                  static_cast<int>(core::Severity::error));
    return static_cast<core::Severity>(level);
}

/// Files whose change makes a reload.
std::vector<std::filesystem::path> files_of(const conf::Config& config) {
    std::vector<std::filesystem::path> files{config.file};
    if (!config.tls.ticket_keys.empty()) files.push_back(config.tls.ticket_keys);
    for (const conf::Pool& pool : config.pools) {
        for (const conf::Backend& backend : pool.backends) {
            if (!backend.ca_file.empty()) files.push_back(backend.ca_file);
        }
    }
    return files;
}

}  // namespace

core::Result<std::unique_ptr<Server>, std::string> Server::create(const conf::Config& config) {
    std::unique_ptr<Server> server(new Server(worker_count(config)));
    auto started = server->start_with(std::make_shared<const conf::Config>(config));
    if (!started) return core::fail(started.error());
    return server;
}

Server::Server(unsigned workers)
    : setup_{.loads = std::make_shared<balancer::LoadBoard>(workers),
             .sessions = std::make_shared<SessionGauge>(0),
             .report =
                 [this](std::vector<PassiveReport> reports) {
                     loop_.post([this, what = std::move(reports)] { control_.on_passive(what); });
                 }},
      workers_(loop_, workers),
      control_(loop_, *setup_.loads, [this](const Routing& routing) { publish(routing); }),
      files_(loop_, [this] { reload([](const ReloadResult&) {}); }),
      ticket_clock_(loop_, [this] { renew_ticket_keys(); }) {}

Server::~Server() = default;

core::Result<void, std::string> Server::start_with(std::shared_ptr<const conf::Config> config) {
    // First, so that who sees a listener can ask for the state behind it.
    auto admin = open_admin(*config);
    if (!admin) return core::fail(admin.error());
    admin_ = std::move(admin).value();
    auto made = prepare(config, {}, control_, workers_.size());
    if (!made) return core::fail(made.error());
    workers_.make(setup_, take_over(std::move(made).value()));
    started_ = config_loaded_;
    started_with_ = std::move(config);
    return {};
}

std::vector<WorkerSettings> Server::take_over(Preparation made) {
    config_ = made.config;
    config_loaded_ = std::chrono::system_clock::now();
    const bool keys_changed = ticket_keys_ != made.ticket_keys;
    ticket_keys_ = made.ticket_keys;
    if (keys_changed) start_ticket_clock();
    setup_.sessions->set_limit(session_limit(*config_, workers_.size()));
    core::set_log_level(severity_of(config_->log.level));
    // Routing and settings reach a worker together: neither makes sense without the other.
    holds_routing_ = true;
    control_.adopt(std::move(made.plan));
    holds_routing_ = false;
    std::vector<WorkerSettings> settings;
    for (unsigned i = 0; i < workers_.size(); ++i) {
        WorkerSettings each{.config = config_,
                            .routing = control_.routing(),
                            .tls = std::move(made.tls[i]),
                            .listeners = {}};
        for (PreparedListener& listener : made.listeners) {
            each.listeners.push_back({listener.settings, listener.sockets.empty()
                                                             ? core::Fd()
                                                             : std::move(listener.sockets[i])});
        }
        settings.push_back(std::move(each));
    }
    return settings;
}

void Server::publish(const Routing& routing) {
    if (!holds_routing_) workers_.route_by(routing);
}

core::Result<std::unique_ptr<AdminSocket>, std::string> Server::open_admin(
    const conf::Config& config) {
    if (config.admin.socket.empty()) return std::unique_ptr<AdminSocket>();
    return AdminSocket::open(loop_, *this, {.path = config.admin.socket});
}

/// A socket whose file is gone cannot be reached any more.
bool Server::has_lost_admin_file() const {
    std::error_code ignored;
    return admin_ != nullptr && !std::filesystem::exists(admin_->path(), ignored);
}

// Files.

/// Those of the configuration in use, and those that a refused one names: repairing what was wrong
/// with them is a reason to read it again.
void Server::watch_files() {
    core::WatchedPaths paths{.files = {}, .trees = {}, .endings = {".pem", ".der", ".resp"}};
    for (const conf::Config* config : {config_.get(), refused_.get()}) {
        if (config == nullptr) continue;
        for (auto& file : files_of(*config)) paths.files.push_back(std::move(file));
        if (!config->tls.cert_dir.empty()) paths.trees.push_back(config->tls.cert_dir);
    }
    files_.set_paths(std::move(paths));
    if (!files_.problem().empty()) {
        core::Log(core::Severity::warn, "files_not_watched")
            .with("why", files_.problem())
            .with("remedy", "changes of files count after `stanzagate reload` or SIGHUP");
    }
}

void Server::shut_down() {
    stopping_ = true;
    core::Log(core::Severity::info, "stopping").with("sessions", setup_.sessions->count());
    workers_.shut_down([this] { loop_.stop(); });
}

// Ticket keys.

void Server::start_ticket_clock() {
    ticket_clock_.start(config_->tls.ticket_keys.empty()
                            ? std::chrono::milliseconds(config_->tls.ticket_lifetime)
                            : std::chrono::milliseconds(kTicketFileInterval));
}

void Server::renew_ticket_keys() {
    start_ticket_clock();
    const auto& file = config_->tls.ticket_keys;
    if (file.empty()) {
        ticket_keys_ = ticket_keys_->rotated();
    } else {
        auto loaded = core::TicketKeys::load(file);
        if (!loaded) {
            core::Log(core::Severity::warn, "ticket_keys_kept")
                .with("file", loaded.error().file.string())
                .with("what", loaded.error().what);
            return;
        }
        ticket_keys_ = std::move(loaded).value();
    }
    workers_.set_ticket_keys(ticket_keys_);
}

// Reload.

void Server::reload(std::function<void(const ReloadResult&)> on_done) {
    auto result = std::make_shared<ReloadResult>();
    const auto finish = [this, result, on_done = std::move(on_done)] {
        log_reload(*result);
        on_done(*result);
        retired_admin_.reset();
    };
    auto settings = prepare_reload(*result);
    if (!settings) {
        last_reload_problem_ = settings.error();
        watch_files();
        finish();
        return;
    }
    last_reload_problem_.clear();
    refused_.reset();
    result->is_applied = true;
    watch_files();
    workers_.apply(std::move(settings).value(), finish);
}

core::Result<std::vector<WorkerSettings>, std::string> Server::prepare_reload(
    ReloadResult& result) {
    if (stopping_) return core::fail("the process is stopping");
    conf::Examined examined = conf::examine(config_->file);
    const conf::Problem* first_error = nullptr;
    for (const conf::Problem& problem : examined.problems) {
        result.problems.push_back(problem.to_string());
        if (first_error == nullptr && problem.severity == conf::Severity::error)
            first_error = &problem;
    }
    auto config = std::make_shared<const conf::Config>(std::move(examined.config));
    refused_ = config;  // until it has been applied
    if (first_error != nullptr) return core::fail(first_error->summary());
    auto made = prepare(config, {.config = config_, .ticket_keys = ticket_keys_}, control_,
                        workers_.size());
    if (!made) {
        result.problems.push_back(made.error());
        return core::fail(made.error());
    }
    if (config->admin != config_->admin || has_lost_admin_file()) {
        auto admin = open_admin(*config);
        if (!admin) {
            result.problems.push_back(admin.error());
            return core::fail(admin.error());
        }
        // Whoever asked for this reload waits for its answer on the old one.
        retired_admin_ = std::exchange(admin_, std::move(admin).value());
    }
    result.changes = conf::difference(*config_, *config).changes;
    result.needs_restart = conf::difference(*started_with_, *config).needs_restart;
    return take_over(std::move(made).value());
}

void Server::log_reload(const ReloadResult& result) {
    if (!result.is_applied) {
        core::Log line(core::Severity::error, "reload_refused");
        line.with("config", config_->file.string())
            .with("why", last_reload_problem_)
            .with("remedy", "the configuration of before is still running");
        for (const std::string& problem : result.problems)
            core::Log(core::Severity::error, "config_problem").with("what", first_line(problem));
        return;
    }
    for (const std::string& change : result.changes)
        core::Log(core::Severity::info, "config_changed").with("what", change);
    for (const std::string& change : result.needs_restart)
        core::Log(core::Severity::warn, "restart_needed").with("what", change);
    core::Log(core::Severity::info, "reloaded")
        .with("config", config_->file.string())
        .with("changes", static_cast<std::uint64_t>(result.changes.size()));
}

// What the operator asks for.

ServerStatus Server::status() const {
    ServerStatus status{.version = STANZAGATE_VERSION,
                        .config_file = config_->file.string(),
                        .started = started_,
                        .config_loaded = config_loaded_,
                        .last_reload_problem = last_reload_problem_,
                        .workers = workers_.size(),
                        .sessions = setup_.sessions->count(),
                        .session_limit = setup_.sessions->limit(),
                        .listeners = {},
                        .pools = control_.status()};
    for (const conf::Listen& listen : config_->listen) {
        status.listeners.push_back(
            {.address = listen.address.to_string(),
             .kind = listen.kind == conf::ListenKind::c2s ? "c2s" : "c2s-tls"});
    }
    return status;
}

AdminTarget::Changed Server::set_weight(std::string_view pool, std::string_view backend,
                                        std::uint64_t weight) {
    return control_.set_weight(pool, backend, weight);
}

AdminTarget::Changed Server::set_admin_state(std::string_view pool, std::string_view backend,
                                             balancer::AdminState state,
                                             std::chrono::milliseconds evict_over) {
    auto changed = control_.set_admin_state(pool, backend, state);
    if (!changed) return changed;
    if (state == balancer::AdminState::maintenance) {
        workers_.evict(changed->id, evict_over);
    } else {
        workers_.end_eviction(changed->id);
    }
    return changed;
}

void Server::find_sessions(const SessionFilter& filter, std::size_t most, OnSessions on_found) {
    workers_.find_sessions(filter, most, [on_found = std::move(on_found)](FoundSessions found) {
        on_found(std::move(found.sessions), found.matching);
    });
}

void Server::kick(const SessionFilter& filter, std::function<void(std::uint64_t)> on_done) {
    workers_.kick(filter, std::move(on_done));
}

void Server::run() {
    signals_.emplace(loop_, core::SignalWatch::Events{
                                .on_stop = [this] { shut_down(); },
                                .on_hang_up = [this] { reload([](const ReloadResult&) {}); }});
    watch_files();
    // It may have been saved again since it was read, before anybody watched.
    if (conf::examine(config_->file).config != *config_) reload([](const ReloadResult&) {});
    control_.when_discovered(kDiscoveryPatience, [this] {
        workers_.start();
        core::Log(core::Severity::info, "started")
            .with("version", STANZAGATE_VERSION)
            .with("config", config_->file.string())
            .with("listeners", static_cast<std::uint64_t>(config_->listen.size()))
            .with("workers", workers_.size())
            .with("session_limit", setup_.sessions->limit());
    });
    loop_.run();
    workers_.stop();
    core::Log(core::Severity::info, "stopped");
}

int serve(const conf::Config& config) {
    core::start_log({.least = severity_of(config.log.level),
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
