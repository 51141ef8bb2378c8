#pragma once
// Clients that were told to come back because their backend had no login to give in time
// ([pool.NAME] login_rate), for the log: of each backend one line at once, then one in ten seconds
// with their number. Pure: time is an argument. Control loop's thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "balancer/login_lines.h"
#include "balancer/routing_table.h"

namespace proxy {

class LoginNews {
public:
    using TimePoint = balancer::LoginLines::TimePoint;
    static constexpr std::chrono::seconds kBetweenLines{10};

    struct Line {
        std::string pool;
        std::string backend;
        std::uint64_t count = 0;    // since the line before
        std::uint32_t waiting = 0;  // now
        std::uint32_t login_rate = 0;
    };
    /// To be called every second. Costs nothing while nobody is told to come back.
    std::vector<Line> due(const balancer::RoutingTable& table, const balancer::LoginLines& lines,
                          TimePoint now);

private:
    struct Told {
        std::uint64_t back = 0;  // as the log knows it
        TimePoint at{};
        bool has_line = false;
    };
    std::map<balancer::BackendId, Told> told_;
    std::uint64_t all_ = 0;  // of all backends, when they were looked at last
    bool is_waiting_ = false;
};

/// The line: a warning, "session_refused".
void log_told_back(const LoginNews::Line& line);

}  // namespace proxy
