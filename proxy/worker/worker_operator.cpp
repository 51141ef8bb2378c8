// What the operator does to sessions: finds them, ends them, sends those of a backend away.

#include <iterator>

#include "proxy/worker/worker.h"

namespace proxy {

FoundSessions Worker::find_sessions(const SessionFilter& filter, std::size_t most) const {
    FoundSessions found;
    for (const auto& session : sessions_) {
        if (!session->matches(filter)) continue;
        if (++found.matching <= most) found.sessions.push_back(session->facts_for_operator());
    }
    return found;
}

std::uint64_t Worker::kick(const SessionFilter& filter) {
    std::vector<Session*> leaving;
    for (const auto& session : sessions_) {
        if (session->matches(filter)) leaving.push_back(session.get());
    }
    for (Session* session : leaving) {
        session->evict(EndReason::kicked, xmpp::StreamErrorCondition::policy_violation,
                       "this session was ended by the operator");
    }
    return leaving.size();
}

std::vector<Session*> Worker::sessions_at(balancer::BackendId backend) const {
    std::vector<Session*> there;
    for (const auto& session : sessions_) {
        if (!session->is_ending() && session->backend_id() == backend)
            there.push_back(session.get());
    }
    return there;
}

void Worker::evict(balancer::BackendId backend, std::chrono::milliseconds over,
                   bool resume_anywhere) {
    evictions_.insert_or_assign(
        backend, Emptying{.pace = Eviction(sessions_at(backend).size(), core::Clock::now(), over),
                          .resume_anywhere = resume_anywhere});
    go_on_evicting();
}

void Worker::go_on_evicting() {
    const auto now = core::Clock::now();
    for (auto at = evictions_.begin(); at != evictions_.end();) {
        const auto& [backend, emptying] = *at;
        const std::vector<Session*> there = sessions_at(backend);
        const std::size_t due = emptying.pace.due(there.size(), now);
        for (std::size_t i = 0; i < due; ++i) {
            there[i]->evict(EndReason::maintenance, xmpp::StreamErrorCondition::system_shutdown,
                            "the server is being maintained, connect again",
                            emptying.resume_anywhere);
        }
        at = due == there.size() ? evictions_.erase(at) : std::next(at);
    }
    go_on_sending_away();
    if (!evictions_.empty() || departure_) eviction_step_.start(Eviction::kStep);
}

std::vector<Worker::ListeningAt> Worker::listening() const {
    std::vector<ListeningAt> all;
    for (const auto& open : listeners_) all.push_back({open->address, open->listener->share()});
    return all;
}

void Worker::stop_listening() {
    for (auto& open : listeners_) open->listener->drain_and_close();
    listeners_.clear();
}

std::vector<Session*> Worker::sessions_leaving(Leaving who) const {
    std::vector<Session*> leaving;
    for (const auto& session : sessions_)
        if (!session->is_ending() && (who == Leaving::all || session->is_resumable()))
            leaving.push_back(session.get());
    return leaving;
}

void Worker::send_away(Leaving who, std::chrono::milliseconds over) {
    departure_ = Departure{who, Eviction(sessions_leaving(who).size(), core::Clock::now(), over)};
    go_on_evicting();
}

/// Who can resume only later leaves then, so this goes on.
void Worker::go_on_sending_away() {
    if (!departure_) return;
    const bool is_move = departure_->who == Leaving::resumable;
    const std::vector<Session*> leaving = sessions_leaving(departure_->who);
    const std::size_t due = departure_->pace.due(leaving.size(), core::Clock::now());
    for (std::size_t i = 0; i < due; ++i)
        leaving[i]->evict(is_move ? EndReason::upgrade : EndReason::shutdown,
                          xmpp::StreamErrorCondition::system_shutdown,
                          "the proxy is being restarted, connect again");
}

Worker::Left Worker::left() const {
    Left left{.sessions = static_cast<std::uint32_t>(sessions_.size()),
              .resumable = 0,
              .is_web_busy = web_.is_busy()};
    for (const auto& session : sessions_)
        if (!session->is_ending() && session->is_resumable()) ++left.resumable;
    return left;
}

}  // namespace proxy
