#pragma once
// How many sessions each backend has, over all workers, without a lock. One board per process, made
// before the workers and destroyed after them. Each worker writes a row of its own; all read all
// rows.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "balancer/backend_id.h"

namespace balancer {

/// One session's place at a backend: counted from the taking until release() or destruction,
/// exactly once. Movable. Belongs to the thread of the worker that took it.
class SessionSlot {
public:
    SessionSlot() = default;
    SessionSlot(SessionSlot&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    SessionSlot& operator=(SessionSlot&& other) noexcept {
        if (this != &other) {
            release();
            count_ = std::exchange(other.count_, nullptr);
        }
        return *this;
    }
    ~SessionSlot() { release(); }

    /// Gives the place back. Does nothing when there is none.
    void release() noexcept;
    explicit operator bool() const noexcept { return count_ != nullptr; }

private:
    friend class LoadBoard;
    explicit SessionSlot(std::atomic<std::uint32_t>* count) noexcept : count_(count) {}

    std::atomic<std::uint32_t>* count_ = nullptr;
};

class LoadBoard {
public:
    explicit LoadBoard(unsigned workers);
    LoadBoard(const LoadBoard&) = delete;
    LoadBoard& operator=(const LoadBoard&) = delete;

    unsigned workers() const noexcept { return static_cast<unsigned>(rows_.size()); }
    /// Takes a place. `worker` (from 0) is the calling thread's own; only it writes this row.
    SessionSlot take(unsigned worker, BackendId backend) noexcept;
    /// Sessions of a backend in the whole process. Other workers' changes may be seen a little
    /// late, so a limit checked against it can be passed by at most one session per other worker.
    std::uint32_t sessions(BackendId backend) const noexcept;

private:
    static constexpr std::size_t kCountsPerLine = 16;
    /// Rows are made of whole cache lines, so that a worker's writes never slow those of another.
    struct alignas(64) Line {
        std::atomic<std::uint32_t> counts[kCountsPerLine]{};
    };
    using Row = std::unique_ptr<Line[]>;
    static_assert(kMaxBackends % kCountsPerLine == 0 && sizeof(Line) == 64);

    std::vector<Row> rows_;  // one per worker
};

}  // namespace balancer
