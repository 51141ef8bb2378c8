#include "proxy/legs/refusals.h"

#include <string_view>

#include "core/log.h"
#include "proxy/legs/subscriber.h"

namespace proxy {

std::string_view to_string(Refused why) {
    switch (why) {
        case Refused::process_full: return "process_full";
        case Refused::per_address: return "per_address";
        case Refused::overloaded: return "overloaded";
        case Refused::before_login: return "before_login";
        case Refused::address_sessions: return "address_sessions";
        case Refused::new_per_second: return "new_per_second";
        case Refused::failed_logins: return "failed_logins";
    }
    return "unknown";
}

std::string_view words_of(Refused why) {
    switch (why) {
        case Refused::process_full: return "too many sessions here, try again later";
        case Refused::per_address: return "too many connections from this address";
        case Refused::overloaded: return "too many log in at the moment, try again later";
        case Refused::before_login:
            return "too many connections from this address have not logged in, try again later";
        case Refused::address_sessions: return "too many sessions from this address";
        case Refused::new_per_second:
            return "too many new connections from this address, try again later";
        case Refused::failed_logins:
            return "too many failed logins from this address, try again later";
    }
    return {};
}

namespace {

std::string_view remedy_for(Refused why) {
    switch (why) {
        case Refused::process_full:
            return "raise [limits] sessions and the descriptor limit, or add a proxy";
        case Refused::per_address: return "raise [web] per_address if this is no attack";
        case Refused::overloaded:
            return "more log in than this processor can serve: give it more of one, raise [worker] "
                   "threads if cores are idle, or add a proxy";
        case Refused::before_login:
            return "raise [limits.address] before_login if this is no attack, or name the address "
                   "in its exempt";
        case Refused::address_sessions:
            return "raise [limits.address] sessions, or name the address in its exempt";
        case Refused::new_per_second:
            return "raise [limits.address] new_per_second if this is no attack, or name the "
                   "address in its exempt";
        case Refused::failed_logins:
            return "see login_failed in the log; raise [limits.address] failed_logins if nobody "
                   "guesses, or name the address in its exempt";
    }
    return {};
}

}  // namespace

std::uint64_t Refusals::note(Refused why, const core::Endpoint& client, core::TimePoint now) {
    const std::lock_guard lock(mutex_);
    ++all_[static_cast<std::size_t>(why)];
    Key key{why, why == Refused::overloaded ? std::string() : std::string(subscriber_of(client))};
    if (counts_.size() >= kAddresses && !counts_.contains(key)) key.second.clear();
    const auto [at, is_new] = counts_.try_emplace(std::move(key));
    Count& count = at->second;
    count.client = client;
    ++count.waiting;
    if (!is_new && now - count.last_line < kBetweenLines) return 0;
    count.last_line = now;
    return std::exchange(count.waiting, 0);
}

std::vector<Refusals::Line> Refusals::due(core::TimePoint now) {
    const std::lock_guard lock(mutex_);
    std::vector<Line> lines;
    for (auto at = counts_.begin(); at != counts_.end();) {
        auto& [key, count] = *at;
        if (now - count.last_line < kBetweenLines) {
            ++at;
        } else if (count.waiting == 0) {
            at = counts_.erase(at);
        } else {
            lines.push_back({key.first, count.client, std::exchange(count.waiting, 0)});
            count.last_line = now;
            ++at;
        }
    }
    return lines;
}

RefusedCounts Refusals::counts() const {
    const std::lock_guard lock(mutex_);
    return all_;
}

void log_refused(const Refusals::Line& line) {
    core::Log(core::Severity::warn, "session_refused")
        .with("peer", line.client.to_string())
        .with("reason", to_string(line.why))
        .with("count", line.count)
        .with("remedy", remedy_for(line.why));
}

}  // namespace proxy
