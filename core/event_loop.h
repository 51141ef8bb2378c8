#pragma once
// One event_base and the thread that runs it. Owned by a worker (or a test); everything on the loop
// lives and dies on that thread. `post` and `stop` are the only doors for other threads.

#include <atomic>
#include <cassert>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "core/handle.h"
#include "core/tls/record_ciphers.h"
#include "core/tls_bio.h"
#include "core/tls_counts.h"
#include "core/turn_watch.h"

namespace core {

using Clock = std::chrono::steady_clock;  // deadlines and durations; never wall time
using TimePoint = Clock::time_point;

/// Base of what `EventLoop::defer_delete` takes: things that may be on the call stack when they
/// end.
class Deletable {
public:
    virtual ~Deletable() = default;
};

/// Buffers that all connections of one loop share, because only one of them runs at a time. They
/// make an idle connection free of buffers. What is in them is lost when the callback returns.
struct Scratch {
    static constexpr std::size_t kCipherBytes = 64 * 1024;  // one recv() from a TLS peer
    static constexpr std::size_t kPlainBytes =
        64 * 1024;  // what that decrypts to, or a clear recv()

    std::unique_ptr<char[]> cipher = std::make_unique_for_overwrite<char[]>(kCipherBytes);
    std::unique_ptr<char[]> plain = std::make_unique_for_overwrite<char[]>(kPlainBytes);
    TlsExchange tls;
    Bio tls_bio = make_tls_bio(tls);
    RecordCiphers record_ciphers;
};

class EventLoop {
public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Runs on the calling thread until stop(). That thread is the loop's thread from then on.
    void run();
    /// Handles what is ready now and returns; for tests.
    void run_once();
    /// Ends run() after the current turn. Any thread.
    void stop();
    /// Runs `task` on the loop's thread in a later turn, in the order of posting. Any thread.
    void post(std::function<void()> task);
    /// Destroys `object` once the callback that is running has returned. Loop thread.
    void defer_delete(std::unique_ptr<Deletable> object);

    /// No other thread runs the loop: while nobody does, as before and after run(), whoever has it
    /// may use it. What is for the loop thread only asserts this.
    bool is_own_thread() const noexcept {
        const auto runner = runner_.load(std::memory_order_relaxed);
        return runner == std::thread::id() || runner == std::this_thread::get_id();
    }

    /// Loop thread, as all that is made of it.
    event_base* base() const noexcept {
        assert(is_own_thread());
        return base_.get();
    }
    /// Of its servers. Any thread may read.
    TlsCounts& tls_counts() noexcept { return tls_counts_; }
    /// Loop thread.
    TurnWatch& turn() noexcept { return turn_; }
    Scratch& scratch() noexcept {
        assert(is_own_thread());
        return scratch_;
    }

private:
    class Running;

    void drain_posted();
    void sweep();

    EventBase base_;
    std::atomic<std::thread::id> runner_{};  // none: not running
    Fd wake_fd_;
    Event wake_event_;
    Event sweep_event_;
    std::mutex posted_mutex_;
    std::vector<std::function<void()>> posted_;  // guarded by posted_mutex_
    std::vector<std::unique_ptr<Deletable>> doomed_;
    Scratch scratch_;
    TlsCounts tls_counts_;
    TurnWatch turn_{base_.get()};
};

}  // namespace core
