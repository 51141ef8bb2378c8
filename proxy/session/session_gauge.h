#pragma once
// How many sessions the process holds, the most it may hold, how they were routed, how many logins
// have failed, and who waits at the entrances. Shared by all workers without a lock; touched when a
// session begins, is routed and ends and when a login fails, never on the way of a byte. Any
// thread.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace proxy {

/// What the backend of a session was chosen by.
enum class RoutedBy : std::uint8_t {
    domain,      // the policy, knowing the domain
    user,        // the policy, knowing the user
    tag,         // the session that the client wants to resume is there
    remembered,  // the user has a session there, or may resume one
};
inline constexpr std::array kRoutedBy{RoutedBy::domain, RoutedBy::user, RoutedBy::tag,
                                      RoutedBy::remembered};
constexpr std::string_view to_string(RoutedBy by) {
    switch (by) {
        case RoutedBy::domain: return "domain";
        case RoutedBy::user: return "user";
        case RoutedBy::tag: return "tag";
        case RoutedBy::remembered: return "remembered";
    }
    return "unknown";
}
/// Sessions by what they were routed by, in the order of kRoutedBy.
using RoutedCounts = std::array<std::uint64_t, kRoutedBy.size()>;

/// Connections while more come than can be served at once.
struct EntranceCounts {
    std::uint64_t waiting = 0;  // now
    std::uint64_t shed = 0;     // turned away, since the start of the process
    std::uint64_t gave_up = 0;  // left before they were served, the same
};

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

    /// So many more wait at the entrance.
    void count_waiting(std::int64_t more) noexcept {
        waiting_.fetch_add(more, std::memory_order_relaxed);
    }
    /// Who waited there is turned away for want of processor, or has given up.
    void count_shed() noexcept { shed_.fetch_add(1, std::memory_order_relaxed); }
    void count_gave_up() noexcept { gave_up_.fetch_add(1, std::memory_order_relaxed); }
    EntranceCounts entrance() const noexcept {
        return {
            .waiting = static_cast<std::uint64_t>(waiting_.load(std::memory_order_relaxed)),
            .shed = shed_.load(std::memory_order_relaxed),
            .gave_up = gave_up_.load(std::memory_order_relaxed),
        };
    }

    void count_routed(RoutedBy by) noexcept {
        routed_[static_cast<std::size_t>(by)].fetch_add(1, std::memory_order_relaxed);
    }
    /// Since the start of the process.
    RoutedCounts routed() const noexcept {
        RoutedCounts counts{};
        for (std::size_t i = 0; i < counts.size(); ++i)
            counts[i] = routed_[i].load(std::memory_order_relaxed);
        return counts;
    }

private:
    std::atomic<std::uint32_t> count_{0};
    std::atomic<std::uint32_t> limit_;
    std::atomic<std::uint64_t> failed_logins_{0};
    std::atomic<std::int64_t> waiting_{0};
    std::atomic<std::uint64_t> shed_{0};
    std::atomic<std::uint64_t> gave_up_{0};
    std::array<std::atomic<std::uint64_t>, kRoutedBy.size()> routed_{};
};

}  // namespace proxy
