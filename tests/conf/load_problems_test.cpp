// What is wrong is reported with its place, all of it in one run, and says what to write.

#include "conf/load.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "conf/findings.h"
#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using namespace test;

TEST(Load, ReportsEveryProblemInOneRunInOrderOfTheFile) {
    const auto found = problems(R"(version = 1
[tls]
cert_dirr = "certs"
[[listen]]
address = "127.0.0.1"
kind = "s2s"
[domain."example.org"]
pool = "mian"
[pool.main]
balance = "least_sessions"
[[pool.main.backend]]
name = "a"
address = "127.0.0.1:15222"
wieght = 100
weight = 70000
[limits]
login = 30
stanza = 262144
)");
    EXPECT_EQ(found,
              R"(3:1: error: tls: unknown key "cert_dirr" (did you mean "cert_dir"?)
5:11: error: listen "127.0.0.1": a port is missing (write "127.0.0.1:5222")
6:8: error: listen "127.0.0.1": "kind" = "s2s" is not in this version (write one of "c2s", "c2s-tls", "web", "web-clear")
8:8: error: domain "example.org": there is no pool "mian" (did you mean "main"?)
10:11: error: pool.main: unknown "balance" "least_sessions" (did you mean "least-sessions"? write one of "least-sessions", "round-robin", "random-two", "hash-user", "hash-ip")
14:1: error: pool.main.backend "a": unknown key "wieght" (did you mean "weight"?)
15:10: error: pool.main.backend "a": "weight" is out of range (write a number from 0 to 65535)
17:9: error: limits: "login" needs a unit (write "30s")
18:10: error: limits: "stanza" needs a unit (write "256KiB")
)");
}

TEST(Load, DrawsThePlaceBelowTheSentence) {
    const auto found = examine_text(kSmallest + "\twieght = 100\n", "/etc/sg.toml").problems;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].key, "pool.main.backend[0].wieght");
    EXPECT_EQ(
        found[0].to_string(),
        "/etc/sg.toml:10:2: error: pool.main.backend \"127.0.0.1:15222\": unknown key \"wieght\" "
        "(did you mean \"weight\"?)\n"
        " 10 |  wieght = 100\n"
        "    |  ^~~~~~");
}

TEST(Load, DrawingsFitATerminal) {
    const std::string blanks(70, ' ');
    for (const std::string& line :
         {"tls = true" + blanks + "# far away", blanks + blanks + "tls = true",
          "wieght = \"" + std::string(300, 'x') + '"'}) {
        const auto found = examine_text(kSmallest + line + "\n", "sg.toml");
        ASSERT_EQ(found.problems.size(), 1U);
        for (const std::size_t columns : {40, 80}) {
            std::istringstream lines(found.problems[0].to_string(columns));
            for (std::string each; std::getline(lines, each);)
                EXPECT_LE(each.size(), columns) << each;
        }
    }
}

TEST(Load, ColumnsCountCharacters) {
    const auto found = problems(kSmallest +
                                "[domain.\"b\xC3\xBC"
                                "cher.example\".x]\n");
    EXPECT_TRUE(found.starts_with("10:1: ")) << found;
    EXPECT_NE(found.find("\n10:26: error: domain"), std::string::npos) << found;
}

TEST(Load, WordsOutsideTheirListNameTheNearOne) {
    EXPECT_NE(with("proxy = \"v3\"\n")
                  .find("unknown \"proxy\" \"v3\" (write one of \"off\", \"v1\", \"v2\")"),
              std::string::npos);
    EXPECT_NE(with("tls = \"start-tls\"\n").find("did you mean \"starttls\"?"), std::string::npos);
    EXPECT_NE(with("[log]\nlevel = \"warning\"\n").find("did you mean \"warn\"?"),
              std::string::npos);
    EXPECT_NE(with("tls = 1\n")
                  .find("\"tls\" must be text, not a whole number (write tls = \"starttls\" "
                        "or \"direct\")"),
              std::string::npos);
}

