#pragma once
// Connections that were accepted, by listener. A listener that goes and comes back counts on. Any
// thread.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "conf/config.h"
#include "core/count.h"

namespace proxy {

class AcceptedCounts {
public:
    /// By address ("[::]:5222") and the kind that it has or had.
    using Key = std::pair<std::string, conf::ListenKind>;

    explicit AcceptedCounts(unsigned workers) : workers_(workers) {}

    /// Counted up by that worker alone; lives as long as this.
    core::Count& of(const Key& listener, unsigned worker) {
        const std::lock_guard lock(mutex_);
        auto& counts = listeners_[listener];
        if (!counts) counts = std::make_unique<core::Count[]>(workers_);
        return counts[worker % workers_];
    }
    std::map<Key, std::uint64_t> tally() const {
        const std::lock_guard lock(mutex_);
        std::map<Key, std::uint64_t> all;
        for (const auto& [listener, counts] : listeners_)
            for (unsigned i = 0; i < workers_; ++i) all[listener] += counts[i].value();
        return all;
    }

private:
    const unsigned workers_;
    mutable std::mutex mutex_;
    std::map<Key, std::unique_ptr<core::Count[]>> listeners_;  // guarded by it
};

}  // namespace proxy
