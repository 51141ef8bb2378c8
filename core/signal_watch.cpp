#include "core/signal_watch.h"

#include <csignal>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "core/log.h"

namespace core {
namespace {

/// Those whose default is to end the process, and that mean nothing here. SIGQUIT and the signals
/// of faults are not among them: an operator who sends one wants a core dump.
std::vector<int> signals_without_meaning() {
    std::vector<int> all{SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO, SIGPWR, SIGSTKFLT, SIGXCPU};
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) all.push_back(signal);
    return all;
}

/// All that wait until somebody hears them.
sigset_t held_signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : signals_without_meaning()) sigaddset(&set, signal);
    for (const int signal : {SIGHUP, SIGUSR1}) sigaddset(&set, signal);
    return set;
}

std::string name_of(int signal) {
    if (signal >= SIGRTMIN) return "SIGRTMIN+" + std::to_string(signal - SIGRTMIN);
    const char* name = ::sigabbrev_np(signal);
    return name != nullptr ? "SIG" + std::string(name) : std::to_string(signal);
}

void reopen_log_or_warn() {
    if (auto reopened = reopen_log(); !reopened) {
        Log(Severity::warn, "log_not_reopened")
            .with("why", reopened.error().why)
            .with("effect", "the old file is still used")
            .with("remedy", reopened.error().remedy + "; then send SIGHUP or SIGUSR1 again");
    }
}

}  // namespace

void hold_signals() {
    const sigset_t held = held_signals();
    ::pthread_sigmask(SIG_BLOCK, &held, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
}

SignalWatch::SignalWatch(EventLoop& loop, Events events) : loop_(loop), events_(std::move(events)) {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) hear(signal);
    for (const int signal : signals_without_meaning()) hear(signal);
    const sigset_t held = held_signals();
    ::pthread_sigmask(SIG_UNBLOCK, &held, nullptr);
}

void SignalWatch::hear(int signal) {
    const auto trampoline = [](evutil_socket_t number, short, void* self) noexcept {
        static_cast<SignalWatch*>(self)->on_signal(static_cast<int>(number));
    };
    signals_.emplace_back(evsignal_new(loop_.base(), signal, trampoline, this));
    if (!signals_.back()) throw std::bad_alloc();
    event_add(signals_.back().get(), nullptr);
}

void SignalWatch::on_signal(int signal) {
    switch (signal) {
        case SIGHUP:
            reopen_log_or_warn();
            if (events_.on_hang_up) events_.on_hang_up();
            return;
        case SIGUSR1: return reopen_log_or_warn();
        case SIGTERM:
        case SIGINT:
            if (std::exchange(is_stopping_, true)) return loop_.stop();
            return events_.on_stop();
        default: return note_ignored(signal);
    }
}

void SignalWatch::note_ignored(int signal) const {
    std::string remedy = events_.on_hang_up
                             ? "SIGHUP reads the configuration again and opens the log anew, "
                               "SIGUSR1 opens the log anew, SIGTERM stops"
                             : "SIGHUP and SIGUSR1 open the log anew, SIGTERM stops";
    if (signal == SIGXCPU)
        remedy = "raise the limit of processor time (LimitCPU): the system ends this process soon";
    Log(Severity::warn, "signal_ignored").with("signal", name_of(signal)).with("remedy", remedy);
}

}  // namespace core
