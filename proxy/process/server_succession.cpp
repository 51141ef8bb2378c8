// A process takes the place of another one, and is replaced itself; and how it leaves.
// Why: proxy/README.md, "One process after another".

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/log.h"
#include "core/memory_file.h"
#include "proxy/process/server.h"

namespace proxy {

namespace {

constexpr std::chrono::milliseconds kBetweenLooks{20};
/// How long a new process waits for the first checks of its backends, so that the first clients
/// find their servers.
constexpr std::chrono::seconds kCheckPatience{3};

bool are_checked(const std::vector<PoolStatus>& pools, const conf::Config& config) {
    for (const conf::Pool& pool : config.pools) {
        if (!pool.health.checks) continue;
        for (const PoolStatus& each : pools)
            for (const BackendStatus& backend : each.backends)
                if (each.name == pool.name &&
                    backend.health == balancer::HealthMachine::State::unknown)
                    return false;
    }
    return true;
}

}  // namespace

// In the place of another one.

core::Result<void, std::string> Server::succeed(std::shared_ptr<const conf::Config> config) {
    auto given = predecessor_->receive();
    if (!given) return core::fail(given.error());
    HandOver& handed = *given;
    adopt_pseudonym_key(handed.pseudonym_key);
    const conf::Admin admin = config->admin;
    live_.use(admin.state);
    control_.restore(live_.load());
    auto made = prepare(std::move(config),
                        {.config = nullptr,
                         .ticket_keys = handed.ticket_keys,
                         .resumption_keys = handed.resumption_keys,
                         .certificates = nullptr,
                         .handed = &handed.sockets},
                        control_, workers_.size());
    if (!made) return core::fail(made.error());
    if (handed.monitor && handed.monitor->address == admin.http) {
        monitor_.take_over(admin, std::move(handed.monitor->socket));
    } else if (auto opened = monitor_.open(admin); !opened) {
        return opened;
    }
    if (auto opened = door_.take_over(admin); !opened) return opened;
    auto settings = take_over(std::move(made).value());
    adopt_users(handed.users);
    workers_.make(shared_, std::move(settings));
    return {};
}

void Server::adopt_users(const core::Fd& file) {
    if (!file) return;
    const std::size_t most = (shared_.remembered_users->capacity() + 1) * sizeof(std::uint64_t) * 4;
    auto bytes = core::read_memory_file(file.get(), most);
    if (!bytes || !shared_.remembered_users->adopt(
                      RememberedUsers::Snapshot(std::move(bytes).value()), core::Clock::now()))
        core::Log(core::Severity::warn, "users_not_taken_over")
            .with("effect", "a client of classic SASL that resumes may reach another server");
}

void Server::when_checked(const std::function<void()>& then) {
    const auto end = core::Clock::now() + kCheckPatience;
    look_again_.emplace(loop_, [this, then, end] {
        const bool is_over = core::Clock::now() >= end;
        if (!is_over && !are_checked(control_.status(), *configs_.in_use))
            return look_again_->start(kBetweenLooks);
        then();
    });
    look_again_->start(std::chrono::milliseconds(0));
}

// Replaced by another one.

void Server::upgrade(const AdminTarget::OnUpgraded& on_done) {
    if (stopping_ || is_replaced_)
        return on_done(core::fail(std::string("this process is ending")));
    if (successor_ != nullptr || is_handing_over_)
        return on_done(core::fail(std::string("an upgrade is under way")));
    if (const ReadAgain read = read_again(configs_.in_use->file); read.refusal)
        return on_done(core::fail("the configuration would be refused: " + *read.refusal));
    is_handing_over_ = true;
    workers_.listening([this, on_done](std::vector<Worker::ListeningAt> all) {
        is_handing_over_ = false;
        if (stopping_) return on_done(core::fail(std::string("this process is ending")));
        if (std::any_of(all.begin(), all.end(), [](const auto& each) { return !each.socket; }))
            return on_done(core::fail(
                std::string("no descriptor is left for the new process; raise LimitNOFILE")));
        auto started = Successor::start(
            loop_, program_, configs_.in_use->file.string(), service_.environment(),
            hand_over(std::move(all)),
            {.on_ready = [this,
                          on_done](const std::string& version) { on_replaced(version, on_done); },
             .on_failed = [this,
                           on_done](const std::string& why) { on_not_replaced(why, on_done); }});
        if (!started) return on_done(core::fail(started.error()));
        successor_ = std::move(started).value();
        core::Log(core::Severity::info, "upgrading")
            .with("program", program_)
            .with("pid", successor_->pid());
    });
}

HandOver Server::hand_over(std::vector<Worker::ListeningAt> sockets) {
    HandOver what;
    for (Worker::ListeningAt& each : sockets)
        what.sockets.push_back({each.address, std::move(each.socket)});
    const conf::Config& config = *configs_.in_use;
    if (core::Fd socket = monitor_.share())
        what.monitor = HandedSocket{config.admin.http, std::move(socket)};
    if (config.tls.ticket_keys.empty()) what.ticket_keys = tickets_.keys();
    if (config.resumption.keys.empty()) what.resumption_keys = tags_.keys();
    what.pseudonym_key = own_pseudonym_key();
    // Sessions that are here now are cut one after the other, and may be resumed from then on.
    const auto live_for =
        std::chrono::ceil<std::chrono::seconds>(config.upgrade.over + config.resumption.remember);
    const auto users = shared_.remembered_users->snapshot(core::Clock::now(), live_for);
    if (auto file = core::memory_file(users.reveal())) what.users = std::move(file).value();
    return what;
}

void Server::on_not_replaced(const std::string& why, const AdminTarget::OnUpgraded& on_done) {
    core::Log(core::Severity::error, "upgrade_failed")
        .with("why", why)
        .with("effect", "this process goes on as before");
    // Not within a call of it.
    loop_.post([this] { successor_.reset(); });
    // It may have taken the path of the admin socket with it.
    if (auto opened = door_.open(configs_.in_use->admin); !opened)
        core::Log(core::Severity::warn, "admin_socket_lost").with("why", opened.error());
    on_done(core::fail(why));
}

void Server::on_replaced(const std::string& version, const AdminTarget::OnUpgraded& on_done) {
    is_replaced_ = true;
    const conf::Upgrade& upgrade = configs_.in_use->upgrade;
    core::Log(core::Severity::info, "replaced")
        .with("pid", successor_->pid())
        .with("version", version)
        .with("sessions", shared_.sessions->count())
        .with("over_ms", upgrade.over.count());
    service_.replaced_by(successor_->pid());
    workers_.stop_listening();
    monitor_.close();
    files_.watch({});
    live_.use({});
    workers_.send_away(Worker::Leaving::resumable, upgrade.over);
    stay_.emplace(loop_, [this] { end_now(); });
    stay_->start(std::max(upgrade.stay, upgrade.over));
    on_done(Upgraded{.pid = successor_->pid(),
                     .version = version,
                     .sessions = shared_.sessions->count(),
                     .over = upgrade.over});
    door_.close();
}

void Server::tell_successor() {
    if (!is_replaced_ || stopping_) return;
    door_.close_replaced();
    workers_.left([this](const Worker::Left& left) {
        std::vector<OldProcess> all{{.pid = ::getpid(),
                                     .version = STANZAGATE_VERSION,
                                     .sessions = left.sessions,
                                     .resumable = left.resumable}};
        if (predecessor_) {
            const auto& older = predecessor_->processes();
            all.insert(all.end(), older.begin(), older.end());
        }
        successor_->tell(left_message(all));
        if (shared_.sessions->count() == 0 && !left.is_web_busy) end_now();
    });
}

// Leaving.

void Server::shut_down() {
    const std::chrono::milliseconds over = configs_.in_use->shutdown.over;
    if (over.count() == 0 || shared_.sessions->count() == 0) return end_now();
    stopping_ = is_leaving_ = true;
    service_.stopping();
    core::Log(core::Severity::info, "draining")
        .with("sessions", shared_.sessions->count())
        .with("over_ms", over.count());
    workers_.stop_listening();
    workers_.send_away(Worker::Leaving::all, over);
    stay_.emplace(loop_, [this] { end_now(); });
    stay_->start(over);
}

void Server::end_now() {
    if (std::exchange(is_ending_, true)) return;
    stopping_ = true;
    is_leaving_ = false;
    service_.stopping();
    if (!is_replaced_) live_.save(control_.live());  // without those that DNS has taken away
    core::Log(core::Severity::info, "stopping").with("sessions", shared_.sessions->count());
    workers_.shut_down([this] { loop_.stop(); });
}

}  // namespace proxy
