#include "conf/units.h"

#include <gtest/gtest.h>

#include <limits>

namespace conf {
namespace {

using namespace std::chrono_literals;

TEST(Units, ReadsTimesWithEveryUnit) {
    EXPECT_EQ(parse_time("500ms"), 500ms);
    EXPECT_EQ(parse_time("30s"), 30s);
    EXPECT_EQ(parse_time("5m"), 5min);
    EXPECT_EQ(parse_time("12h"), 12h);
    EXPECT_EQ(parse_time("7d"), 168h);
    EXPECT_EQ(parse_time("0s"), 0s);
}

TEST(Units, ReadsSizesWithEveryUnit) {
    EXPECT_EQ(parse_size("10000B"), 10'000U);
    EXPECT_EQ(parse_size("64KB"), 64'000U);
    EXPECT_EQ(parse_size("256KiB"), 262'144U);
    EXPECT_EQ(parse_size("1MB"), 1'000'000U);
    EXPECT_EQ(parse_size("1MiB"), 1'048'576U);
    EXPECT_EQ(parse_size("2GB"), 2'000'000'000U);
    EXPECT_EQ(parse_size("1GiB"), 1'073'741'824U);
}

TEST(Units, RefusesEverythingElse) {
    for (const char* wrong : {"", "30", "s", "-1s", "+1s", "1.5s", "30 s", " 30s", "30s ", "1h30m",
                              "30S", "0x1s", "1w"}) {
        EXPECT_FALSE(parse_time(wrong)) << wrong;
    }
    for (const char* wrong : {"", "1", "KiB", "-1B", "1k", "1 KiB", "1kib", "1KiBB", "1TiB"}) {
        EXPECT_FALSE(parse_size(wrong)) << wrong;
    }
}

TEST(Units, TooLargeBecomesTheLargest) {
    constexpr auto kLargest = std::numeric_limits<std::int64_t>::max();
    EXPECT_EQ(parse_time("99999999999999999999999999d")->count(), kLargest);
    EXPECT_EQ(parse_time("9223372036854775807d")->count(), kLargest);
    EXPECT_EQ(parse_time("9223372036854775807ms")->count(), kLargest);
    EXPECT_EQ(parse_size("9223372036854775807GiB"), static_cast<std::uint64_t>(kLargest));
}

TEST(Units, WritesTheShortestTextThatReadsBackEqual) {
    EXPECT_EQ(time_text(30s), "30s");
    EXPECT_EQ(time_text(1500ms), "1500ms");
    EXPECT_EQ(time_text(12h), "12h");
    EXPECT_EQ(time_text(0ms), "0s");
    EXPECT_EQ(size_text(262'144), "256KiB");
    EXPECT_EQ(size_text(64'000), "64KB");
    EXPECT_EQ(size_text(10'001), "10001B");
    for (const std::uint64_t bytes : {1ULL, 999ULL, 1024ULL, 3'000'000ULL, 5ULL << 30}) {
        EXPECT_EQ(parse_size(size_text(bytes)), bytes);
    }
}

}  // namespace
}  // namespace conf
