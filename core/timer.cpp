#include "core/timer.h"

#include <new>
#include <utility>

namespace core {

Timer::Timer(EventLoop& loop, std::function<void()> on_expired)
    : loop_(loop), on_expired_(std::move(on_expired)) {
    const auto on_timeout = [](evutil_socket_t, short, void* self) noexcept {
        // Called on a copy: the callback may destroy this timer and with it the function.
        const TurnLooks looks(static_cast<Timer*>(self)->loop_.turn());
        const auto callback = static_cast<Timer*>(self)->on_expired_;
        callback();
    };
    event_.reset(event_new(loop.base(), -1, 0, on_timeout, this));
    if (!event_) throw std::bad_alloc();
}

void Timer::start(std::chrono::milliseconds after) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(after);
    const timeval timeout{.tv_sec = seconds.count(),
                          .tv_usec = std::chrono::microseconds(after - seconds).count()};
    event_del(event_.get());
    // Sessions wait for few different durations; a common timeout is a queue instead of a heap, so
    // starting and cancelling are O(1). libevent knows at most 256 of them; past that it says no,
    // and the plain timeout serves.
    const timeval* common = event_base_init_common_timeout(loop_.base(), &timeout);
    event_add(event_.get(), common != nullptr ? common : &timeout);
}

void Timer::cancel() {
    assert(loop_.is_own_thread());
    event_del(event_.get());
}

bool Timer::is_running() const {
    return event_pending(event_.get(), EV_TIMEOUT, nullptr) != 0;
}

}  // namespace core
