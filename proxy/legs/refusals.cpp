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
    }
    return "unknown";
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
    }
    return {};
}

}  // namespace

std::uint64_t Refusals::note(Refused why, const core::Endpoint& client, core::TimePoint now) {
    const std::lock_guard lock(mutex_);
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

void log_refused(const Refusals::Line& line) {
    core::Log(core::Severity::warn, "session_refused")
        .with("peer", line.client.to_string())
        .with("reason", to_string(line.why))
        .with("count", line.count)
        .with("remedy", remedy_for(line.why));
}

}  // namespace proxy
