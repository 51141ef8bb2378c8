#pragma once
// What a server tells whoever started it, in the protocol of systemd's sd_notify(3): that it is
// ready, that it reloads, how it is, that it is alive. Says nothing where nobody asks
// ($NOTIFY_SOCKET). Loses a message rather than wait. One thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/handle.h"

namespace core {

class ServiceManager {
public:
    /// Of the environment: $NOTIFY_SOCKET, $WATCHDOG_USEC, $WATCHDOG_PID. They are taken out of it,
    /// so that no child speaks in our name. To be called while there is one thread.
    static ServiceManager of_environment();
    /// Nobody asks.
    ServiceManager() = default;

    /// Everything is served. Also the end of a reload.
    void ready() { tell("READY=1"); }
    /// A reload has begun; ready() follows.
    void reloading();
    void stopping() { tell("STOPPING=1"); }
    /// One line for people.
    void status(std::string_view line) { tell(std::string("STATUS=").append(line)); }
    void alive() { tell("WATCHDOG=1"); }
    /// alive() is wanted this often at least, or the process is ended; 0: never.
    std::chrono::microseconds watchdog() const noexcept { return watchdog_; }
    /// Another process speaks from now on, which has this environment().
    void main_process(std::int64_t pid) { tell("MAINPID=" + std::to_string(pid)); }
    /// What of_environment() has taken, as a child needs it to speak in our place: "NAME=VALUE".
    std::vector<std::string> environment() const;
    bool is_asked() const noexcept { return static_cast<bool>(socket_); }

private:
    void tell(std::string_view message);

    Fd socket_;         // connected; none: nobody asks
    std::string name_;  // of $NOTIFY_SOCKET
    std::chrono::microseconds watchdog_{0};
};

}  // namespace core
