#pragma once
// How often sessions tried another backend beside a silent one, and how often that one served them.
// Shared by all workers without a lock. Any thread.

#include <atomic>
#include <cstdint>

namespace proxy {

class HedgeCounts {
public:
    void count_begun() noexcept { begun_.fetch_add(1, std::memory_order_relaxed); }
    void count_won() noexcept { won_.fetch_add(1, std::memory_order_relaxed); }
    // Since the start of the process.
    std::uint64_t begun() const noexcept { return begun_.load(std::memory_order_relaxed); }
    std::uint64_t won() const noexcept { return won_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> begun_{0};
    std::atomic<std::uint64_t> won_{0};
};

}  // namespace proxy
