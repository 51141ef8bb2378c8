#include "backend/node/side_thread.h"

#include <cassert>
#include <utility>

#include "core/signals_blocked.h"

namespace backend {

SideThread::SideThread(core::EventLoop& loop) : loop_(loop) {
    const core::SignalsBlocked blocked;
    thread_ = std::thread([this] { work(); });
}

SideThread::~SideThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void SideThread::run(std::function<void()> job, std::function<void()> on_done) {
    assert(loop_.is_own_thread());
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back({std::move(job), std::move(on_done)});
    }
    wake_.notify_one();
}

void SideThread::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
        if (stopping_) return;
        Work next = std::move(waiting_.front());
        waiting_.pop_front();
        lock.unlock();
        next.job();
        loop_.post(std::move(next.on_done));
        lock.lock();
    }
}

}  // namespace backend