TEST(Load, KeysOfLaterVersionsAreNamedAsSuch) {
    EXPECT_EQ(with("[cluster]\n"),
              "10:2: error: table \"cluster\" is not in this version (remove it)\n");
    for (const char* kind : {"s2s", "s2s-tls"}) {
        EXPECT_NE(changed("5222\"\n", "5222\"\nkind = \"" + std::string(kind) + "\"\n")
                      .find("is not in this version"),
                  std::string::npos);
    }
}

TEST(Load, UnknownTablesNameTheNearOne) {
    EXPECT_EQ(with("[limit]\n"),
              "10:2: error: unknown table \"limit\" (did you mean \"limits\"?)\n");
    EXPECT_NE(with("[domain.\"a.example\"]\npool = \"main\"\n[domain.\"a.example\".extra]\nx = 1\n")
                  .find("12:21: error: domain \"a.example\": unknown table \"extra\""),
              std::string::npos);
}

TEST(Load, TablesAndArraysOfTablesAreToldApart) {
    EXPECT_NE(
        changed("[[listen]]", "[listen]")
            .find(
                "\"listen\" must be an array, not a table (write [[listen]] on a line of its own)"),
        std::string::npos);
    EXPECT_NE(changed("[tls]", "[[tls]]").find("\"tls\" must be a table, not an array"),
              std::string::npos);
    EXPECT_NE(changed("[[pool.main", "[pool]\nspare = 5\n[[pool.main")
                  .find("\"pool.spare\" must be a table, not a whole number"),
              std::string::npos);
    EXPECT_NE(with("[[pool.spare.backend]]\naddress = \"127.0.0.2:1\"\n[domain]\nx = \"main\"\n")
                  .find("must be a table, not text"),
              std::string::npos);
}

TEST(Load, ShowsAHundredProblemsAndCountsTheRest) {
    std::string more;
    for (int i = 0; i < 150; ++i) more += "[zzz" + std::to_string(i) + "]\n";
    const auto found = examine_text(kSmallest + more, "f").problems;
    ASSERT_EQ(found.size(), Findings::kMostProblems + 1);
    EXPECT_NE(found.back().summary().find("50 more problems are not shown"), std::string::npos);
}

TEST(Load, NeverShowsControlCharactersOfTheFile) {
    for (const Problem& problem :
         examine_text(kSmallest + "\"\\u001B[2J\\u009B\" = 1\n# \x1B]0;x\x07\nx = \x1B\n", "f")
             .problems) {
        EXPECT_EQ(problem.to_string().find('\x1B'), std::string::npos);
        EXPECT_EQ(problem.to_string().find("\xC2\x9B"), std::string::npos);
    }
}

TEST(Load, ShowBytesThatAreNotUtf8Harmlessly) {
    const auto found = examine_text("a = \"\xFF\xC0\xAF\x1B[31m\" # \xE2\x80\xAE\n", "f").problems;
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].column, 6U);
    EXPECT_EQ(found[0].to_string(),
              "f:1:6: error: bytes that are not UTF-8 (save the file as UTF-8)\n"
              " 1 | a = \"????[31m\" # ?\n"
              "   |      ^");
}

TEST(Load, NameNothingThatSteersATerminal) {
    // By way of escapes, keys may hold what the text itself may not.
    const std::string evil = "\\u001B]0;x\\u0007\\u202E";
    const auto found = examine_text(kSmallest + "[pool.\"" + evil + "\"]\nbalance = \"" + evil +
                                        "\"\n[domain.\"" + evil + "\"]\npool = \"" + evil + "\"\n",
                                    "f\x1B[31m")
                           .problems;
    EXPECT_GE(found.size(), 3U);
    for (const Problem& problem : found) {
        const std::string shown = problem.summary() + problem.to_string();
        EXPECT_EQ(shown.find_first_of("\x1B\x07"), std::string::npos) << problem.what;
        EXPECT_EQ(shown.find("\u202E"), std::string::npos) << problem.what;
    }
}

}  // namespace
}  // namespace conf
