#include "proxy/worker/login_waits.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace proxy {
namespace {

using balancer::LoginKind;

/// Resumptions go to their owner as long as it is there: also in drain, at weight 0.
bool takes(const balancer::Member& member, LoginKind kind) {
    if (member.weight > 0) return true;
    return kind == LoginKind::resumption &&
           member.state.admin != balancer::AdminState::maintenance &&
           member.state.health != balancer::Health::down;
}

const balancer::Member* member_of(const balancer::RoutingTable& table, balancer::BackendId id) {
    for (const auto& pool : table.pools)
        for (const balancer::Member& member : pool->members())
            if (member.id == id) return &member;
    return nullptr;
}

}  // namespace

LoginTurn LoginWaits::ask(Session& who, const balancer::Member& at, LoginKind kind,
                          std::chrono::milliseconds most, TimePoint now) {
    if (lines_.try_now(at.id, at.login_rate, kind, now)) return LoginTurn::now;
    const auto longest =
        kind == LoginKind::full ? std::min<std::chrono::milliseconds>(most, kFullLoginWait) : most;
    if (lines_.expected_wait(at.id, at.login_rate, kind, now) > longest) {
        lines_.count_told_back(at.id);
        return LoginTurn::come_back;
    }
    const auto until = now + (kind == LoginKind::full
                                  ? std::min<std::chrono::milliseconds>(most, kLongestFullLoginWait)
                                  : most);
    const balancer::LoginTicket ticket = lines_.join(worker_, at.id, kind);
    assert(!waiting_.contains(&who));
    waiting_.emplace(&who, Waiting{ticket, until});
    by_end_.emplace(until, &who);
    Line& line = here_[at.id];
    line.rate = at.login_rate;
    line.waiting.emplace(ticket, &who);
    look_at_ = now;  // it may be the first
    return LoginTurn::waits;
}

void LoginWaits::forget(Session& who) {
    const auto entry = waiting_.find(&who);
    assert(entry != waiting_.end());
    const auto [ticket, until] = entry->second;
    waiting_.erase(entry);
    by_end_.erase({until, &who});
    const auto line = here_.find(ticket.backend);
    line->second.waiting.erase(ticket);
    if (line->second.waiting.empty()) here_.erase(line);
}

void LoginWaits::leave(Session& who) {
    lines_.leave(waiting_.at(&who).ticket);
    forget(who);
}

std::optional<LoginWaits::Told> LoginWaits::next(TimePoint now) {
    look_at_ = TimePoint::max();
    for (const auto& [id, line] : here_) {
        const auto next = lines_.next(worker_, id, line.rate, now);
        if (next.due) {
            Session* who = line.waiting.at(*next.due);
            forget(*who);
            return Told{who, LoginTurn::now};
        }
        look_at_ = std::min(look_at_, next.look_at);
    }
    if (by_end_.empty()) return std::nullopt;
    const auto [until, who] = *by_end_.begin();
    if (until > now) {
        look_at_ = std::min(look_at_, until);
        return std::nullopt;
    }
    lines_.count_told_back(waiting_.at(who).ticket.backend);
    leave(*who);
    return Told{who, LoginTurn::come_back};
}

std::vector<Session*> LoginWaits::use(const balancer::RoutingTable& table) {
    std::vector<Session*> leaving;
    for (auto& [id, line] : here_) {
        const balancer::Member* member = member_of(table, id);
        if (member != nullptr) line.rate = member->login_rate;
        for (const auto& [ticket, who] : line.waiting)
            if (member == nullptr || !takes(*member, ticket.kind)) leaving.push_back(who);
    }
    for (Session* who : leaving) leave(*who);
    if (!here_.empty()) look_at_ = TimePoint::min();  // another rate is another time
    return leaving;
}

}  // namespace proxy
