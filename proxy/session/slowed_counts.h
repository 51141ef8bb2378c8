#pragma once
// How many sessions of each pool were read more slowly because of [limits.rate], and for how long.
// Shared by all workers; touched when a pause begins or ends, never on the way of a byte. Any
// thread.

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace proxy {

/// Since the start of the process.
struct Slowed {
    std::uint64_t sessions = 0;
    std::chrono::milliseconds time{0};  // of all of them
};

class SlowedCounts {
public:
    void note_session(std::string_view pool) {
        const std::lock_guard lock(mutex_);
        ++of(pool).sessions;
    }
    void note_pause(std::string_view pool, std::chrono::milliseconds time) {
        const std::lock_guard lock(mutex_);
        of(pool).time += time;
    }
    Slowed of_pool(std::string_view pool) const {
        const std::lock_guard lock(mutex_);
        const auto found = pools_.find(pool);
        return found == pools_.end() ? Slowed{} : found->second;
    }

private:
    Slowed& of(std::string_view pool) {
        const auto found = pools_.find(pool);
        return found != pools_.end() ? found->second : pools_[std::string(pool)];
    }

    mutable std::mutex mutex_;
    std::map<std::string, Slowed, std::less<>> pools_;  // guarded by it
};

}  // namespace proxy
