#pragma once
// What the process tells systemd, and when: ready once everything is served, a line about backends
// and sessions, and that it is alive as long as every loop turns. Control loop's thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/service_manager.h"
#include "proxy/pools/pool_status.h"

namespace proxy {

/// "2 of 3 backends up, 8412 sessions".
std::string service_status(const std::vector<PoolStatus>& pools, std::uint32_t sessions);

class ServiceReports {
public:
    static constexpr std::chrono::seconds kBetweenLines{5};

    struct Sources {
        std::function<std::string()> status;
        /// Calls back on this loop once each worker's loop has answered.
        std::function<void(std::function<void()>)> when_all_turn;
    };
    ServiceReports(core::ServiceManager manager, Sources sources)
        : manager_(std::move(manager)), sources_(std::move(sources)) {}

    void started();
    void reloading();
    void reloaded();
    void stopping();
    /// What that process needs to speak in our place, and that it does from now on.
    std::vector<std::string> environment() const { return manager_.environment(); }
    void replaced_by(std::int64_t pid);
    /// To be called every second.
    void tick(core::TimePoint now);

private:
    void show_status(core::TimePoint now);
    void show_life(core::TimePoint now);

    core::ServiceManager manager_;
    Sources sources_;
    std::string line_;  // that was said last
    core::TimePoint next_line_;
    core::TimePoint next_life_;
    bool is_started_ = false;
    bool is_asking_ = false;  // the loops, whether they turn
};

}  // namespace proxy
