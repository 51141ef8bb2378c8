#include "core/worker_pool.h"

#include <pthread.h>

#include <string>
#include <system_error>

#include "core/signals_blocked.h"

namespace core {

WorkerPool::WorkerPool(unsigned count) {
    for (unsigned i = 0; i < count; ++i) loops_.push_back(std::make_unique<EventLoop>());
}

WorkerPool::~WorkerPool() {
    stop();
}

Result<void, std::string> WorkerPool::start() try {
    const SignalsBlocked blocked;
    for (unsigned i = 0; i < size(); ++i) {
        threads_.emplace_back([loop = loops_[i].get()] { loop->run(); });
        pthread_setname_np(threads_.back().native_handle(),
                           ("worker-" + std::to_string(i)).c_str());
    }
    return {};
} catch (const std::system_error& failure) {
    return fail("a thread for each of " + std::to_string(size()) + " workers: " +
                failure.code().message() + "; raise the limit of threads (TasksMax, ulimit -u)");
}

void WorkerPool::post_to_all(const std::function<void(unsigned)>& task) {
    for (unsigned i = 0; i < size(); ++i) loops_[i]->post([task, i] { task(i); });
}

void WorkerPool::stop() {
    if (threads_.empty()) return;
    for (auto& loop : loops_) loop->stop();
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

}  // namespace core
