#pragma once
// How many sessions the process holds, the most it may hold, and how many logins have failed.
// Shared by all workers without a lock; touched when a session begins and ends and when a login
// fails, never on the way of a byte. Any thread.

#include <atomic>
#include <cstdint>

namespace proxy {

class SessionGauge {
public:
    explicit SessionGauge(std::uint32_t limit) : limit_(limit) {}

    /// Sessions above a lowered limit stay; new ones wait until it is met.
    void set_limit(std::uint32_t limit) noexcept { limit_.store(limit, std::memory_order_relaxed); }

    /// Counts one more, or says no when the limit is reached.
    bool try_enter() noexcept {
        if (count_.fetch_add(1, std::memory_order_relaxed) < limit()) return true;
        leave();
        return false;
    }
    void leave() noexcept { count_.fetch_sub(1, std::memory_order_relaxed); }
    std::uint32_t count() const noexcept { return count_.load(std::memory_order_relaxed); }
    std::uint32_t limit() const noexcept { return limit_.load(std::memory_order_relaxed); }

    void count_failed_logins(std::uint32_t more) noexcept {
        failed_logins_.fetch_add(more, std::memory_order_relaxed);
    }
    /// Since the start of the process.
    std::uint64_t failed_logins() const noexcept {
        return failed_logins_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> limit_;
    std::atomic<std::uint64_t> failed_logins_{0};
};

}  // namespace proxy
