#include "dns/channel.h"

#include <stdexcept>
#include <utility>

namespace dns {

namespace {

/// One question to one server, doubled for the second round: with one server 2.1 s, which is under
/// the 3 s that a pool usually waits for a connection.
constexpr int kTimeoutMs = 700;
constexpr int kTries = 2;

void check(int status, const char* what) {
    if (status != ARES_SUCCESS) {
        throw std::runtime_error(std::string(what) + ": " + ares_strerror(status));
    }
}

/// c-ares is initialised once per process, before any channel.
void init_library() {
    static const int done = ares_library_init(ARES_LIB_INIT_ALL);
    check(done, "cannot set up DNS");
}

}  // namespace

std::string resolver_library() {
    return std::string("c-ares ") + ares_version(nullptr);
}

Problem problem_of(int status) {
    switch (status) {
        case ARES_ENODATA: return Problem::no_data;
        case ARES_EFORMERR: return Problem::question_refused;
        case ARES_ESERVFAIL: return Problem::server_failed;
        case ARES_ENOTFOUND: return Problem::no_such_name;
        case ARES_ENOTIMP: return Problem::not_implemented;
        case ARES_EREFUSED: return Problem::refused;
        case ARES_EBADNAME: return Problem::bad_name;
        case ARES_EBADRESP: return Problem::bad_answer;
        case ARES_ECONNREFUSED: return Problem::no_server;
        case ARES_ETIMEOUT: return Problem::timeout;
        case ARES_ENOMEM: return Problem::no_memory;
        default: return Problem::failed;
    }
}

Channel::Channel(core::EventLoop& loop, const Servers& servers) : loop_(loop) {
    init_library();
    ares_options options{};
    options.timeout = kTimeoutMs;
    options.tries = kTries;
    options.sock_state_cb_data = this;
    options.sock_state_cb = [](void* self, ares_socket_t fd, int readable, int writable) noexcept {
        static_cast<Channel*>(self)->watch(fd, readable != 0, writable != 0);
    };
    int given = ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_QUERY_CACHE
    // From 1.31 on c-ares keeps answers, too: ours are kept by dns/cache, which knows how long.
    options.qcache_max_ttl = 0;
    given |= ARES_OPT_QUERY_CACHE;
#endif
    check(ares_init_options(&channel_, &options, given), "cannot set up DNS");
    try {
        configure(servers);
    } catch (...) {
        ares_destroy(channel_);
        throw;
    }
    const auto on_time = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<Channel*>(self)->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    };
    clock_.reset(event_new(loop_.base(), -1, 0, on_time, this));
}

Channel::~Channel() {
    ares_destroy(channel_);
}

void Channel::configure(const Servers& servers) {
    std::string list;
    for (const std::string& address : servers.addresses) {
        if (!list.empty()) list += ',';
        list += address;
    }
    if (list.empty()) return;
    check(ares_set_servers_ports_csv(channel_, list.c_str()), "cannot use the DNS servers given");
}

void Channel::set_clock() {
    timeval room{};
    if (const timeval* next = ares_timeout(channel_, nullptr, &room)) {
        event_add(clock_.get(), next);
    } else {
        event_del(clock_.get());
    }
}

void Channel::watch(ares_socket_t fd, bool readable, bool writable) {
    if (!readable && !writable) {
        sockets_.erase(fd);
        return;
    }
    const auto on_ready = [](evutil_socket_t socket, short what, void* self) noexcept {
        static_cast<Channel*>(self)->process((what & EV_READ) != 0 ? socket : ARES_SOCKET_BAD,
                                             (what & EV_WRITE) != 0 ? socket : ARES_SOCKET_BAD);
    };
    const short interest =
        static_cast<short>((readable ? EV_READ : 0) | (writable ? EV_WRITE : 0) | EV_PERSIST);
    core::Event event(event_new(loop_.base(), fd, interest, on_ready, this));
    event_add(event.get(), nullptr);
    sockets_[fd] = std::move(event);
}

void Channel::process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    set_clock();
}

}  // namespace dns
