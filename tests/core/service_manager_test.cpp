#include "core/service_manager.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/support/fake_service_manager.h"

namespace core {
namespace {

TEST(ServiceManager, IsToldWhatHappens) {
    test::FakeServiceManager fake;
    auto manager = ServiceManager::of_environment();
    ASSERT_TRUE(manager.is_asked());
    EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr) << "no child speaks in our name";
    manager.ready();
    EXPECT_EQ(fake.next(), "READY=1");
    manager.status("2 of 3 backends up, 12 sessions");
    EXPECT_EQ(fake.next(), "STATUS=2 of 3 backends up, 12 sessions");
    manager.reloading();
    EXPECT_EQ(fake.next().substr(0, 27), "RELOADING=1\nMONOTONIC_USEC=");
    manager.alive();
    EXPECT_EQ(fake.next(), "WATCHDOG=1");
    manager.stopping();
    EXPECT_EQ(fake.next(), "STOPPING=1");
}

TEST(ServiceManager, LosesWhatNobodyReads) {
    test::FakeServiceManager fake;
    auto manager = ServiceManager::of_environment();
    for (int i = 0; i < 10'000; ++i) manager.alive();
    EXPECT_EQ(fake.next(), "WATCHDOG=1");
}

TEST(ServiceManager, IsNobodyWithoutANameOfASocket) {
    for (const char* name : {"", "relative", "/nowhere/at/all", "@"}) {
        ::setenv("NOTIFY_SOCKET", name, 1);
        auto manager = ServiceManager::of_environment();
        EXPECT_FALSE(manager.is_asked()) << name;
        manager.ready();
    }
    ::setenv("NOTIFY_SOCKET", ("/" + std::string(200, 'x')).c_str(), 1);
    EXPECT_FALSE(ServiceManager::of_environment().is_asked());
}

TEST(ServiceManager, KnowsWhoseWatchdogItIs) {
    const auto watchdog = [](const std::string& every, const std::string& pid) {
        ::setenv("WATCHDOG_USEC", every.c_str(), 1);
        if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
        return ServiceManager::of_environment().watchdog().count();
    };
    const std::string own = std::to_string(getpid());
    EXPECT_EQ(watchdog("30000000", ""), 30'000'000);
    EXPECT_EQ(watchdog("30000000", own), 30'000'000);
    EXPECT_EQ(watchdog("30000000", "1"), 0);
    EXPECT_EQ(watchdog("often", own), 0);
    EXPECT_EQ(watchdog("", own), 0);
}

}  // namespace
}  // namespace core
