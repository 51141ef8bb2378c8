#include "conf/edit_weights.h"

#include <gtest/gtest.h>

#include "conf/load.h"

namespace conf {
namespace {

const std::string kBefore =
    "version = 1 # the format\n[tls]\ncert_dir = \"c\"\n[[listen]]\naddress = \"0.0.0.0:5222\"\n"
    "[domain.\"example.org\"]\npool = \"main\"\n";

std::string edited(const std::string& text, const std::vector<MemberWeight>& weights) {
    auto made = with_weights(text, "/etc/stanzagate.toml", weights);
    return made ? *made : "error: " + made.error();
}

TEST(EditWeights, ReplacesTheNumberAndNothingElse) {
    const std::string head = kBefore +
                             "[[pool.main.backend]]\nname = \"a\"   # first\n"
                             "address = \"10.0.0.11:5222\"\nweight\t=  ";
    const std::string tail = "   # a hundred\n[[pool.main.backend]]\naddress = \"10.0.0.12\"\n";
    EXPECT_EQ(edited(head + "100" + tail, {{"main", "a", 50}}), head + "50" + tail);
    EXPECT_EQ(edited(head + "1_00" + tail, {{"main", "a", 7}}), head + "7" + tail);
    EXPECT_EQ(edited(head + "0x64" + tail, {{"main", "a", 0}}), head + "0" + tail);
    EXPECT_EQ(edited(head + "100" + tail, {{"main", "a", 100}}), head + "100" + tail);
}

TEST(EditWeights, AddsALineWhereThereIsNone) {
    EXPECT_EQ(edited(kBefore + "[[pool.main.backend]]\n  address = \"10.0.0.11\" # there\n"
                               "  name = \"a\"\n",
                     {{"main", "a", 50}}),
              kBefore +
                  "[[pool.main.backend]]\n  address = \"10.0.0.11\" # there\n  weight = 50\n"
                  "  name = \"a\"\n");
    EXPECT_EQ(edited(kBefore + "[[pool.main.backend]]\naddress = \"10.0.0.11\"",
                     {{"main", "10.0.0.11", 50}}),
              kBefore + "[[pool.main.backend]]\naddress = \"10.0.0.11\"\nweight = 50");
}

TEST(EditWeights, KeepsLineEndsOfWindows) {
    std::string text;
    for (const char byte :
         kBefore + "[[pool.main.backend]]\naddress = \"10.0.0.11\"\nname = \"a\"\n")
        text += byte == '\n' ? std::string("\r\n") : std::string(1, byte);
    const std::string made = edited(text, {{"main", "a", 50}});
    EXPECT_NE(made.find("\"10.0.0.11\"\r\nweight = 50\r\nname"), made.npos) << made;
}

TEST(EditWeights, KnowsTablesInBraces) {
    EXPECT_EQ(
        edited(kBefore + "[pool.main]\nbackend = [{ address = \"10.0.0.11\", name = \"a\" },\n"
                         "  { address = \"10.0.0.12\", name = \"b\" }]\n",
               {{"main", "b", 3}, {"main", "a", 2}}),
        kBefore +
            "[pool.main]\nbackend = [{ address = \"10.0.0.11\", weight = 2, name = \"a\""
            " },\n  { address = \"10.0.0.12\", weight = 3, name = \"b\" }]\n");
}

TEST(EditWeights, KeepsTabs) {
    EXPECT_EQ(
        edited(kBefore + "[[pool.main.backend]]\n\tname = \"a\"\n\taddress\t= \"10.0.0.11\"\t# x\n",
               {{"main", "a", 5}}),
        kBefore +
            "[[pool.main.backend]]\n\tname = \"a\"\n\taddress\t= \"10.0.0.11\"\t# x\n"
            "\tweight = 5\n");
}

TEST(EditWeights, KnowsDottedKeys) {
    const std::string head = "pool.main.backend = [{ address = \"10.0.0.11\", name = \"a\"";
    EXPECT_EQ(edited(head + ", weight = 9 }]\n" + kBefore, {{"main", "a", 5}}),
              head + ", weight = 5 }]\n" + kBefore);
    EXPECT_EQ(
        edited(head + " }]\n" + kBefore, {{"main", "a", 5}}),
        "pool.main.backend = [{ address = \"10.0.0.11\", weight = 5, name = \"a\" }]\n" + kBefore);
}

TEST(EditWeights, SeveralAtOnceInSeveralPools) {
    const std::string text = kBefore +
                             "[[pool.main.backend]]\naddress = \"10.0.0.11\"\n"
                             "[pool.\"o.ther\"]\n[[pool.\"o.ther\".backend]]\n"
                             "address = \"10.0.0.12\"\nweight = 9\n";
    const std::string made = edited(text, {{"o.ther", "10.0.0.12", 1}, {"main", "10.0.0.11", 2}});
    const Config config = examine_text(made, "/etc/stanzagate.toml").config;
    ASSERT_EQ(config.pools.size(), 2U) << made;
    EXPECT_EQ(config.pools[0].backends[0].weight, 2U);
    EXPECT_EQ(config.pools[1].backends[0].weight, 1U);
}

TEST(EditWeights, SaysWhatItDoesNotFind) {
    EXPECT_EQ(edited(kBefore, {{"main", "a", 1}}), "error: main/a is not in /etc/stanzagate.toml");
    EXPECT_EQ(edited("[[[", {{"main", "a", 1}}), "error: main/a is not in /etc/stanzagate.toml");
}

}  // namespace
}  // namespace conf
