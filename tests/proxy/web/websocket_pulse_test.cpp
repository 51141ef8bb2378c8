// Aim: each WebSocket gets its pings, evenly spread, whoever comes and goes.

#include "proxy/web/websocket_pulse.h"

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include "tests/support/run_loop.h"

namespace proxy {
namespace {

struct Heart final : WebSocketPulse::Beating {
    void beat() override {
        ++beats;
        if (on_beat) on_beat();
    }
    int beats = 0;
    std::function<void()> on_beat;
};

TEST(WebSocketPulseTest, SpreadsBeatsOverTheTime) {
    core::EventLoop loop;
    WebSocketPulse pulse(loop);
    std::vector<Heart> hearts(120);  // two in each half second
    for (Heart& heart : hearts) pulse.join(heart);
    const auto beats = [&] {
        int all = 0;
        for (const Heart& heart : hearts) all += heart.beats;
        return all;
    };
    ASSERT_TRUE(test::run_until(loop, [&] { return beats() >= 4; }));
    EXPECT_EQ(beats(), 4);
    EXPECT_EQ(hearts[0].beats + hearts[1].beats + hearts[2].beats + hearts[3].beats, 4);
    for (Heart& heart : hearts) pulse.leave(heart);
}

TEST(WebSocketPulseTest, WhoIsBeatMayLeave) {
    core::EventLoop loop;
    WebSocketPulse pulse(loop);
    std::vector<Heart> hearts(60);
    int left = 0;
    for (Heart& heart : hearts) {
        pulse.join(heart);
        heart.on_beat = [&] {
            pulse.leave(heart);
            ++left;
        };
    }
    ASSERT_TRUE(test::run_until(loop, [&] { return left == 2; }));
    for (Heart& heart : hearts)
        if (heart.beats == 0) pulse.leave(heart);
}

}  // namespace
}  // namespace proxy
