#pragma once
// A thread beside a loop for work that takes milliseconds, such as checking a password: jobs one
// after the other, results back on the loop. Owned by the loop's thread.

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "core/event_loop.h"

namespace backend {

class SideThread {
public:
    /// `loop` outlives the thread.
    explicit SideThread(core::EventLoop& loop);
    /// Waits for the job that runs; the others are dropped.
    ~SideThread();
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;

    /// Runs `job` on the thread, then `on_done` on the loop. Loop thread.
    void run(std::function<void()> job, std::function<void()> on_done);

private:
    struct Work {
        std::function<void()> job;
        std::function<void()> on_done;
    };
    void work();

    core::EventLoop& loop_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Work> waiting_;  // guarded by mutex_
    bool stopping_ = false;     // guarded by mutex_
    std::thread thread_;
};

}  // namespace backend
