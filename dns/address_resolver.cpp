#include "dns/address_resolver.h"

#include <ares.h>
#include <netdb.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "core/handle.h"

namespace dns {

namespace {

/// One question over UDP (or TCP) to one server, and how often; together under the 3 s that a pool
/// usually waits for a connection.
constexpr int kTimeoutMs = 1000;
constexpr int kTries = 2;

using AddressInfo = core::Handle<ares_addrinfo, &ares_freeaddrinfo>;

/// c-ares is initialised once per process, before any channel.
void init_library() {
    static const int done = ares_library_init(ARES_LIB_INIT_ALL);
    if (done != ARES_SUCCESS) throw std::runtime_error(ares_strerror(done));
}

}  // namespace

std::string resolver_library() {
    return std::string("c-ares ") + ares_version(nullptr);
}

/// c-ares' sockets and its clock, as events of the loop.
struct AddressResolver::Channel {
    explicit Channel(core::EventLoop& loop) : loop_(loop) {
        init_library();
        ares_options options{};
        options.timeout = kTimeoutMs;
        options.tries = kTries;
        options.sock_state_cb_data = this;
        options.sock_state_cb = [](void* self, ares_socket_t fd, int readable,
                                   int writable) noexcept {
            static_cast<Channel*>(self)->watch(fd, readable != 0, writable != 0);
        };
        const int made = ares_init_options(
            &channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
        if (made != ARES_SUCCESS) {
            throw std::runtime_error(std::string("cannot set up DNS: ") + ares_strerror(made));
        }
        const auto on_time = [](evutil_socket_t, short, void* self) noexcept {
            static_cast<Channel*>(self)->process(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
        };
        clock_.reset(event_new(loop_.base(), -1, 0, on_time, this));
    }
    ~Channel() { ares_destroy(channel_); }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    ares_channel get() const { return channel_; }

    void set_clock() {
        timeval room{};
        if (const timeval* next = ares_timeout(channel_, nullptr, &room)) {
            event_add(clock_.get(), next);
        } else {
            event_del(clock_.get());
        }
    }

private:
    void watch(ares_socket_t fd, bool readable, bool writable) {
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

    void process(ares_socket_t readable, ares_socket_t writable) {
        ares_process_fd(channel_, readable, writable);
        set_clock();
    }

    core::EventLoop& loop_;
    ares_channel channel_ = nullptr;
    std::map<ares_socket_t, core::Event> sockets_;
    core::Event clock_;
};

AddressResolver::AddressResolver(core::EventLoop& loop)
    : loop_(loop), channel_(std::make_unique<Channel>(loop)) {}

AddressResolver::~AddressResolver() {
    *alive_ = false;
}

AddressResolver::Query::~Query() {
    if (resolver == nullptr) return;
    auto& waiting = resolver->answers_[host].waiting;
    waiting.erase(std::remove(waiting.begin(), waiting.end(), this), waiting.end());
}

std::unique_ptr<AddressResolver::Query> AddressResolver::resolve(const std::string& host,
                                                                 OnAddresses on_addresses) {
    std::unique_ptr<Query> query(new Query);
    query->resolver = this;
    query->host = host;
    query->on_addresses = std::move(on_addresses);

    Answer& answer = answers_[host];
    answer.waiting.push_back(query.get());
    if (core::Clock::now() < answer.fresh_until) {
        loop_.post([this, host, alive = alive_] {
            if (*alive) tell(answers_[host]);
        });
    } else if (!answer.is_asked) {
        answer.is_asked = true;
        // Asked from the loop: c-ares answers some questions (hosts file) before its call returns.
        loop_.post([this, host, alive = alive_] {
            if (*alive) ask(host);
        });
    }
    return query;
}

void AddressResolver::ask(const std::string& host) {
    struct Question {
        AddressResolver* resolver;
        std::string host;
    };
    const auto on_answer = [](void* raw, int status, int, ares_addrinfo* result) noexcept {
        const std::unique_ptr<Question> question(static_cast<Question*>(raw));
        const AddressInfo info(result);
        if (status == ARES_EDESTRUCTION) return;
        std::vector<core::Endpoint> addresses;
        int ttl = 0;
        for (auto* node = info ? info->nodes : nullptr; node != nullptr; node = node->ai_next) {
            addresses.push_back(core::Endpoint::from_sockaddr(node->ai_addr));
            ttl = addresses.size() == 1 ? node->ai_ttl : std::min(ttl, node->ai_ttl);
        }
        question->resolver->take_answer(question->host, std::move(addresses),
                                        std::chrono::seconds(ttl));
    };
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_->get(), host.c_str(), nullptr, &hints, on_answer,
                     new Question{this, host});
    channel_->set_clock();
}

void AddressResolver::take_answer(const std::string& host, std::vector<core::Endpoint> addresses,
                                  std::chrono::seconds ttl) {
    Answer& answer = answers_[host];
    answer.is_asked = false;
    answer.fresh_until = core::Clock::now() + std::clamp(ttl, kTtlFloor, kTtlCeiling);
    // A failure keeps the last good answer: an outage of DNS must not become one of ours.
    if (!addresses.empty()) answer.addresses = std::move(addresses);
    tell(answer);
}

void AddressResolver::tell(Answer& answer) {
    // One at a time: a callback may end other queries of this list.
    while (!answer.waiting.empty()) {
        Query* query = answer.waiting.front();
        answer.waiting.erase(answer.waiting.begin());
        query->resolver = nullptr;
        const auto on_addresses = std::move(query->on_addresses);
        on_addresses(answer.addresses);
    }
}

}  // namespace dns
