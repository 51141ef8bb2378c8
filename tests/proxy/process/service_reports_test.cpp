#include "proxy/process/service_reports.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "balancer/health.h"
#include "tests/support/fake_service_manager.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

BackendStatus backend_that_is(balancer::HealthMachine::State health) {
    BackendStatus backend;
    backend.health = health;
    return backend;
}

TEST(ServiceReports, StatusCountsBackendsOfAllPools) {
    using enum balancer::HealthMachine::State;
    PoolStatus main;
    main.backends = {backend_that_is(up), backend_that_is(down)};
    PoolStatus chat;
    chat.backends = {backend_that_is(up), backend_that_is(unknown), backend_that_is(ejected)};
    EXPECT_EQ(service_status({main, chat}, 8412), "2 of 5 backends up, 8412 sessions");
    EXPECT_EQ(service_status({}, 0), "0 of 0 backends up, 0 sessions");
}

class ServiceReportsTest : public testing::Test {
protected:
    ServiceReports reports(const char* watchdog = "") {
        ::setenv("WATCHDOG_USEC", watchdog, 1);
        ::unsetenv("WATCHDOG_PID");
        return {core::ServiceManager::of_environment(),
                {.status = [this] { return status_; },
                 .when_all_turn = [this](auto then) { answer_ = std::move(then); }}};
    }
    void answer() { std::exchange(answer_, nullptr)(); }

    test::FakeServiceManager fake_;
    std::string status_ = "2 of 3 backends up, 0 sessions";
    std::function<void()> answer_;  // of the workers' loops
    const core::TimePoint begin_ = core::Clock::now();
};

TEST_F(ServiceReportsTest, NothingIsSaidBeforeTheStart) {
    auto service = reports("30000000");
    service.tick(begin_ + 1h);
    service.reloading();
    service.reloaded();
    EXPECT_EQ(fake_.next(), "");
    service.started();
    EXPECT_EQ(fake_.next(), "STATUS=2 of 3 backends up, 0 sessions");
    EXPECT_EQ(fake_.next(), "READY=1");
}

TEST_F(ServiceReportsTest, AReloadEndsWithReady) {
    auto service = reports();
    service.started();
    fake_.next();
    fake_.next();
    service.reloading();
    EXPECT_TRUE(fake_.next().starts_with("RELOADING=1\n"));
    service.reloaded();
    EXPECT_EQ(fake_.next(), "READY=1");
    service.stopping();
    EXPECT_EQ(fake_.next(), "STOPPING=1");
    service.reloaded();
    EXPECT_EQ(fake_.next(), "") << "nobody may think that it goes on";
}

TEST_F(ServiceReportsTest, AStatusIsSaidWhenItChanges) {
    auto service = reports();
    service.started();
    fake_.next();
    fake_.next();
    service.tick(begin_ + 10s);
    EXPECT_EQ(fake_.next(), "");
    status_ = "3 of 3 backends up, 1 sessions";
    service.tick(begin_ + 12s);
    EXPECT_EQ(fake_.next(), "") << "not in every second";
    service.tick(begin_ + 16s);
    EXPECT_EQ(fake_.next(), "STATUS=3 of 3 backends up, 1 sessions");
}

TEST_F(ServiceReportsTest, IsAliveAsLongAsEveryLoopAnswers) {
    auto service = reports("30000000");
    service.started();
    fake_.next();
    fake_.next();
    service.tick(begin_ + 1s);
    ASSERT_TRUE(answer_);
    EXPECT_EQ(fake_.next(), "") << "a loop has not answered";
    answer();
    EXPECT_EQ(fake_.next(), "WATCHDOG=1");
    service.tick(begin_ + 9s);
    EXPECT_FALSE(answer_) << "a third of the time is soon enough";
    service.tick(begin_ + 12s);
    ASSERT_TRUE(answer_);
    service.tick(begin_ + 40s);
    EXPECT_EQ(fake_.next(), "") << "a loop that hangs is not spoken for";
    answer();
    EXPECT_EQ(fake_.next(), "WATCHDOG=1");
}

}  // namespace
}  // namespace proxy
