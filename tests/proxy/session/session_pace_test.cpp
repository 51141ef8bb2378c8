// Aim: whatever a slowed client sends reaches its backend whole and in order, at its rate, however
// it is cut.

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/proxy/session/session_scene.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

const std::string kOpening =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "to='example.org' version='1.0'>";
const std::string kReply =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='b1' "
    "from='example.org' version='1.0'>";

void log_in(test::SessionScene& scene) {
    const auto client = [&](const std::string& bytes) {
        scene.act([&] { scene.client()->says(bytes); });
    };
    const auto server = [&](const std::string& bytes) {
        scene.act([&] { scene.link()->says(bytes); });
    };
    scene.act([&] { scene.client()->is_secured(); });
    client(kOpening);
    server(kReply +
           "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN"
           "</mechanism></mechanisms></stream:features>");
    client("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>");
    server("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    client(kOpening);
    server(kReply + "<stream:features/>");
    scene.to_backend.take();
    scene.client()->output.take();
}

TEST(SessionPace, NothingIsLostHoweverItIsCut) {
    for (unsigned seed = 0; seed < 40; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937 random(seed);
        test::SessionScene scene({.begins = LegBegins::with_tls});
        log_in(scene);
        conf::RateLimits rate{.burst = 1s};
        if (seed % 3 != 0) rate.bytes = 8'192;
        if (seed % 3 != 1) rate.stanzas = 20;
        scene.set_rate(rate);
        std::string all;
        for (int i = 0; i < 150; ++i) {
            const std::size_t size = random() % 10 == 0 ? random() % 9'000 : random() % 200;
            all += "<message id='" + std::to_string(i) + "'><body>" + std::string(size, 'x') +
                   "</body></message>";
        }
        const core::TimePoint begin = scene.time();
        std::string got;
        for (std::string_view left = all; !left.empty();) {
            const std::size_t piece = std::min<std::size_t>(left.size(), 1 + random() % 70'000);
            scene.act([&] { scene.client()->says(left.substr(0, piece)); });
            left.remove_prefix(piece);
            scene.pass(std::chrono::milliseconds(random() % 300));
            got += scene.to_backend.take();
        }
        for (int i = 0; i < 1'000 && got.size() < all.size(); ++i) {
            scene.pass(100ms);
            got += scene.to_backend.take();
        }
        EXPECT_EQ(scene.ended, "nothing") << scene.detail;
        EXPECT_TRUE(got == all) << got.size() << " of " << all.size();
        const double took = std::chrono::duration<double>(scene.time() - begin).count();
        const double wanted =
            std::max(rate.stanzas != 0 ? 150.0 / rate.stanzas : 0,
                     rate.bytes != 0 ? static_cast<double>(all.size()) / rate.bytes : 0);
        EXPECT_GE(took, 0.8 * (wanted - 2));
        EXPECT_EQ(scene.slowed, 1);
    }
}

}  // namespace
}  // namespace proxy
