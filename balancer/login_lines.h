#pragma once
// Logins that wait until their backend has one to give: for each backend with a login rate a bucket
// of tokens and a line, in which resumptions stand before full logins, and each kind in the order
// of its coming. One for the process, so that a rate holds however clients are spread over the
// workers. Who waits is known by a ticket; each worker asks for its own tickets. Time is an
// argument. Any thread.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "balancer/backend_id.h"
#include "balancer/login_kind.h"
#include "balancer/token_bucket.h"

namespace balancer {

/// A place in the line of a backend. No two are equal.
struct LoginTicket {
    BackendId backend;
    LoginKind kind{};
    std::uint64_t number = 0;
    friend auto operator<=>(const LoginTicket&, const LoginTicket&) = default;
};

class LoginLines {
public:
    using TimePoint = TokenBucket::TimePoint;
    using Duration = TimePoint::duration;

    /// How much may come at once: one login, and what comes in this time at the backend's rate. So
    /// a late timer loses nothing.
    static constexpr std::chrono::milliseconds kBurst{100};
    /// A worker looks again after this time when others stand before it: they may leave unseen.
    static constexpr std::chrono::milliseconds kLookAgain{100};

    // `rate`: full logins a second, at most; 0: no limit. Another one than before takes effect at
    // once.

    /// A login may begin now, and its tokens are spent. False: the tokens are not there, or others
    /// of its kind or a better one wait for them.
    bool try_now(BackendId backend, double rate, LoginKind kind, TimePoint now);
    /// Whether that would hold.
    bool could_now(BackendId backend, double rate, LoginKind kind, TimePoint now);
    /// How long it would wait if it joined now and nobody came who is served first.
    Duration expected_wait(BackendId backend, double rate, LoginKind kind, TimePoint now);
    LoginTicket join(unsigned worker, BackendId backend, LoginKind kind);
    /// Of a ticket that has not had its turn.
    void leave(const LoginTicket& ticket);

    struct Next {
        std::optional<LoginTicket> due;    // has its turn: it is out of the line, its tokens spent
        TimePoint look_at = kNobodyWaits;  // nothing is due before
    };
    static constexpr TimePoint kNobodyWaits = TimePoint::max();
    /// The first one that waits at this worker.
    Next next(unsigned worker, BackendId backend, double rate, TimePoint now);

    /// What was spent goes to another one.
    void give_back(BackendId backend, LoginKind kind);
    /// A client was told to come back.
    void count_told_back(BackendId backend);

    struct Counts {
        std::uint32_t waiting = 0;
        std::uint64_t told_back = 0;  // since the start of the process
    };
    Counts counts(BackendId backend) const;
    /// Of all backends; without a lock.
    std::uint64_t told_back() const noexcept { return told_back_.load(std::memory_order_relaxed); }
    /// The id is about to be another backend's.
    void begin_anew(BackendId backend);

private:
    using Place = std::pair<LoginKind, std::uint64_t>;
    struct Line {
        TokenBucket bucket;
        double rate = 0;                    // as last said
        std::map<Place, unsigned> waiting;  // to the worker of each
        std::uint32_t resumptions = 0;      // of them
        std::uint64_t told_back = 0;
    };
    static bool has_one(const Line& line, LoginKind kind);
    Line& line_of(BackendId backend, double rate, TimePoint now);
    static double capacity_at(double rate);

    mutable std::mutex mutex_;
    std::unordered_map<BackendId, Line> lines_;  // of backends that have had a rate; guarded
    std::uint64_t next_number_ = 0;              // guarded
    std::atomic<std::uint64_t> told_back_{0};
};

}  // namespace balancer
