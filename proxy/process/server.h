#pragma once
// The whole process of `stanzagate run`, from its start to its end: it owns the workers and all
// that steers them, and puts a configuration into effect. Made and run on main's thread, which
// keeps an event loop of its own (the control loop) for backends' states, the admin socket, files
// and signals, and carries no session.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conf/config.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "core/service_manager.h"
#include "core/signal_watch.h"
#include "core/timer.h"
#include "proxy/admin/door.h"
#include "proxy/monitor/door.h"
#include "proxy/pools/live_state_file.h"
#include "proxy/pools/pool_control.h"
#include "proxy/process/config_watch.h"
#include "proxy/process/operations.h"
#include "proxy/process/predecessor.h"
#include "proxy/process/preparation.h"
#include "proxy/process/reload.h"
#include "proxy/process/service_reports.h"
#include "proxy/process/storm_watch.h"
#include "proxy/process/successor.h"
#include "proxy/process/ticket_clock.h"
#include "proxy/worker/workers.h"

namespace proxy {

class Server final {
public:
    /// Loads keys and certificates, makes the workers and binds every listener; nothing is accepted
    /// yet. The error is one sentence for the operator: what failed, and what to do.
    /// With a `predecessor` it takes that one's place.
    static core::Result<std::unique_ptr<Server>, std::string> create(
        const conf::Config& config, core::ServiceManager manager,
        std::unique_ptr<Predecessor> predecessor = nullptr);
    ~Server();

    /// Serves until SIGTERM or SIGINT and the goodbyes that follow, or until another process has
    /// taken its place and the last session is gone; a second signal ends at once.
    /// Fails when the system refuses the workers' threads.
    core::Result<void, std::string> run();

private:
    Server(unsigned workers, core::ServiceManager manager,
           std::unique_ptr<Predecessor> predecessor);

    core::Result<void, std::string> start_with(std::shared_ptr<const conf::Config> config);
    /// The configuration counts from now on; what the workers must have of it is returned.
    std::vector<WorkerSettings> take_over(Preparation made);
    void publish(const Routing& routing);
    /// `on_done` comes once every worker serves by the new configuration, or with the refusal.
    void reload(ReloadCause cause, const AdminOperations::OnReloaded& on_done);
    /// Reads the file and makes everything that it needs; the error is a sentence for the operator,
    /// and nothing has changed then.
    core::Result<std::vector<WorkerSettings>, std::string> prepare_reload(ReloadResult& result);
    void watch_files();
    void on_second();
    void watch_memory();
    Monitored look() const;
    void begin(core::Result<void, std::string>& started);

    // In server_succession.
    core::Result<void, std::string> succeed(std::shared_ptr<const conf::Config> config);
    void adopt_users(const core::Fd& file);
    void when_checked(const std::function<void()>& then);
    void upgrade(const AdminTarget::OnUpgraded& on_done);
    HandOver hand_over(std::vector<Worker::ListeningAt> sockets);
    void on_replaced(const std::string& version, const AdminTarget::OnUpgraded& on_done);
    void on_not_replaced(const std::string& why, const AdminTarget::OnUpgraded& on_done);
    void tell_successor();
    /// Over the time of [shutdown].
    void shut_down();
    void end_now();

    const std::string program_;                 // the path of ours
    std::unique_ptr<Predecessor> predecessor_;  // null: this process began by itself
    Configurations configs_;
    std::shared_ptr<const core::CertificateStore> certificates_;  // in use
    core::EventLoop loop_;
    SharedByWorkers shared_;
    Workers workers_;
    PoolControl control_;
    TicketClock tickets_;
    TicketClock tags_;
    LiveStateFile live_;
    AdminOperations operations_;
    AdminDoor door_;
    MonitorDoor monitor_;
    ConfigWatch files_;
    std::optional<core::SignalWatch> signals_;
    StormWatch storms_;
    ServiceReports service_;
    std::unique_ptr<Successor> successor_;
    std::optional<core::Timer> stay_;        // of sessions that do not leave by themselves
    std::optional<core::Timer> look_again_;  // of a start in another's place
    core::Timer second_;
    bool holds_routing_ = false;  // a reload is being applied: its routing goes out with the rest
    bool stopping_ = false;
    bool is_leaving_ = false;  // over the time of [shutdown]
    bool is_ending_ = false;
    bool is_handing_over_ = false;  // the workers are asked for their sockets
    bool is_replaced_ = false;
};

/// `stanzagate run`: the process's exit status.
int serve(const conf::Config& config);

}  // namespace proxy
