#include "core/event_loop.h"

#include <sys/eventfd.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "core/event_memory.h"

namespace core {

namespace {

EventBase make_base() {
    use_event_memory();
    event_config* config = event_config_new();
    if (config == nullptr) throw std::bad_alloc();
    // No locks inside libevent: other threads come in only by the eventfd. The changelist spares
    // the epoll_ctl calls of an event that is deleted and added again within one turn.
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST);
    EventBase base(event_base_new_with_config(config));
    event_config_free(config);
    if (!base) throw std::runtime_error("libevent found no usable event notification method");
    return base;
}

}  // namespace

EventLoop::EventLoop() : base_(make_base()), wake_fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
    if (!wake_fd_) throw std::system_error(errno, std::system_category(), "eventfd");
    const auto on_wake = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<EventLoop*>(self)->drain_posted();
    };
    const auto on_sweep = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<EventLoop*>(self)->sweep();
    };
    wake_event_.reset(event_new(base_.get(), wake_fd_.get(), EV_READ | EV_PERSIST, on_wake, this));
    sweep_event_.reset(event_new(base_.get(), -1, 0, on_sweep, this));
    if (!wake_event_ || !sweep_event_) throw std::bad_alloc();
    event_add(wake_event_.get(), nullptr);
}

EventLoop::~EventLoop() {
    // What was handed over for deletion may still use the base (events, timers).
    sweep();
}

/// The calling thread runs the loop as long as this is there.
class EventLoop::Running {
public:
    explicit Running(EventLoop& loop) : loop_(loop) {
        assert(loop_.is_own_thread());
        loop_.runner_.store(std::this_thread::get_id(), std::memory_order_relaxed);
    }
    ~Running() { loop_.runner_.store({}, std::memory_order_relaxed); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

private:
    EventLoop& loop_;
};

void EventLoop::run() {
    const Running running(*this);
    event_base_loop(base_.get(), EVLOOP_NO_EXIT_ON_EMPTY);
    drain_posted();
    sweep();
}

void EventLoop::run_once() {
    const Running running(*this);
    event_base_loop(base_.get(), EVLOOP_NONBLOCK);
    sweep();
}

void EventLoop::stop() {
    post([this] { event_base_loopbreak(base_.get()); });
}

void EventLoop::post(std::function<void()> task) {
    bool was_empty = false;
    {
        const std::lock_guard lock(posted_mutex_);
        was_empty = posted_.empty();
        posted_.push_back(std::move(task));
    }
    if (was_empty) {
        const std::uint64_t one = 1;
        // The counter cannot overflow: it is written only when the queue was empty.
        [[maybe_unused]] const auto written = ::write(wake_fd_.get(), &one, sizeof one);
    }
}

void EventLoop::drain_posted() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto read = ::read(wake_fd_.get(), &count, sizeof count);
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(posted_mutex_);
        tasks.swap(posted_);
    }
    const TurnLooks looks(turn_);
    for (auto& task : tasks) task();
}

void EventLoop::defer_delete(std::unique_ptr<Deletable> object) {
    assert(is_own_thread());
    if (doomed_.empty()) event_active(sweep_event_.get(), EV_TIMEOUT, 0);
    doomed_.push_back(std::move(object));
}

void EventLoop::sweep() {
    const TurnLooks looks(turn_);
    // A destructor may hand over more; each round takes what has gathered.
    while (!doomed_.empty()) {
        std::vector<std::unique_ptr<Deletable>> batch;
        batch.swap(doomed_);
    }
}

}  // namespace core
