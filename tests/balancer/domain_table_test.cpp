#include "balancer/domain_table.h"

#include <gtest/gtest.h>

namespace balancer {
namespace {

TEST(DomainTable, PrefersTheExactNameThenTheWildcardThenTheDefault) {
    DomainTable table;
    table.add("example.org", 0);
    table.add("*.example.org", 1);
    table.add("im.example.org", 2);
    table.add("*", 3);
    EXPECT_EQ(table.find("example.org"), 0U);
    EXPECT_EQ(table.find("im.example.org"), 2U);
    EXPECT_EQ(table.find("chat.example.org"), 1U);
    EXPECT_EQ(table.find("other.example"), 3U);
    EXPECT_EQ(table.rule_for("im.example.org"), "im.example.org");
    EXPECT_EQ(table.rule_for("chat.example.org"), "*.example.org");
    EXPECT_EQ(table.rule_for("other.example"), "*");
}

TEST(DomainTable, AWildcardIsExactlyOneLabel) {
    DomainTable table;
    table.add("*.example.org", 1);
    EXPECT_EQ(table.find("a.example.org"), 1U);
    EXPECT_EQ(table.find("a.b.example.org"), std::nullopt);
    EXPECT_EQ(table.find("example.org"), std::nullopt);
    EXPECT_EQ(table.find(".example.org"), std::nullopt);
    EXPECT_EQ(table.find("aexample.org"), std::nullopt);
}

TEST(DomainTable, FindsNothingWhenNothingFits) {
    DomainTable table;
    EXPECT_EQ(table.find("example.org"), std::nullopt);
    EXPECT_EQ(table.find(""), std::nullopt);
    table.add("example.org", 0);
    EXPECT_EQ(table.find("example.com"), std::nullopt);
    EXPECT_EQ(table.rule_for("example.com"), std::nullopt);
    EXPECT_EQ(table.find("*"), std::nullopt);
}

TEST(DomainTable, TheFirstEntryForANameStays) {
    DomainTable table;
    for (const char* name : {"example.org", "*.example.org", "*"}) {
        EXPECT_TRUE(table.add(name, 1));
        EXPECT_FALSE(table.add(name, 2));
    }
    EXPECT_EQ(table.find("example.org"), 1U);
    EXPECT_EQ(table.find("a.example.org"), 1U);
    EXPECT_EQ(table.find("other"), 1U);
}

}  // namespace
}  // namespace balancer
