#pragma once
// A WebSocket leg between a session that records what it hears and a client that says frames.

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/web/websocket_leg.h"
#include "tests/core/connection_scene.h"
#include "tests/proxy/legs/client_leg_listener.h"
#include "tests/support/client_frames.h"
#include "tests/support/run_loop.h"
#include "tests/support/server_frames.h"

namespace proxy::scene {

using test::client_frame;

inline constexpr std::string_view kHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='example.org' version='1.0'>";
inline constexpr std::string_view kOpened =
    "text:<open xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" from='example.org' id='s1' "
    "version='1.0'/>;";
inline constexpr std::string_view kSuccess = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
inline constexpr std::string_view kClosed =
    "text:<close xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" />;";
inline constexpr std::string_view kClientCloses =
    "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>";
inline constexpr std::string_view kEnd = "</stream:stream>";
inline constexpr std::uint8_t kFirst = 0x01;  // of several fragments
inline constexpr std::uint8_t kMiddle = 0x00;
inline constexpr std::uint8_t kLast = 0x80;
inline constexpr std::uint8_t kClose = 0x88;
inline constexpr std::uint8_t kPing = 0x89;
inline constexpr std::uint8_t kPong = 0x8A;

inline std::string close_frame(std::uint16_t code) {
    return client_frame(kClose, std::string{static_cast<char>(code >> 8), static_cast<char>(code)});
}

/// The connection's owner before the leg, who hears nothing.
struct Nobody final : core::ConnectionEvents {
    std::size_t on_bytes(std::string_view) override { return 0; }
    void on_end() override {}
    void on_broken(core::Broken, std::string_view) override {}
};

/// What all legs of a test have in common.
struct World {
    explicit World(std::chrono::milliseconds every = WebSocketPulse::kEvery)
        : shared{.loop = loop,
                 .scan_work = scan_work,
                 .pulse = WebSocketPulse(loop, every),
                 .limits = &limits,
                 .close = std::chrono::milliseconds(200)} {}

    core::EventLoop loop;
    core::Watermarks marks{.low = 10'000, .high = 40'000};
    xmpp::ScanWorkPool scan_work;
    xmpp::ScanLimits limits;
    WebSockets shared;

    bool wait(const std::function<bool()>& holds) { return test::run_until(loop, holds); }
};

/// One leg, its session, and its client at the far end.
struct Talk {
    explicit Talk(World& of, bool begins = true)
        : world(of), far(of.loop, std::move(sockets.far), client, of.marks) {
        KnownClient known;
        known.facts.client = *core::Endpoint::parse("192.0.2.7:40000");
        leg = std::make_unique<WebSocketLeg>(
            world.shared,
            std::make_unique<core::Connection>(world.loop, std::move(sockets.near), nobody,
                                               world.marks),
            std::move(known));
        if (begins) begin();
    }

    void begin() {
        leg->begin(session);
        far.resume_reading();
    }
    /// The session has been opened and the login is over.
    void log_in() { leg->send(std::string(kHeader).append(kSuccess).append(kHeader)); }
    void say(std::string_view message) { far.send(client_frame(message)); }
    std::string heard() const { return test::server_frames(client.taken); }
    bool has_heard(std::string_view words) const {
        return heard().find(words) != std::string::npos;
    }
    /// All that was sent before has been read.
    bool settle() {
        const std::string mark = "settled" + std::to_string(++marks);
        far.send(client_frame(kPing, mark));
        return world.wait([&] { return has_heard("pong:" + mark + ";"); });
    }

    World& world;
    test::Pair sockets;
    Nobody nobody;
    test::ClientLegListener session;
    test::Recorder client;
    std::unique_ptr<WebSocketLeg> leg;
    core::Connection far;
    int marks = 0;
};

class WebSocketTest : public testing::Test {
protected:
    bool wait(const std::function<bool()>& holds) { return world.wait(holds); }
    World world;
};

}  // namespace proxy::scene
