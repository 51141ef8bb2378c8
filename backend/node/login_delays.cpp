#include "backend/node/login_delays.h"

#include <algorithm>

namespace backend {
namespace {

constexpr std::size_t kSubscriberBytes = 8;  // of an IPv6 address: its /64

std::string key_of(const core::Endpoint& client) {
    return std::string(client.address_bytes().substr(0, kSubscriberBytes));
}

}  // namespace

std::chrono::milliseconds LoginDelays::on_failure(const core::Endpoint& client, Time now) {
    forget(now);
    const std::string key = key_of(client);
    Entry& entry = entries_[key];
    entry.last = now;
    notes_.push_back({key, now});
    constexpr unsigned kMostDoublings = 7;  // more lead beyond the longest anyway
    const unsigned doublings = std::min(entry.failures++, kMostDoublings);
    return std::min(kFirst * (1 << doublings), kLongest);
}

void LoginDelays::forget(Time now) {
    while (!notes_.empty()) {
        const Note& oldest = notes_.front();
        const auto found = entries_.find(oldest.key);
        const bool is_current = found != entries_.end() && found->second.last == oldest.at;
        if (is_current && now - oldest.at < kForgotten && notes_.size() < kMost) return;
        if (is_current) entries_.erase(found);
        notes_.pop_front();
    }
}

}  // namespace backend
