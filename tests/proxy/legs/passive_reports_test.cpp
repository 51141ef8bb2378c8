#include "proxy/legs/passive_reports.h"

#include <gtest/gtest.h>

#include <optional>

#include "tests/support/run_loop.h"

namespace proxy {
namespace {

using balancer::BackendId;
using balancer::HealthReason;

class PassiveReportsTest : public testing::Test {
protected:
    void fail(HealthReason why = HealthReason::connect_failed) { reports_.note_failure(kA, why); }
    void succeed() { reports_.note_success(kA); }
    /// The one report that comes next.
    PassiveReport next() {
        sent_.reset();
        EXPECT_TRUE(::test::run_until(loop_, [&] { return sent_.has_value(); }));
        EXPECT_EQ(sent_->size(), 1U);
        return sent_->at(0);
    }

    const BackendId kA{4};
    core::EventLoop loop_;
    std::optional<std::vector<PassiveReport>> sent_;
    PassiveReports reports_{
        loop_, [this](std::vector<PassiveReport> reports) { sent_ = std::move(reports); }};
};

TEST_F(PassiveReportsTest, BundlesFailures) {
    fail(HealthReason::tls_failed);
    fail();
    EXPECT_FALSE(sent_.has_value());
    const PassiveReport report = next();
    EXPECT_EQ(report.backend, kA);
    EXPECT_EQ(report.failures, 2U);
    EXPECT_EQ(report.why, HealthReason::connect_failed);
    EXPECT_FALSE(report.succeeded);
}

TEST_F(PassiveReportsTest, SuccessIsNewsOnlyAfterFailure) {
    succeed();
    fail();
    EXPECT_FALSE(next().is_new_row);
    succeed();
    succeed();
    const PassiveReport report = next();
    EXPECT_EQ(report.failures, 0U);
    EXPECT_TRUE(report.succeeded);
    succeed();
    reports_.note_failure(BackendId(5), HealthReason::timed_out);
    EXPECT_EQ(next().backend, BackendId(5));
}

TEST_F(PassiveReportsTest, ASuccessInBetweenEndsTheRow) {
    fail();
    fail();
    succeed();
    fail();
    const PassiveReport report = next();
    EXPECT_EQ(report.failures, 1U);
    EXPECT_TRUE(report.is_new_row);
    EXPECT_FALSE(report.succeeded);
}

TEST_F(PassiveReportsTest, TellsBackendsApart) {
    fail();
    reports_.note_failure(BackendId(5), HealthReason::timed_out);
    ASSERT_TRUE(::test::run_until(loop_, [&] { return sent_.has_value(); }));
    EXPECT_EQ(sent_->size(), 2U);
}

}  // namespace
}  // namespace proxy
