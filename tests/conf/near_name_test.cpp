#include "conf/near_name.h"

#include <gtest/gtest.h>

#include <array>

namespace conf {
namespace {

constexpr std::array<std::string_view, 6> kKeysOfBackend{"weight",     "address", "tls",
                                                         "tls_verify", "ca_file", "name"};

TEST(NearName, FindsTypingMistakes) {
    EXPECT_EQ(near_name("wieght", kKeysOfBackend), "weight");     // swapped
    EXPECT_EQ(near_name("weigt", kKeysOfBackend), "weight");      // left out
    EXPECT_EQ(near_name("addresss", kKeysOfBackend), "address");  // doubled
    EXPECT_EQ(near_name("adress", kKeysOfBackend), "address");
    EXPECT_EQ(near_name("ca-file", kKeysOfBackend), "ca_file");
    EXPECT_EQ(near_name("NAME", kKeysOfBackend), "name");
}

TEST(NearName, TakesTheNearest) {
    EXPECT_EQ(near_name("tsl", kKeysOfBackend), "tls");
    EXPECT_EQ(near_name("tls_verfy", kKeysOfBackend), "tls_verify");
}

TEST(NearName, FindsShortenedWords) {
    constexpr std::array<std::string_view, 2> kWords{"info", "warn"};
    EXPECT_EQ(near_name("warning", kWords), "warn");
    EXPECT_EQ(near_name("inf", kWords), "info");
}

TEST(NearName, SaysNothingWhenNothingIsNear) {
    EXPECT_EQ(near_name("colour", kKeysOfBackend), "");
    EXPECT_EQ(near_name("", kKeysOfBackend), "");
    EXPECT_EQ(near_name(std::string(1000, 'w'), kKeysOfBackend), "");
    constexpr std::array<std::string_view, 1> kShort{"v1"};
    EXPECT_EQ(near_name("v3", kShort), "");
    EXPECT_EQ(did_you_mean("colour", kKeysOfBackend), "");
    EXPECT_EQ(did_you_mean("wieght", kKeysOfBackend), "did you mean \"weight\"?");
}

}  // namespace
}  // namespace conf
