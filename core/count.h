#pragma once
// A number that one thread counts up and any thread may read: as cheap as a plain one, since nobody
// else writes. Standard library only.

#include <atomic>
#include <cstdint>

namespace core {

class Count {
public:
    /// By the one thread that counts.
    void add(std::uint64_t more = 1) noexcept {
        value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
    }
    void take_back(std::uint64_t less = 1) noexcept { set(value() - less); }
    void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
    /// Any thread.
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

}  // namespace core
