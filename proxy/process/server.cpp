#include "proxy/process/server.h"

#include <malloc.h>

#include <chrono>
#include <exception>
#include <utility>

#include "conf/load.h"
#include "core/child_process.h"
#include "core/log.h"
#include "core/server_start.h"
#include "proxy/process/own_usage.h"
#include "proxy/process/process_limits.h"

namespace proxy {

namespace {

/// How long a start waits for DNS to name the backends of its pools.
constexpr std::chrono::seconds kDiscoveryPatience{5};
constexpr std::chrono::milliseconds kSecond{1'000};

/// Where the log's lines are all that anybody wants to know.
void nobody_waits(const ReloadResult&) {}

}  // namespace

core::Result<std::unique_ptr<Server>, std::string> Server::create(
    const conf::Config& config, core::ServiceManager manager,
    std::unique_ptr<Predecessor> predecessor) try {
    std::unique_ptr<Server> server(
        new Server(worker_count(config), std::move(manager), std::move(predecessor)));
    auto started = server->start_with(std::make_shared<const conf::Config>(config));
    if (started) return server;
    if (server->predecessor_) server->predecessor_->refuse(started.error());
    return core::fail(started.error());
} catch (const std::exception& failure) {
    return core::fail(std::string("the system refuses what the workers need: ") + failure.what() +
                      "; raise its limits (LimitNOFILE, TasksMax)");
}

Server::Server(unsigned workers, core::ServiceManager manager,
               std::unique_ptr<Predecessor> predecessor)
    : program_(core::own_program()),
      predecessor_(std::move(predecessor)),
      shared_{.loads = std::make_shared<balancer::LoadBoard>(workers),
              .sessions = std::make_shared<SessionGauge>(0),
              .resumption = {.tags = {}, .counts = std::make_shared<ResumptionCounts>()},
              .web = std::make_shared<WebProcess>(workers),
              .refusals = std::make_shared<Refusals>(),
              .addresses = std::make_shared<AddressLimits>(),
              .slowed = std::make_shared<SlowedCounts>(),
              .report =
                  [this](std::vector<PassiveReport> reports) {
                      loop_.post([this, what = std::move(reports)] { control_.on_passive(what); });
                  },
              .hedges = std::make_shared<HedgeCounts>(),
              .counts = std::make_shared<AllWorkerCounts>(workers)},
      workers_(loop_, workers),
      control_(loop_, *shared_.loads, [this](const Routing& routing) { publish(routing); }),
      tickets_(loop_, "ticket_keys_kept",
               [this](const TicketClock::Keys& keys) { workers_.set_ticket_keys(keys); }),
      tags_(loop_, "resumption_keys_kept",
            [this](const TicketClock::Keys& keys) {
                workers_.set_resumption_tags(std::make_shared<const ResumptionTags>(*keys));
            }),
      operations_({.configs = configs_,
                   .shared = shared_,
                   .pools = control_,
                   .live = live_,
                   .workers = workers_,
                   .certificates = certificates_,
                   .reload = [this](const auto& on_done) { reload(ReloadCause::command, on_done); },
                   .upgrade = [this](const auto& on_done) { upgrade(on_done); },
                   .old_processes =
                       [this] {
                           return predecessor_ ? predecessor_->processes()
                                               : std::vector<OldProcess>();
                       }}),
      door_(loop_, operations_),
      monitor_(loop_, [this] { return look(); }),
      files_(loop_, [this] { reload(ReloadCause::saved, nobody_waits); }),
      service_(std::move(manager),
               {.status =
                    [this] { return service_status(control_.status(), shared_.sessions->count()); },
                .when_all_turn = [this](auto then) { workers_.when_all_turn(std::move(then)); }}),
      second_(loop_, [this] { on_second(); }) {}

Server::~Server() = default;

core::Result<void, std::string> Server::start_with(std::shared_ptr<const conf::Config> config) {
    if (predecessor_) return succeed(std::move(config));
    // First, so that an operator who sees a listener can ask for the state behind it.
    if (auto opened = door_.open(config->admin); !opened) return opened;
    if (auto opened = monitor_.open(config->admin); !opened) return opened;
    live_.use(config->admin.state);
    control_.restore(live_.load());
    auto made = prepare(std::move(config), {}, control_, workers_.size());
    if (!made) return core::fail(made.error());
    workers_.make(shared_, take_over(std::move(made).value()));
    return {};
}

std::vector<WorkerSettings> Server::take_over(Preparation made) {
    const bool is_start = configs_.in_use == nullptr;
    configs_.use(made.config, std::chrono::system_clock::now());
    certificates_ = made.certificates;
    tickets_.use(made.ticket_keys, ticket_renewal(made.config->tls));
    if (made.resumption_keys != tags_.keys()) {
        const auto tags = std::make_shared<const ResumptionTags>(*made.resumption_keys);
        if (is_start) {
            shared_.resumption.tags = tags;
        } else {
            workers_.set_resumption_tags(tags);
        }
    }
    tags_.use(made.resumption_keys, renewal_of(made.config->resumption));
    if (is_start)
        shared_.remembered_users = std::make_shared<RememberedUsers>(made.config->resumption.users);
    shared_.sessions->set_limit(session_limit(*made.config, workers_.size()));
    shared_.addresses->use(made.config->limits.address, shared_.sessions->limit());
    core::set_log_level(made.config->log.level);
    if (use_pseudonym_key(made.pseudonym_key) && !is_start)
        core::Log(core::Severity::info, "pseudonyms_changed")
            .with("effect", "users have other names in the log than in the lines before");
    // Routing and settings reach a worker together: neither makes sense without the other.
    holds_routing_ = true;
    control_.adopt(std::move(made.plan));
    holds_routing_ = false;
    live_.use(configs_.in_use->admin.state);
    live_.save(control_.live());
    return worker_settings(std::move(made), control_.routing());
}

void Server::publish(const Routing& routing) {
    if (!holds_routing_) workers_.route_by(routing);
}

void Server::reload(ReloadCause cause, const AdminOperations::OnReloaded& on_done) {
    auto result = std::make_shared<ReloadResult>();
    result->cause = cause;
    const auto finish = [this, result, on_done] {
        note_history(configs_, *result, std::chrono::system_clock::now());
        log_reload(configs_, *result);
        service_.reloaded();
        on_done(*result);
        door_.close_replaced();
    };
    service_.reloading();
    auto settings = prepare_reload(*result);
    if (!settings) configs_.why_refused = settings.error();
    watch_files();
    if (!settings) return finish();
    workers_.apply(std::move(settings).value(), finish);
}

core::Result<std::vector<WorkerSettings>, std::string> Server::prepare_reload(
    ReloadResult& result) {
    if (stopping_) return core::fail("the process is stopping");
    if (is_replaced_) return core::fail("another process has taken the place of this one");
    ReadAgain read = read_again(configs_.in_use->file);
    result.problems = std::move(read.problems);
    configs_.refused = read.config;  // until it counts
    if (read.refusal) return core::fail(*read.refusal);
    const auto refuse = [&](const std::string& why) {
        result.problems.push_back(why);
        return core::fail(why);
    };
    auto made = prepare(read.config,
                        {.config = configs_.in_use,
                         .ticket_keys = tickets_.keys(),
                         .resumption_keys = tags_.keys(),
                         .certificates = certificates_},
                        control_, workers_.size());
    if (!made) return refuse(made.error());
    if (auto opened = door_.open(read.config->admin); !opened) return refuse(opened.error());
    if (auto opened = monitor_.open(read.config->admin); !opened) return refuse(opened.error());
    note_differences(configs_, *read.config, result);
    result.certificates = certificate_news(
        core::certificate_changes(*certificates_, *made->certificates), *read.config);
    result.is_applied = true;
    const std::vector<LiveMember> live_before = control_.live();
    auto settings = take_over(std::move(made).value());
    note_live(live_before, control_.status(), result);
    return settings;
}

/// Also what a refused configuration names: repairing what was wrong with it is a reason to read
/// the file again.
void Server::watch_files() {
    files_.watch(paths_behind({configs_.in_use.get(), configs_.refused.get()}));
}

void Server::on_second() {
    second_.start(kSecond);
    for (const Refusals::Line& line : shared_.refusals->due(core::Clock::now())) log_refused(line);
    shared_.addresses->tidy(core::Clock::now());
    control_.tell_news(core::Clock::now());
    watch_memory();
    service_.tick(core::Clock::now());
    monitor_.tick(core::Clock::now());
    tell_successor();
    if (is_leaving_ && shared_.sessions->count() == 0) end_now();
}

Monitored Server::look() const {
    return {.status = operations_.status(),
            .now = {.wall = std::chrono::system_clock::now(), .steady = core::Clock::now()},
            .certificates = certificate_expiries(*certificates_),
            .process = own_usage(),
            .is_stopping = stopping_};
}

/// What a storm of sessions has left free is the system's again, on no worker's time.
void Server::watch_memory() {
    const std::uint32_t there = shared_.sessions->count() + shared_.web->connections.count();
    core::TlsTally tls;
    for (unsigned i = 0; i < workers_.size(); ++i) workers_.tls_counts(i).add_to(tls);
    if (!storms_.look(there, tls.took.count())) return;
    ::malloc_trim(0);
    core::Log(core::Severity::debug, "memory_given_back").with("sessions", there);
}

void Server::begin(core::Result<void, std::string>& started) {
    started = workers_.start();
    if (!started) return loop_.stop();
    core::Log(core::Severity::info, "started")
        .with("version", STANZAGATE_VERSION)
        .with("config", configs_.in_use->file.string())
        .with("listeners", static_cast<std::uint64_t>(configs_.in_use->listen.size()))
        .with("workers", workers_.size())
        .with("session_limit", shared_.sessions->limit());
    if (predecessor_) predecessor_->take_place(loop_, STANZAGATE_VERSION);
    service_.started();
}

core::Result<void, std::string> Server::run() {
    core::Result<void, std::string> started;
    signals_.emplace(loop_,
                     core::SignalWatch::Events{
                         .on_stop = [this] { shut_down(); },
                         .on_hang_up = [this] { reload(ReloadCause::signal, nobody_waits); }});
    watch_files();
    second_.start(kSecond);
    // It may have been saved again since it was read, before anybody watched.
    if (conf::examine(configs_.in_use->file).config != *configs_.in_use)
        reload(ReloadCause::saved, nobody_waits);
    control_.when_discovered(kDiscoveryPatience, [this, &started] {
        if (!predecessor_) return begin(started);
        when_checked([this, &started] { begin(started); });
    });
    loop_.run();
    workers_.stop();
    if (started) core::Log(core::Severity::info, "stopped");
    return started;
}

int serve(const conf::Config& config) {
    // Before the log has a thread, which may look at the environment.
    auto manager = core::ServiceManager::of_environment();
    auto predecessor = Predecessor::of_environment();
    if (!core::begin_server(enough_descriptors(config, worker_count(config)),
                            {.least = config.log.level,
                             .json = config.log.format == conf::LogFormat::json,
                             .file = config.log.file}))
        return 1;
    auto server = Server::create(config, std::move(manager), std::move(predecessor));
    core::Result<void, std::string> served;
    if (server) {
        served = (*server)->run();
        std::move(server).value().reset();
    } else {
        served = core::fail(server.error());
    }
    if (!served) core::log_not_started(served.error());
    core::stop_log();
    return served ? 0 : 1;
}

}  // namespace proxy
