#pragma once
// The whole process of `stanzagate run`: certificates, workers, listeners, signals. Made and run on
// main's thread, which keeps an event loop of its own for signals and ticket keys and carries no
// session.

#include <memory>
#include <string>
#include <vector>

#include "conf/config.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "core/timer.h"
#include "core/worker_pool.h"
#include "proxy/worker.h"

namespace proxy {

class Server {
public:
    /// Loads keys and certificates, makes the workers and binds every listener; nothing is accepted
    /// yet. The error is one sentence for the operator: what failed, and what to do.
    static core::Result<std::unique_ptr<Server>, std::string> create(const conf::Config& config);
    ~Server();

    /// Serves until SIGTERM or SIGINT and the goodbyes that follow; a second signal ends at once.
    void run();

private:
    Server(Setup setup, std::shared_ptr<const conf::Config> config);

    core::Result<void, std::string> bind_listeners();
    void watch_signals();
    void on_signal(int signal);
    void shut_down();
    void renew_ticket_keys();

    std::shared_ptr<const conf::Config> config_;
    std::shared_ptr<const core::TicketKeys> ticket_keys_;
    Setup setup_;
    core::EventLoop loop_;
    std::vector<std::unique_ptr<Worker>> workers_;
    core::WorkerPool pool_;  // after workers_: its threads end before they do
    std::vector<core::Event> signals_;
    core::Timer ticket_clock_;
    unsigned workers_left_ = 0;
    bool stopping_ = false;
};

/// `stanzagate run`: the process's exit status.
int serve(const conf::Config& config);

}  // namespace proxy
