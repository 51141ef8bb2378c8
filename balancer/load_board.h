#pragma once
// How many sessions each backend has, how many logins it has had, and whose turn it is, over all
// workers, without a lock. One board per process, made before the workers and destroyed after them.
// Each worker writes counts into a row of its own, and all read all rows. Turns of a tier come from
// one counter that all share. Logins that wait stand in lines, which have a lock.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "balancer/backend_id.h"
#include "balancer/login_lines.h"

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

    /// A login got through. `worker` as in take().
    void count_login(unsigned worker, BackendId backend) noexcept;
    /// Logins at a backend since the start of the process, or since begin_anew().
    std::uint64_t logins(BackendId backend) const noexcept;
    /// Turns among backends, one series for each id that stands for them (Tier::turns_at): how many
    /// were given before, this one not counted. Each call gets another number.
    std::uint64_t take_turn(BackendId series) noexcept {
        return turns_[series.get()].fetch_add(1, std::memory_order_relaxed);
    }
    /// The same series, for a policy that sets itself whose turn is next.
    std::uint64_t turn(BackendId series) const noexcept {
        return turns_[series.get()].load(std::memory_order_relaxed);
    }
    void set_turn(BackendId series, std::uint64_t next) noexcept {
        turns_[series.get()].store(next, std::memory_order_relaxed);
    }

    /// Of pools with a login rate.
    LoginLines& login_lines() noexcept { return login_lines_; }
    const LoginLines& login_lines() const noexcept { return login_lines_; }

    /// The id is about to be another backend's: its logins count from 0. Like logins(), for the
    /// thread that makes the snapshots only.
    void begin_anew(BackendId backend) noexcept;

private:
    /// Rows are made of whole cache lines, so that a worker's writes never slow those of another.
    template <class Count>
    struct alignas(64) Line {
        static constexpr std::size_t kCounts = 64 / sizeof(Count);
        std::atomic<Count> counts[kCounts]{};
        static_assert(kMaxBackends % kCounts == 0);
    };
    template <class Count>
    class Row {
    public:
        std::atomic<Count>& operator[](BackendId backend) const noexcept {
            const std::uint32_t at = backend.get();
            return lines_[at / Line<Count>::kCounts].counts[at % Line<Count>::kCounts];
        }

    private:
        std::unique_ptr<Line<Count>[]> lines_ =
            std::make_unique<Line<Count>[]>(kMaxBackends / Line<Count>::kCounts);
    };
    static_assert(sizeof(Line<std::uint32_t>) == 64 && sizeof(Line<std::uint64_t>) == 64);
    struct Rows {
        Row<std::uint32_t> sessions;
        Row<std::uint64_t> logins;
    };

    std::uint64_t all_logins(BackendId backend) const noexcept;

    std::vector<Rows> rows_;                         // one per worker
    std::vector<std::uint64_t> logins_before_;       // by id: of those that had the id before
    std::vector<std::atomic<std::uint64_t>> turns_;  // by id
    LoginLines login_lines_;
};

}  // namespace balancer
