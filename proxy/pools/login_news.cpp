#include "proxy/pools/login_news.h"

#include <utility>

#include "core/log.h"

namespace proxy {

std::vector<LoginNews::Line> LoginNews::due(const balancer::RoutingTable& table,
                                            const balancer::LoginLines& lines, TimePoint now) {
    std::vector<Line> due;
    const std::uint64_t all = lines.told_back();
    if (std::exchange(all_, all) == all && !is_waiting_) return due;
    is_waiting_ = false;
    for (const auto& pool : table.pools) {
        for (const balancer::Member& member : pool->members()) {
            const auto counts = lines.counts(member.id);
            Told& told = told_[member.id];
            if (counts.told_back < told.back) told = {};  // the id is another backend's
            if (counts.told_back == told.back) continue;
            if (told.has_line && now - told.at < kBetweenLines) {
                is_waiting_ = true;
                continue;
            }
            due.push_back({.pool = pool->settings().name,
                           .backend = member.backend->name,
                           .count = counts.told_back - told.back,
                           .waiting = counts.waiting,
                           .login_rate = pool->settings().login_rate});
            told = {counts.told_back, now, true};
        }
    }
    return due;
}

void log_told_back(const LoginNews::Line& line) {
    core::Log(core::Severity::warn, "session_refused")
        .with("pool", line.pool)
        .with("backend", line.backend)
        .with("reason", "login_rate")
        .with("count", line.count)
        .with("waiting", line.waiting)
        .with("login_rate", line.login_rate)
        .with("effect", "their clients were told to come back (temporary-auth-failure)")
        .with("remedy", "wait until all are back; raise login_rate if the server takes more");
}

}  // namespace proxy
