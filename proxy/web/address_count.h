#pragma once
// How many connections there are, and how many each client address has. Of an IPv6 address the /64
// counts, which one subscriber has for itself. Bounded by what is counted; any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "core/endpoint.h"
#include "proxy/legs/subscriber.h"

namespace proxy {

class AddressCount {
public:
    enum class Entry : std::uint8_t { entered, address_is_full, all_is_full };
    struct Most {
        std::uint32_t of_address = 0;  // 0: no limit
        std::uint32_t in_all = 0;      // 0: no limit
    };
    /// One more of that address, unless there are as many as may be.
    Entry try_enter(const core::Endpoint& client, const Most& most) {
        const std::lock_guard lock(mutex_);
        if (most.in_all != 0 && all_ >= most.in_all) return Entry::all_is_full;
        std::uint32_t& count = counts_[std::string(subscriber_of(client))];
        if (most.of_address != 0 && count >= most.of_address) return Entry::address_is_full;
        ++count;
        ++all_;
        return Entry::entered;
    }
    void leave(const core::Endpoint& client) {
        const std::lock_guard lock(mutex_);
        const auto at = counts_.find(std::string(subscriber_of(client)));
        if (at == counts_.end()) return;
        --all_;
        if (--at->second == 0) counts_.erase(at);
    }

    /// Of all addresses.
    std::uint32_t count() const {
        const std::lock_guard lock(mutex_);
        return all_;
    }

private:
    mutable std::mutex mutex_;
    std::uint32_t all_ = 0;                        // guarded by it
    std::map<std::string, std::uint32_t> counts_;  // guarded by it
};

}  // namespace proxy
