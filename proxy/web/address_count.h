#pragma once
// How many connections each client address has. Of an IPv6 address the /64 counts, which one
// subscriber has for itself. Bounded by what is counted; any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "core/endpoint.h"

namespace proxy {

/// What of the address one subscriber has.
inline std::string_view subscriber_of(const core::Endpoint& client) {
    constexpr std::size_t kIpv6Bytes = 8;
    return client.is_v4() ? client.address_bytes() : client.address_bytes().substr(0, kIpv6Bytes);
}

class AddressCount {
public:
    /// One more of that address; false: it has `most` already (0: no limit), and stays there.
    bool try_enter(const core::Endpoint& client, std::uint32_t most) {
        const std::lock_guard lock(mutex_);
        std::uint32_t& count = counts_[std::string(subscriber_of(client))];
        if (most != 0 && count >= most) return false;
        ++count;
        return true;
    }
    void leave(const core::Endpoint& client) {
        const std::lock_guard lock(mutex_);
        const auto at = counts_.find(std::string(subscriber_of(client)));
        if (at != counts_.end() && --at->second == 0) counts_.erase(at);
    }

private:
    std::mutex mutex_;
    std::map<std::string, std::uint32_t> counts_;  // guarded by it
};

}  // namespace proxy
