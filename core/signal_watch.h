#pragma once
// What the operator's signals mean to a server process, heard on its main loop: SIGTERM and SIGINT
// ask it to stop, SIGHUP and SIGUSR1 to open its log anew, SIGHUP to do whatever else it does then.
// No other signal that would end it without a word does so: a line says that it came. Owned by the
// process; loop thread only.

#include <functional>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"

namespace core {

/// A server process calls this first of all. From here on signals wait for a SignalWatch, except
/// those that stop the process. SIGPIPE and SIGXFSZ are ignored for good: the failing write says
/// that a peer is gone or a file too long.
void hold_signals();

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

    /// From now on, while this lives, the signals come here, and so do those that were held.
    SignalWatch(EventLoop& loop, Events events);
    SignalWatch(const SignalWatch&) = delete;
    SignalWatch& operator=(const SignalWatch&) = delete;

private:
    void hear(int signal);
    void on_signal(int signal);
    void note_ignored(int signal) const;

    EventLoop& loop_;
    Events events_;
    std::vector<Event> signals_;
    bool is_stopping_ = false;
};

}  // namespace core
