#include "core/signal_watch.h"

#include <csignal>
#include <new>
#include <utility>

#include "core/log.h"

namespace core {
namespace {

void reopen_log_or_warn() {
    if (auto reopened = reopen_log(); !reopened) {
        Log(Severity::warn, "log_not_reopened")
            .with("why", reopened.error())
            .with("remedy", "mend it and send SIGHUP again; the file of before is used");
    }
}

}  // namespace

SignalWatch::SignalWatch(EventLoop& loop, Events events) : loop_(loop), events_(std::move(events)) {
    std::signal(SIGPIPE, SIG_IGN);
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
        const auto trampoline = [](evutil_socket_t signal, short, void* self) noexcept {
            static_cast<SignalWatch*>(self)->on_signal(static_cast<int>(signal));
        };
        signals_.emplace_back(evsignal_new(loop.base(), number, trampoline, this));
        if (!signals_.back()) throw std::bad_alloc();
        event_add(signals_.back().get(), nullptr);
    }
}

void SignalWatch::on_signal(int signal) {
    if (signal == SIGHUP) {
        reopen_log_or_warn();
        if (events_.on_hang_up) events_.on_hang_up();
    } else if (std::exchange(is_stopping_, true)) {
        loop_.stop();
    } else {
        events_.on_stop();
    }
}

}  // namespace core
