#pragma once
// The last good addresses of hosts, shared by all resolvers of a process: what one of them has
// learnt another can use that has not asked yet, when DNS falls silent. Any thread.

#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "core/endpoint.h"

namespace dns {

class KnownAddresses {
public:
    using Addresses = std::vector<core::Endpoint>;
    /// Hosts that it knows at most; one more is not kept.
    static constexpr std::size_t kMost = 4096;

    void note(const std::string& host, const Addresses& addresses) {
        const std::lock_guard lock(mutex_);
        if (by_host_.size() < kMost || by_host_.contains(host))
            by_host_.insert_or_assign(host, addresses);
    }
    std::optional<Addresses> find(const std::string& host) const {
        const std::lock_guard lock(mutex_);
        const auto at = by_host_.find(host);
        return at == by_host_.end() ? std::nullopt : std::optional(at->second);
    }

private:
    mutable std::mutex mutex_;
    std::map<std::string, Addresses> by_host_;  // guarded by it
};

}  // namespace dns
