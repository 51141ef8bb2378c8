#pragma once
// The whole process of `stanzagate run`: workers, signals, reloads, and what the operator asks for.
// Made and run on main's thread, which keeps an event loop of its own (the control loop) for
// backends' states, the admin socket, files and signals, and carries no session.

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "core/event_loop.h"
#include "core/file_watch.h"
#include "core/result.h"
#include "core/signal_watch.h"
#include "core/timer.h"
#include "proxy/admin_socket.h"
#include "proxy/admin_target.h"
#include "proxy/pool_control.h"
#include "proxy/preparation.h"
#include "proxy/workers.h"

namespace proxy {

class Server final : private AdminTarget {
public:
    /// Loads keys and certificates, makes the workers and binds every listener; nothing is accepted
    /// yet. The error is one sentence for the operator: what failed, and what to do.
    static core::Result<std::unique_ptr<Server>, std::string> create(const conf::Config& config);
    ~Server();

    /// Serves until SIGTERM or SIGINT and the goodbyes that follow; a second signal ends at once.
    void run();

private:
    explicit Server(unsigned workers);

    core::Result<void, std::string> start_with(std::shared_ptr<const conf::Config> config);
    /// The configuration counts from now on; what the workers must have of it is returned.
    std::vector<WorkerSettings> take_over(Preparation made);
    core::Result<std::unique_ptr<AdminSocket>, std::string> open_admin(const conf::Config& config);
    bool has_lost_admin_file() const;
    void publish(const Routing& routing);

    void watch_files();
    void shut_down();
    void renew_ticket_keys();
    void start_ticket_clock();
    /// Reads the file and makes everything that it needs; the error is a sentence for the operator,
    /// and nothing has changed then.
    core::Result<std::vector<WorkerSettings>, std::string> prepare_reload(ReloadResult& result);
    void log_reload(const ReloadResult& result);

    // The operator's commands.
    ServerStatus status() const override;
    Changed set_weight(std::string_view pool, std::string_view backend,
                       std::uint64_t weight) override;
    Changed set_admin_state(std::string_view pool, std::string_view backend,
                            balancer::AdminState state,
                            std::chrono::milliseconds evict_over) override;
    void find_sessions(const SessionFilter& filter, std::size_t most, OnSessions on_found) override;
    void kick(const SessionFilter& filter, std::function<void(std::uint64_t)> on_done) override;
    void reload(std::function<void(const ReloadResult&)> on_done) override;

    std::shared_ptr<const conf::Config> config_;
    std::shared_ptr<const conf::Config> started_with_;  // for what only a restart can change
    std::shared_ptr<const conf::Config> refused_;       // the file as it is, where it is no good
    std::shared_ptr<const core::TicketKeys> ticket_keys_;
    core::EventLoop loop_;
    Setup setup_;
    Workers workers_;
    PoolControl control_;
    std::unique_ptr<AdminSocket> admin_;
    std::unique_ptr<AdminSocket> retired_admin_;  // until the reload that replaced it is answered
    core::FileWatch files_;
    std::optional<core::SignalWatch> signals_;
    core::Timer ticket_clock_;
    std::chrono::system_clock::time_point started_;
    std::chrono::system_clock::time_point config_loaded_;
    std::string last_reload_problem_;
    bool holds_routing_ = false;  // a reload is being applied: its routing goes out with the rest
    bool stopping_ = false;
};

/// `stanzagate run`: the process's exit status.
int serve(const conf::Config& config);

}  // namespace proxy
