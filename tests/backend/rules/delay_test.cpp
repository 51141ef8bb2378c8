#include "backend/rules/delay.h"

#include <gtest/gtest.h>

namespace backend {
namespace {

TEST(Delay, IsSaidOnceByEach) {
    const auto time = std::chrono::system_clock::time_point(std::chrono::seconds(0));
    const std::string once = with_delay("<message/>", "x", time);
    EXPECT_EQ(once,
              "<message><delay xmlns='urn:xmpp:delay' from='x' stamp='1970-01-01T00:00:00Z'/>"
              "</message>");
    EXPECT_EQ(with_delay(once, "x", time), once);
    EXPECT_NE(with_delay(once, "y", time), once);
}

}  // namespace
}  // namespace backend
