#include "core/event_memory.h"

#include <event2/event.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"

namespace core {
namespace {

TEST(EventMemory, ServesALoopWhoseTableGrowsAgainAndAgain) {
    EventLoop loop;
    int heard = 0;
    const auto on_ready = [](evutil_socket_t, short, void* count) noexcept {
        ++*static_cast<int*>(count);
    };
    for (const std::size_t number : {3, 300, 30, 900}) {
        std::vector<Fd> ends;
        std::vector<Event> events;
        for (std::size_t i = 0; i < number; ++i) {
            int pair[2];
            ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
            ends.emplace_back(pair[0]);
            ends.emplace_back(pair[1]);
            ASSERT_EQ(::send(pair[1], "x", 1, MSG_NOSIGNAL), 1);
            events.emplace_back(event_new(loop.base(), pair[0], EV_READ, on_ready, &heard));
            event_add(events.back().get(), nullptr);
        }
        heard = 0;
        while (heard < static_cast<int>(number)) loop.run_once();
        EXPECT_EQ(heard, static_cast<int>(number));
    }
}

}  // namespace
}  // namespace core
