#pragma once
// What the operator's signals mean to a server process, heard on its main loop: SIGTERM and SIGINT
// ask it to stop, SIGHUP to open its log anew and whatever else it does then. Owned by the process;
// loop thread only.

#include <functional>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"

namespace core {

class SignalWatch {
public:
    struct Events {
        /// The first SIGTERM or SIGINT: time for goodbyes. At the second one the loop stops at
        /// once.
        std::function<void()> on_stop;
        /// SIGHUP, once the log's file has been opened anew; where that fails, a line says so. May
        /// be empty.
        std::function<void()> on_hang_up;
    };

    /// From now on, while this lives, the signals come here. SIGPIPE is ignored for good: that a
    /// peer is gone is for the write to say.
    SignalWatch(EventLoop& loop, Events events);
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    void on_signal(int signal);

    EventLoop& loop_;
    Events events_;
    std::vector<Event> signals_;
    bool is_stopping_ = false;
};

}  // namespace core
