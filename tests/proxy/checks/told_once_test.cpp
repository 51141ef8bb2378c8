#include "proxy/checks/told_once.h"

#include <gtest/gtest.h>

namespace proxy {
namespace {

TEST(ToldOnce, TellsTheSameOnceAndWhatHasChangedAgain) {
    ToldOnce told;
    EXPECT_TRUE(told.is_news("a.example", "x"));
    EXPECT_FALSE(told.is_news("a.example", "x"));
    EXPECT_TRUE(told.is_news("a.example", "y"));
    EXPECT_TRUE(told.is_news("a.example", "x"));
    EXPECT_FALSE(told.is_news("a.example", ""));
    EXPECT_TRUE(told.is_news("a.example", "x")) << "it was gone in between";
}

TEST(ToldOnce, WhatIsTrueOfAllDomainsIsOneLine) {
    ToldOnce told;
    int lines = 0;
    for (int round = 0; round < 3; ++round)
        for (int domain = 0; domain < 1000; ++domain)
            lines += told.is_news(std::to_string(domain) + ".example", "x");
    EXPECT_EQ(lines, 1);
    EXPECT_TRUE(told.is_news("7.example", "y"));
}

TEST(ToldOnce, ForgetsSubjectsThatAreGone) {
    ToldOnce told;
    told.is_news("a.example", "x");
    told.is_news("b.example", "y");
    told.keep_only({"b.example", "c.example"});
    EXPECT_EQ(told.any(), "y");
    EXPECT_FALSE(told.is_news("b.example", "y"));
    EXPECT_TRUE(told.is_news("a.example", "x"));
    told.keep_only({});
    EXPECT_EQ(told.any(), "");
}

}  // namespace
}  // namespace proxy
