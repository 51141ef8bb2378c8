#include "proxy/process/service_reports.h"

#include <fmt/format.h>

#include <utility>

#include "balancer/health.h"

namespace proxy {

std::string service_status(const std::vector<PoolStatus>& pools, std::uint32_t sessions) {
    std::size_t all = 0;
    std::size_t up = 0;
    for (const PoolStatus& pool : pools) {
        all += pool.backends.size();
        for (const BackendStatus& backend : pool.backends)
            if (backend.health == balancer::HealthMachine::State::up) ++up;
    }
    return fmt::format("{} of {} backends up, {} sessions", up, all, sessions);
}

void ServiceReports::started() {
    is_started_ = true;
    if (!manager_.is_asked()) return;
    show_status(core::Clock::now());
    manager_.ready();
}

void ServiceReports::reloading() {
    if (is_started_) manager_.reloading();
}

void ServiceReports::reloaded() {
    if (is_started_) manager_.ready();
}

void ServiceReports::stopping() {
    is_started_ = false;  // what comes now would only say that it goes on
    manager_.stopping();
}

void ServiceReports::replaced_by(std::int64_t pid) {
    is_started_ = false;
    manager_.main_process(pid);
    manager_ = {};  // that one speaks now
}

void ServiceReports::tick(core::TimePoint now) {
    if (!is_started_ || !manager_.is_asked()) return;
    if (now >= next_line_) show_status(now);
    if (manager_.watchdog().count() > 0 && now >= next_life_) show_life(now);
}

void ServiceReports::show_status(core::TimePoint now) {
    next_line_ = now + kBetweenLines;
    std::string line = sources_.status();
    if (line == line_) return;
    manager_.status(line);
    line_ = std::move(line);
}

/// A third of the time: one message may be lost, and a loop may be late.
void ServiceReports::show_life(core::TimePoint now) {
    if (is_asking_) return;  // a loop has not answered yet
    next_life_ = now + manager_.watchdog() / 3;
    is_asking_ = true;
    sources_.when_all_turn([this] {
        is_asking_ = false;
        manager_.alive();
    });
}

}  // namespace proxy
