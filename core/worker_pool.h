#pragma once
// One thread and one EventLoop per worker. Owned by main; start and join on main's thread.

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/event_loop.h"
#include "core/result.h"

namespace core {

class WorkerPool {
public:
    /// `count` loops; none runs yet, so that the caller can fill them with listeners first.
    explicit WorkerPool(unsigned count);
    ~WorkerPool();

    unsigned size() const { return static_cast<unsigned>(loops_.size()); }
    EventLoop& loop(unsigned index) { return *loops_[index]; }

    /// Starts a thread per loop with all signals blocked: they belong to main's thread. The error
    /// is for the operator; then some run, until stop().
    [[nodiscard]] Result<void, std::string> start();
    /// Runs `task(index)` on every loop's thread. Any thread.
    void post_to_all(const std::function<void(unsigned index)>& task);
    /// Stops the loops and waits for their threads.
    void stop();

private:
    std::vector<std::unique_ptr<EventLoop>> loops_;
    std::vector<std::thread> threads_;
};

}  // namespace core
