#pragma once
// c-ares on one EventLoop: its sockets and its clock as events. Truncated answers are asked again
// over TCP (c-ares' default). Owned by a resolver; loop thread only.

#include <ares.h>

#include <map>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"
#include "dns/problem.h"

namespace dns {

/// Whom to ask: "192.0.2.53:5353" or "[2001:db8::53]:53" each, tried in this order; none means the
/// servers of the system (resolv.conf).
struct Servers {
    std::vector<std::string> addresses;
};

/// "c-ares 1.18.1", for `stanzagate version`.
std::string resolver_library();

/// What a status of c-ares that is no success means.
Problem problem_of(int status);

class Channel {
public:
    /// Throws std::runtime_error when the system's configuration or a server cannot be read.
    Channel(core::EventLoop& loop, const Servers& servers);
    /// Ends what is under way with ARES_EDESTRUCTION.
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    ares_channel get() const { return channel_; }
    /// To be called after each question: sets the clock to c-ares' next deadline.
    void set_clock();

private:
    void configure(const Servers& servers);
    void watch(ares_socket_t fd, bool readable, bool writable);
    void process(ares_socket_t readable, ares_socket_t writable);

    core::EventLoop& loop_;
    ares_channel channel_ = nullptr;
    std::map<ares_socket_t, core::Event> sockets_;
    core::Event clock_;
};

}  // namespace dns
