#include "balancer/login_lines.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace balancer {
namespace {

/// Sums of tokens are not exact: a millionth of a login is none.
constexpr double kNothing = 1e-6;
/// A wait that nobody would sit out, so that sums of times stay far from their end.
constexpr double kLongestSeconds = 1e6;

LoginLines::Duration seconds_of(double tokens, double rate) {
    const double seconds = std::clamp(tokens / rate, 0.0, kLongestSeconds);
    return std::chrono::ceil<LoginLines::Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace

double LoginLines::capacity_at(double rate) {
    return 1 + rate * std::chrono::duration<double>(kBurst).count();
}

LoginLines::Line& LoginLines::line_of(BackendId backend, double rate, TimePoint now) {
    const auto [entry, is_new] = lines_.try_emplace(backend);
    Line& line = entry->second;
    if (is_new || line.rate == 0) line.bucket = {capacity_at(rate), now};
    // What has come until now came at the rate until now.
    line.bucket.fill(line.rate, capacity_at(rate), now);
    line.rate = rate;
    return line;
}

bool LoginLines::has_one(const Line& line, LoginKind kind) {
    const bool is_first =
        kind == LoginKind::resumption ? line.resumptions == 0 : line.waiting.empty();
    return is_first && line.bucket.tokens >= cost_of(kind) - kNothing;
}

bool LoginLines::try_now(BackendId backend, double rate, LoginKind kind, TimePoint now) {
    if (rate == 0) return true;
    const std::lock_guard lock(mutex_);
    Line& line = line_of(backend, rate, now);
    if (!has_one(line, kind)) return false;
    line.bucket.tokens -= cost_of(kind);
    return true;
}

bool LoginLines::could_now(BackendId backend, double rate, LoginKind kind, TimePoint now) {
    if (rate == 0) return true;
    const std::lock_guard lock(mutex_);
    return has_one(line_of(backend, rate, now), kind);
}

LoginLines::Duration LoginLines::expected_wait(BackendId backend, double rate, LoginKind kind,
                                               TimePoint now) {
    if (rate == 0) return {};
    const std::lock_guard lock(mutex_);
    const Line& line = line_of(backend, rate, now);
    const auto full = static_cast<double>(line.waiting.size() - line.resumptions);
    double wanted = line.resumptions * cost_of(LoginKind::resumption) + cost_of(kind);
    if (kind == LoginKind::full) wanted += full * cost_of(LoginKind::full);
    return seconds_of(wanted - line.bucket.tokens - kNothing, rate);
}

LoginTicket LoginLines::join(unsigned worker, BackendId backend, LoginKind kind) {
    const std::lock_guard lock(mutex_);
    const LoginTicket ticket{backend, kind, next_number_++};
    Line& line = lines_[backend];
    line.waiting.emplace(Place(kind, ticket.number), worker);
    if (kind == LoginKind::resumption) ++line.resumptions;
    return ticket;
}

void LoginLines::leave(const LoginTicket& ticket) {
    const std::lock_guard lock(mutex_);
    Line& line = lines_[ticket.backend];
    const std::size_t gone = line.waiting.erase(Place(ticket.kind, ticket.number));
    assert(gone == 1);
    if (gone == 1 && ticket.kind == LoginKind::resumption) --line.resumptions;
}

LoginLines::Next LoginLines::next(unsigned worker, BackendId backend, double rate, TimePoint now) {
    const std::lock_guard lock(mutex_);
    Line& line = line_of(backend, rate, now);
    double wanted = 0;
    bool is_behind_others = false;
    for (auto at = line.waiting.begin(); at != line.waiting.end(); ++at) {
        const LoginKind kind = at->first.first;
        wanted += cost_of(kind);
        if (at->second != worker) {
            is_behind_others = true;
            continue;
        }
        if (rate == 0 || line.bucket.tokens >= wanted - kNothing) {
            const LoginTicket due{backend, kind, at->first.second};
            line.bucket.tokens -= cost_of(kind);
            line.waiting.erase(at);
            if (kind == LoginKind::resumption) --line.resumptions;
            return {.due = due};
        }
        const TimePoint turn = now + seconds_of(wanted - line.bucket.tokens, rate);
        return {.due = {}, .look_at = is_behind_others ? std::min(turn, now + kLookAgain) : turn};
    }
    return {};
}

void LoginLines::give_back(BackendId backend, LoginKind kind) {
    const std::lock_guard lock(mutex_);
    lines_[backend].bucket.tokens += cost_of(kind);  // above its capacity until it fills next
}

void LoginLines::count_told_back(BackendId backend) {
    told_back_.fetch_add(1, std::memory_order_relaxed);
    const std::lock_guard lock(mutex_);
    ++lines_[backend].told_back;
}

LoginLines::Counts LoginLines::counts(BackendId backend) const {
    const std::lock_guard lock(mutex_);
    const auto entry = lines_.find(backend);
    if (entry == lines_.end()) return {};
    return {static_cast<std::uint32_t>(entry->second.waiting.size()), entry->second.told_back};
}

void LoginLines::begin_anew(BackendId backend) {
    const std::lock_guard lock(mutex_);
    const auto entry = lines_.find(backend);
    if (entry != lines_.end() && entry->second.waiting.empty()) lines_.erase(entry);
}

}  // namespace balancer
