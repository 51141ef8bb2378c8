#include "core/descriptor_limit.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace core {
namespace {

/// The limit as it was comes back with the end of the test.
class DescriptorLimit : public testing::Test {
protected:
    DescriptorLimit() { ::getrlimit(RLIMIT_NOFILE, &before_); }
    ~DescriptorLimit() override { ::setrlimit(RLIMIT_NOFILE, &before_); }

    rlimit before_{};
};

TEST_F(DescriptorLimit, IsRaisedToAllThatTheSystemAllows) {
    const rlimit low{.rlim_cur = before_.rlim_max / 2, .rlim_max = before_.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
    EXPECT_EQ(raise_descriptor_limit(), before_.rlim_max);
    rlimit now{};
    ::getrlimit(RLIMIT_NOFILE, &now);
    EXPECT_EQ(now.rlim_cur, before_.rlim_max);
    EXPECT_EQ(raise_descriptor_limit(), before_.rlim_max);
}

}  // namespace
}  // namespace core
