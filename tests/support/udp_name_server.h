#pragma once
// A name server that answers what the test wants, true or not, over UDP on one EventLoop.

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/handle.h"

namespace test {

class UdpNameServer {
public:
    /// From the question to the whole answer; an empty one is not sent.
    using Reply = std::function<std::string(std::string_view question)>;

    UdpNameServer(core::EventLoop& loop, Reply reply)
        : reply_(std::move(reply)),
          socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
        sockaddr_storage address{};
        const socklen_t size = core::Endpoint::from_address("127.0.0.1", 0)->to_sockaddr(address);
        if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0) {
            throw std::runtime_error("cannot bind a UDP socket");
        }
        const auto on_question = [](evutil_socket_t, short, void* self) noexcept {
            static_cast<UdpNameServer*>(self)->answer();
        };
        readable_.reset(
            event_new(loop.base(), socket_.get(), EV_READ | EV_PERSIST, on_question, this));
        event_add(readable_.get(), nullptr);
    }

    void set_reply(Reply reply) { reply_ = std::move(reply); }
    int questions() const { return questions_; }

    std::string address() const {
        sockaddr_storage bound{};
        socklen_t size = sizeof bound;
        ::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&bound), &size);
        return core::Endpoint::from_sockaddr(reinterpret_cast<const sockaddr*>(&bound)).to_string();
    }

private:
    void answer() {
        char bytes[512];
        sockaddr_storage from{};
        socklen_t size = sizeof from;
        const ssize_t got = ::recvfrom(socket_.get(), bytes, sizeof bytes, 0,
                                       reinterpret_cast<sockaddr*>(&from), &size);
        if (got <= 0) return;
        ++questions_;
        const std::string out = reply_({bytes, static_cast<std::size_t>(got)});
        if (out.empty()) return;
        ::sendto(socket_.get(), out.data(), out.size(), 0, reinterpret_cast<const sockaddr*>(&from),
                 size);
    }

    Reply reply_;
    int questions_ = 0;
    core::Fd socket_;
    core::Event readable_;
};

}  // namespace test
