#pragma once
// A link with three real backends, which say what a test wants.

#include <chrono>
#include <string>
#include <string_view>

#include "tests/proxy/legs/link_scene.h"

namespace proxy {

inline const std::string kRaceAnswer =
    std::string(::test::kServerHeader).append(::test::kServerFeatures);

/// Three backends, candidates in their order, that say what the test wants and end as servers do.
/// The session accepts each whole answer.
class BackendRaceTest : public proxy::test::LinkScene {
protected:
    static ::test::FakeBackend::Behaviour silent() {
        return [](::test::FakeBackend::Peer& peer) {
            if (peer.has("</stream:stream>")) peer.connection.finish();
        };
    }
    ::test::FakeBackend first{loop, silent()};
    ::test::FakeBackend second{loop, silent()};
    ::test::FakeBackend third{loop, silent()};
    bool is_settled = false;

    BackendRaceTest() {
        add(first);
        add(second);
        session.on_bytes = [this](std::string_view received) {
            if (!received.ends_with("</stream:features>")) return;
            link->settle();
            is_settled = true;
        };
    }

    static ::test::FakeBackend::Peer& peer(::test::FakeBackend& backend) {
        return *backend.peers.at(0);
    }
    static bool is_asked(const ::test::FakeBackend& backend) {
        return !backend.peers.empty() && backend.peers[0]->has("version='1.0'>");
    }
    static void says(::test::FakeBackend& backend, std::string_view text) {
        peer(backend).connection.send(text);
    }
    bool are_both_asked() {
        return wait([this] { return is_asked(first) && is_asked(second); });
    }
    bool settles() {
        return wait([this] { return is_settled; });
    }
    /// In words and with its connection.
    bool is_left(::test::FakeBackend& backend) {
        return wait([&] {
            return peer(backend).has("</stream:stream>") &&
                   (peer(backend).has_ended || peer(backend).has_broken);
        });
    }
    balancer::Patience& patience() { return environment->patience; }
    core::TimePoint now() const { return core::Clock::now(); }
    /// As others have found it.
    void let_first_hang() {
        for (int i = 0; i < 4; ++i)
            patience().note_waiting(balancer::BackendId(0), now() - std::chrono::seconds(1), now());
        for (int i = 0; i < 4; ++i) patience().note_lost(balancer::BackendId(0), now());
    }
    bool is_resting(std::uint32_t backend) {
        const auto all = router->route({.domain = "example.org"}, now()).value();
        return all[all.size() - 1].id == balancer::BackendId(backend);
    }
    /// For as long as a hedge would have taken.
    bool nobody_asks(const ::test::FakeBackend& backend, std::chrono::milliseconds time) {
        const auto until = now() + time;
        wait([&] { return now() > until; });
        return backend.peers.empty();
    }
};

}  // namespace proxy
