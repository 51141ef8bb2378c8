#include "proxy/worker/worker_settings.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "proxy/process/preparation.h"

namespace proxy {
namespace {

core::Fd some_socket() {
    return core::Fd(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

TEST(WorkerSettings, GiveEachWorkerItsOwnSocketOfEachNewListener) {
    Preparation made;
    made.config = std::make_shared<const conf::Config>();
    made.tls.resize(2);
    conf::Listen fresh;
    fresh.backlog = 1;
    conf::Listen open_already;
    open_already.backlog = 2;
    made.listeners.push_back({.settings = fresh, .sockets = {}});
    for (int i = 0; i < 2; ++i) made.listeners[0].sockets.push_back(some_socket());
    made.listeners.push_back({.settings = open_already, .sockets = {}});
    const int first = made.listeners[0].sockets[0].get();
    const int second = made.listeners[0].sockets[1].get();
    const auto config = made.config;
    const Routing routing{.table = nullptr,
                          .profiles = std::make_shared<const FeaturesProfiles>(),
                          .own = nullptr,
                          .addresses = nullptr};

    const auto settings = worker_settings(std::move(made), routing);
    ASSERT_EQ(settings.size(), 2U);
    EXPECT_EQ(settings[0].listeners.at(0).socket.get(), first);
    EXPECT_EQ(settings[1].listeners.at(0).socket.get(), second);
    for (const WorkerSettings& each : settings) {
        EXPECT_EQ(each.config, config);
        EXPECT_EQ(each.routing.profiles, routing.profiles);
        ASSERT_EQ(each.listeners.size(), 2U);
        EXPECT_EQ(each.listeners[0].settings, fresh);
        EXPECT_EQ(each.listeners[1].settings, open_already);
        EXPECT_FALSE(each.listeners[1].socket);
    }
}

}  // namespace
}  // namespace proxy
