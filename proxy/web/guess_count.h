#pragma once
// How often an address asks for what it cannot know. Bounded; any thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "proxy/legs/subscriber.h"

namespace proxy {

class GuessCount {
public:
    static constexpr std::uint32_t kMost = 20;  // within kWindow
    static constexpr std::chrono::seconds kWindow{10};

    /// Counts one more of that address.
    bool is_too_much(const core::Endpoint& client, core::TimePoint now) {
        const std::lock_guard lock(mutex_);
        // Whoever has that many addresses is not kept out by a count for each.
        if (counts_.size() >= kAddresses) counts_.clear();
        Count& count = counts_[std::string(subscriber_of(client))];
        if (now - count.since > kWindow) count = {now, 0};
        return ++count.guesses > kMost;
    }

private:
    struct Count {
        core::TimePoint since;
        std::uint32_t guesses = 0;
    };
    static constexpr std::size_t kAddresses = 1'000;

    std::mutex mutex_;
    std::map<std::string, Count> counts_;  // guarded by it
};

}  // namespace proxy
