#include "proxy/pools/login_news.h"

#include <gtest/gtest.h>

#include "balancer/backend_ids.h"
#include "tests/balancer/rated_table.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

class LoginNewsTest : public testing::Test {
protected:
    void tell_back(std::size_t place, int clients) {
        for (int i = 0; i < clients; ++i)
            lines_.count_told_back(table_->pools[0]->members()[place].id);
    }
    std::string due() {
        std::string text;
        for (const LoginNews::Line& line : news_.due(*table_, lines_, now_))
            text += line.pool + "/" + line.backend + " " + std::to_string(line.count) + " ";
        return text;
    }

    balancer::BackendIds ids_;
    balancer::LoginLines lines_;
    std::shared_ptr<const balancer::RoutingTable> table_ = test::rated_table(ids_);
    LoginNews news_;
    LoginNews::TimePoint now_{};
};

TEST_F(LoginNewsTest, OneLineAtOnceAndThenOneInTenSeconds) {
    EXPECT_EQ(due(), "");
    tell_back(0, 3);
    EXPECT_EQ(due(), "main/a 3 ");
    EXPECT_EQ(due(), "");
    now_ += 9s;
    tell_back(0, 5);
    EXPECT_EQ(due(), "");
    tell_back(1, 1);
    EXPECT_EQ(due(), "main/b 1 ");
    now_ += 1s;
    EXPECT_EQ(due(), "main/a 5 ") << "also when nobody came since";
    now_ += 1h;
    EXPECT_EQ(due(), "");
}

TEST_F(LoginNewsTest, ABackendWithTheIdOfAnotherBeginsAnew) {
    tell_back(0, 3);
    due();
    lines_.begin_anew(table_->pools[0]->members()[0].id);
    tell_back(0, 2);
    EXPECT_EQ(due(), "main/a 2 ");
}

TEST_F(LoginNewsTest, TheLineSaysWhoseRateItIs) {
    test::LogInFile log;
    log_told_back({.pool = "main", .backend = "a", .count = 7, .waiting = 50, .login_rate = 10});
    const auto lines = log.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].substr(0, lines[0].find(" effect=")),
              "warn  session_refused pool=main backend=a reason=login_rate count=7 waiting=50 "
              "login_rate=10");
}

}  // namespace
}  // namespace proxy
