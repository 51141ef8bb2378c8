// The far end of bench/compare: a backend that speaks just enough XMPP to let load_client log in,
// and then returns every message (echo) or swallows it (sink). It stands behind all targets alike,
// so that they do the same work. It trusts its input: whatever is not load_client's dialogue counts
// as broken.
//
//   sink_server ADDRESS:PORT echo|sink [SECONDS]
//
// Port 0 lets the kernel choose; the first line printed is "listening ADDRESS:PORT". Runs until
// SIGTERM, SIGINT or SECONDS (600) have passed, then prints one line of counts; exit 0 if nothing
// was broken.

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/poller.h"
#include "bench/sink_dialogue.h"
#include "core/endpoint.h"

namespace bench {
namespace {

using namespace std::literals;

constexpr std::size_t kConnectionsMax = 19'900;  // of the 20,000 descriptors a process may open
constexpr std::size_t kReadBytes = 256 * 1024;   // one read() of one wake-up
constexpr std::size_t kUnfinishedBytesMax = 1 << 20;  // of an element that does not end
constexpr std::uint64_t kListenerNumber = ~0ULL;

struct Connection {
    core::Fd fd;
    SinkStream stream;
    std::string unread;  // an element that has not ended yet
    std::string unsent;  // what the socket did not take
};

class SinkServer {
public:
    SinkServer(const core::Endpoint& address, SinkMode mode)
        : dialogue_(mode, counts_), scratch_(kReadBytes) {
        listener_.reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_storage name{};
        socklen_t length = address.to_sockaddr(name);
        const int on = 1;
        ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(listener_.get(), reinterpret_cast<sockaddr*>(&name), length) != 0)
            throw_errno("bind");
        if (::listen(listener_.get(), 4096) != 0) throw_errno("listen");
        length = sizeof name;
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&name), &length);
        local_ = core::Endpoint::from_sockaddr(reinterpret_cast<sockaddr*>(&name));
        poller_.add(listener_.get(), EPOLLIN, kListenerNumber);
        connections_.resize(kConnectionsMax + 8);
    }

    const core::Endpoint& local() const { return local_; }
    const SinkCounts& counts() const { return counts_; }

    void turn() {
        for (const epoll_event& event : poller_.wait(200ms)) {
            if (event.data.u64 == kListenerNumber) {
                accept_some();
            } else {
                on_ready(*connections_[event.data.u64], event.events);
            }
        }
    }

private:
    void accept_some() {
        for (int i = 0; i < 64; ++i) {
            core::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
            if (!fd) return;
            const auto number = static_cast<std::size_t>(fd.get());
            if (number >= connections_.size()) throw std::runtime_error("too many connections");
            const int on = 1;
            ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            poller_.add(fd.get(), EPOLLIN, number);
            connections_[number] = std::make_unique<Connection>();
            connections_[number]->fd = std::move(fd);
            ++counts_.accepted;
        }
    }

    void on_ready(Connection& connection, std::uint32_t events) {
        if ((events & EPOLLOUT) != 0) {
            std::string waiting = std::move(connection.unsent);
            connection.unsent.clear();
            if (!send(connection, waiting)) return close(connection);
            if (connection.unsent.empty()) listen_for(connection, EPOLLIN);
            return;
        }
        const ssize_t got = ::read(connection.fd.get(), scratch_.data(), scratch_.size());
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return close(connection);
        if (!on_bytes(connection, {scratch_.data(), static_cast<std::size_t>(got)}))
            close(connection);
    }

    /// False when the connection has to end.
    bool on_bytes(Connection& connection, std::string_view bytes) {
        if (!connection.unread.empty()) {
            connection.unread.append(bytes);
            bytes = connection.unread;
        }
        replies_.clear();
        const std::size_t used = dialogue_.advance(connection.stream, bytes, replies_);
        const std::string_view rest = bytes.substr(used);
        if (connection.stream.step == SinkStep::messages && !connection.stream.is_websocket &&
            !plausible(rest)) {
            ++counts_.broken;
            return false;
        }
        if (rest.empty()) {
            connection.unread.clear();
        } else if (connection.unread.empty()) {
            connection.unread.assign(rest);
        } else {
            connection.unread.erase(0, used);
        }
        if (connection.unread.size() > kUnfinishedBytesMax) {
            ++counts_.broken;
            return false;
        }
        return replies_.empty() || send(connection, replies_);
    }

    static bool plausible(std::string_view unfinished) {
        const std::string_view start = unfinished.substr(0, 8);
        return "<message"sv.starts_with(start) || kStreamEnd.starts_with(start);
    }

    /// False when the connection has to end: it failed, or the stream is over and all is sent.
    bool send(Connection& connection, std::string_view bytes) {
        const ssize_t sent = ::send(connection.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EAGAIN) return false;
        bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
        if (bytes.empty()) return connection.stream.step != SinkStep::over;
        connection.unsent.assign(bytes);
        listen_for(connection, EPOLLOUT);  // a peer that does not read is not read from
        return true;
    }

    void listen_for(Connection& connection, std::uint32_t events) {
        poller_.change(connection.fd.get(), events,
                       static_cast<std::uint64_t>(connection.fd.get()));
    }

    void close(Connection& connection) {
        if (connection.stream.step != SinkStep::over && !connection.unread.empty())
            ++counts_.broken;
        connections_[static_cast<std::size_t>(connection.fd.get())].reset();
    }

    SinkCounts counts_;
    SinkDialogue dialogue_;
    std::vector<char> scratch_;
    std::string replies_;
    core::Fd listener_;
    core::Endpoint local_;
    Poller poller_;
    std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
};

volatile std::sig_atomic_t stop_wanted = 0;

int run(int count, char** arguments) {
    const std::vector<std::string_view> words(arguments + 1, arguments + count);
    int seconds = 600;
    const auto address = words.empty() ? std::nullopt : core::Endpoint::parse(words[0]);
    const bool good = (words.size() == 2 || words.size() == 3) && address && address->is_v4() &&
                      (words[1] == "echo" || words[1] == "sink");
    if (good && words.size() == 3) {
        std::from_chars(words[2].data(), words[2].data() + words[2].size(), seconds);
    }
    if (!good || seconds <= 0) {
        std::fputs("usage: sink_server ADDRESS:PORT echo|sink [SECONDS]\n", stderr);
        return 2;
    }
    for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stop_wanted = 1; });

    SinkServer server(*address, words[1] == "echo" ? SinkMode::echo : SinkMode::sink);
    std::printf("listening %s\n", server.local().to_string().c_str());
    std::fflush(stdout);
    const auto deadline = Clock::now() + std::chrono::seconds(seconds);
    while (stop_wanted == 0 && Clock::now() < deadline) server.turn();

    const SinkCounts& counts = server.counts();
    std::printf("accepted=%lu logins=%lu stanzas=%lu bytes=%lu ended=%lu checks=%lu broken=%lu\n",
                counts.accepted, counts.logins, counts.stanzas, counts.bytes, counts.ended,
                counts.checks, counts.broken);
    return counts.broken == 0 ? 0 : 1;
}

}  // namespace
}  // namespace bench

int main(int count, char** arguments) {
    try {
        return bench::run(count, arguments);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "sink_server: %s\n", error.what());
        return 1;
    }
}
