#include "conf/near_name.h"

#include <gtest/gtest.h>

#include <array>

namespace conf {
namespace {

constexpr std::array<std::string_view, 6> kKeys{"weight",     "address", "tls",
                                                "tls_verify", "ca_file", "name"};

TEST(NearName, FindsTypingMistakes) {
    EXPECT_EQ(near_name("wieght", kKeys), "weight");     // swapped
    EXPECT_EQ(near_name("weigt", kKeys), "weight");      // left out
    EXPECT_EQ(near_name("addresss", kKeys), "address");  // doubled
    EXPECT_EQ(near_name("adress", kKeys), "address");
    EXPECT_EQ(near_name("ca-file", kKeys), "ca_file");
    EXPECT_EQ(near_name("NAME", kKeys), "name");
}

TEST(NearName, TakesTheNearest) {
    EXPECT_EQ(near_name("tsl", kKeys), "tls");
    EXPECT_EQ(near_name("tls_verfy", kKeys), "tls_verify");
}

TEST(NearName, FindsShortenedWords) {
    constexpr std::array<std::string_view, 2> kWords{"info", "warn"};
    EXPECT_EQ(near_name("warning", kWords), "warn");
    EXPECT_EQ(near_name("inf", kWords), "info");
}

TEST(NearName, SaysNothingWhenNothingIsNear) {
    EXPECT_EQ(near_name("colour", kKeys), "");
    EXPECT_EQ(near_name("", kKeys), "");
    EXPECT_EQ(near_name(std::string(1000, 'w'), kKeys), "");
    constexpr std::array<std::string_view, 1> kShort{"v1"};
    EXPECT_EQ(near_name("v3", kShort), "");
    EXPECT_EQ(did_you_mean("colour", kKeys), "");
    EXPECT_EQ(did_you_mean("wieght", kKeys), "did you mean \"weight\"?");
}

}  // namespace
}  // namespace conf
