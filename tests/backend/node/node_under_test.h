#pragma once
// A node on a loop that the test turns, and clients that speak to it over TCP.

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

#include "backend/node/node.h"
#include "tests/support/run_loop.h"
#include "tests/support/stream_play.h"

namespace test {

using backend::test::kPassword;
using backend::test::kUser;

inline backend::Node::Settings node_settings(const std::string& name) {
    backend::Node::Settings settings;
    settings.node.name = name;
    settings.node.listen = *core::Endpoint::parse("127.0.0.1:0");
    settings.node.domains = {"a.example"};
    settings.node.proxy = conf::NodeProxy::off;
    settings.sessions = 1'000;
    settings.salt_secret = backend::SaltSecret("secret");
    return settings;
}

/// A client made of one socket. What it hears stands in `heard`.
class NodeClient {
public:
    NodeClient(core::EventLoop& loop, const core::Endpoint& node) : loop_(loop) {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(node.port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
                  0);
        ::fcntl(socket_, F_SETFL, O_NONBLOCK);
    }
    ~NodeClient() { drop(); }
    NodeClient(const NodeClient&) = delete;
    NodeClient& operator=(const NodeClient&) = delete;

    void say(const std::string& bytes) {
        EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    /// The connection is gone without a word.
    void drop() {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }
    /// Turns the loop until this has been heard; forgets all up to it.
    bool hears(const std::string& text) {
        const bool found = run_until(loop_, [&] {
            receive();
            return heard.find(text) != std::string::npos || is_closed;
        });
        const auto at = heard.find(text);
        if (at == std::string::npos) return false;
        heard.erase(0, at + text.size());
        return found;
    }
    /// Turns the loop until the node has closed.
    bool is_cut() {
        return run_until(loop_, [&] {
            receive();
            return is_closed;
        });
    }
    /// Nothing is heard in all that time.
    bool hears_nothing(std::chrono::milliseconds time = std::chrono::milliseconds(50)) {
        const auto until = core::Clock::now() + time;
        run_until(loop_, [&] {
            receive();
            return core::Clock::now() > until;
        });
        return heard.empty() && !is_closed;
    }

    bool log_in() {
        say(header() + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>" +
            xmpp::encode_base64('\0' + std::string("juliet") + '\0' + kPassword) + "</auth>");
        if (!hears("<success ")) return false;
        say(header());
        return hears("</stream:features>");
    }
    void ask_to_bind(const std::string& resource) {
        say("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>" +
            resource + "</resource></bind></iq>");
    }
    static std::string header() {
        return "<stream:stream to='a.example' version='1.0' xmlns='jabber:client' "
               "xmlns:stream='http://etherx.jabber.org/streams'>";
    }

    std::string heard;
    bool is_closed = false;

private:
    void receive() {
        char bytes[16'384];
        for (;;) {
            const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
            if (size > 0) {
                heard.append(bytes, static_cast<std::size_t>(size));
                continue;
            }
            is_closed = is_closed || size == 0 || (errno != EAGAIN && errno != EINTR);
            return;
        }
    }

    core::EventLoop& loop_;
    int socket_ = -1;
};

}  // namespace test
