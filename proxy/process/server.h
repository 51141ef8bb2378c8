#pragma once
// The whole process of `stanzagate run`, from its start to its end: it owns the workers and all
// that steers them, and puts a configuration into effect. Made and run on main's thread, which
// keeps an event loop of its own (the control loop) for backends' states, the admin socket, files
// and signals, and carries no session.

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
#include "proxy/process/preparation.h"
#include "proxy/process/reload.h"
#include "proxy/process/service_reports.h"
#include "proxy/process/storm_watch.h"
#include "proxy/process/ticket_clock.h"
#include "proxy/worker/workers.h"

namespace proxy {

class Server final {
public:
    /// Loads keys and certificates, makes the workers and binds every listener; nothing is accepted
    /// yet. The error is one sentence for the operator: what failed, and what to do.
    static core::Result<std::unique_ptr<Server>, std::string> create(const conf::Config& config,
                                                                     core::ServiceManager manager);
    ~Server();

    /// Serves until SIGTERM or SIGINT and the goodbyes that follow; a second signal ends at once.
    /// Fails when the system refuses the workers' threads.
    core::Result<void, std::string> run();

private:
    Server(unsigned workers, core::ServiceManager manager);

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
    void shut_down();

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
    core::Timer second_;
    bool holds_routing_ = false;  // a reload is being applied: its routing goes out with the rest
    bool stopping_ = false;
};

/// `stanzagate run`: the process's exit status.
int serve(const conf::Config& config);

}  // namespace proxy
