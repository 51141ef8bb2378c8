#include "proxy/legs/proxied_accept.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/log.h"
#include "core/proxy_protocol.h"

namespace proxy {

namespace {

/// Of one header, as its decoder has it.
constexpr std::size_t kHeaderBytes = core::ProxyDecodeLimits{}.bytes;

timeval to_timeval(std::chrono::milliseconds time) {
    return {.tv_sec = time.count() / 1'000, .tv_usec = time.count() % 1'000 * 1'000};
}

}  // namespace

/// One connection. Bytes are looked at first (MSG_PEEK) and taken as soon as they are known to be
/// of the header, so a part of one does not keep the socket readable.
class ProxiedAccepts::Waiting {
public:
    Waiting(ProxiedAccepts& owner, core::Fd socket, const core::Endpoint& proxy,
            std::chrono::milliseconds patience, OnDone on_done)
        : owner_(owner),
          client_{.socket = std::move(socket), .peer = proxy, .local = {}},
          deadline_(core::Clock::now() + patience),
          on_done_(std::move(on_done)) {
        const auto on_ready = [](evutil_socket_t, short, void* self) noexcept {
            static_cast<Waiting*>(self)->read();
        };
        readable_.reset(
            event_new(owner.loop_.base(), client_.socket.get(), EV_READ, on_ready, this));
        if (!readable_) throw std::bad_alloc();
    }

    /// May destroy this, as may all that it calls.
    void read() {
        if (!has_header_ && !read_header()) return;
        char next = 0;
        const ssize_t seen = peek(&next, 1);
        if (seen > 0) return done(std::move(client_));
        seen == 0 ? on_end() : wait();
    }
    void close() { done(std::nullopt); }

    std::size_t index = 0;  // in the owner's table

private:
    /// False: not yet, or not at all.
    bool read_header() {
        std::array<char, kHeaderBytes> bytes;
        std::copy(begun_.begin(), begun_.end(), bytes.begin());
        const ssize_t seen = peek(bytes.data() + begun_.size(), bytes.size() - begun_.size());
        if (seen <= 0) {
            seen == 0 ? on_end() : wait();
            return false;
        }
        const std::string_view all(bytes.data(), begun_.size() + static_cast<std::size_t>(seen));
        const auto result = core::decode_proxy(all);
        if (const auto* refused = std::get_if<core::ProxyRefused>(&result)) {
            refuse("no_header", refused->offset, refused->expected);
            return false;
        }
        const auto* decoded = std::get_if<core::ProxyDecoded>(&result);
        const std::size_t ours = decoded != nullptr ? decoded->bytes : all.size();
        take(bytes.data() + begun_.size(), ours - begun_.size());
        if (decoded == nullptr) {
            begun_ = all;
            wait();
            return false;
        }
        has_header_ = true;
        const core::ProxyHeader& header = decoded->header;
        if (!header.has_addresses()) return true;
        client_.local = header.destination;
        // With version 1, HAProxy's checks name HAProxy.
        if (std::exchange(client_.peer, header.source) == header.source) return true;
        done(std::move(client_));
        return false;
    }

    /// Bytes that lie in the socket: 0 at its end, -1 for none yet.
    ssize_t peek(char* to, std::size_t most) const {
        ssize_t seen = 0;
        do {
            seen = ::recv(client_.socket.get(), to, most, MSG_PEEK);
        } while (seen < 0 && errno == EINTR);
        if (seen >= 0) return seen;
        return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
    }

    /// Takes what peek() has shown.
    void take(char* to, std::size_t count) const {
        while (count > 0) {
            const ssize_t taken = ::recv(client_.socket.get(), to, count, 0);
            if (taken < 0 && errno == EINTR) continue;
            if (taken <= 0) return;  // the next look finds the end
            count -= static_cast<std::size_t>(taken);
        }
    }

    /// Until there is more, or the time is over; what has come by then counts.
    void wait() {
        const auto left = deadline_ - core::Clock::now();
        if (left <= left.zero()) return on_late();
        const timeval time = to_timeval(std::chrono::ceil<std::chrono::milliseconds>(left));
        event_add(readable_.get(), &time);
    }

    void on_late() {
        has_header_ ? leave() : refuse("timeout", begun_.size(), "a whole PROXY header");
    }

    void on_end() {
        has_header_ || begun_.empty() ? leave()
                                      : refuse("cut", begun_.size(), "a whole PROXY header");
    }

    /// What looks whether we are there is none of the operator's business.
    void leave() {
        core::Log(core::Severity::debug, "proxy_check_ended")
            .with("peer", client_.peer.to_string());
        done(std::nullopt);
    }

    void refuse(std::string_view reason, std::size_t offset, std::string_view expected) {
        core::Log(core::Severity::warn, "proxy_header_refused")
            .with("peer", client_.peer.to_string())
            .with("reason", reason)
            .with("offset", static_cast<std::uint64_t>(offset))
            .with("expected", expected)
            .with("remedy",
                  "let the proxy at this address send PROXY headers (HAProxy: send-proxy-v2), or "
                  "take it out of accept_proxy");
        done(std::nullopt);
    }

    void done(std::optional<AcceptedClient> client) {
        const auto self = owner_.take(*this);
        readable_.reset();
        self->on_done_(std::move(client));
    }

    ProxiedAccepts& owner_;
    AcceptedClient client_;
    core::TimePoint deadline_;
    OnDone on_done_;
    core::Event readable_;
    std::string begun_;  // of a header that comes in parts
    bool has_header_ = false;
};

ProxiedAccepts::ProxiedAccepts(core::EventLoop& loop) : loop_(loop) {}

ProxiedAccepts::~ProxiedAccepts() = default;

void ProxiedAccepts::accept(core::Fd socket, const core::Endpoint& proxy,
                            std::chrono::milliseconds patience, OnDone on_done) {
    waiting_.push_back(
        std::make_unique<Waiting>(*this, std::move(socket), proxy, patience, std::move(on_done)));
    waiting_.back()->index = waiting_.size() - 1;
    waiting_.back()->read();  // most headers come with the connection
}

std::unique_ptr<ProxiedAccepts::Waiting> ProxiedAccepts::take(Waiting& one) {
    std::swap(waiting_[one.index], waiting_.back());
    waiting_[one.index]->index = one.index;
    auto taken = std::move(waiting_.back());
    waiting_.pop_back();
    return taken;
}

void ProxiedAccepts::close_all() {
    while (!waiting_.empty()) waiting_.back()->close();
}

}  // namespace proxy
