// Aim: [limits.address]: what it gives, and what is said of what cannot be meant.

#include "conf/read_address_limits.h"

#include <gtest/gtest.h>

#include "tests/support/load_text.h"

namespace conf {
namespace {

using namespace std::chrono_literals;
using namespace test;

/// What is said of `line` in [limits.address], which stands on line 10.
std::string of_line(const std::string& line, const std::string& limits = "") {
    return problems(kSmallest + limits + "[limits.address]\n" + line + "\n");
}

TEST(LoadAddressLimits, ReadsEveryKey) {
    const AddressLimits limits = loaded(kSmallest + R"([limits.address]
before_login = 40
sessions = 30
new_per_second = 5
failed_logins = "20 in 15m"
exempt = ["10.0.0.0/8", "2001:db8::/32"]
)")
                                     .limits.address;
    EXPECT_EQ(limits.before_login, 40U);
    EXPECT_EQ(limits.sessions, 30U);
    EXPECT_EQ(limits.new_per_second, 5U);
    EXPECT_EQ(limits.failed_logins, 20U);
    EXPECT_EQ(limits.failed_window, 15min);
    EXPECT_EQ(limits.exempt, (std::vector{*core::AddressBlock::parse("10.0.0.0/8"),
                                          *core::AddressBlock::parse("2001:db8::/32")}));
}

TEST(LoadAddressLimits, NothingSaidIsWhatANatSurvives) {
    const AddressLimits limits = loaded(kSmallest).limits.address;
    EXPECT_FALSE(limits.before_login.has_value());
    EXPECT_EQ(limits.sessions, 0U);
    EXPECT_EQ(limits.new_per_second, 0U);
    EXPECT_EQ(failed_logins_text(limits), "1000 in 10m");
    EXPECT_TRUE(limits.exempt.empty());
}

TEST(LoadAddressLimits, FailedLoginsCanBeSwitchedOff) {
    for (const char* off : {"\"\"", "0", "\"0\"", "\"0 in 10m\""}) {
        const auto limits =
            loaded(kSmallest + "[limits.address]\nfailed_logins = " + off + "\n").limits.address;
        EXPECT_EQ(limits.failed_logins, 0U) << off;
        EXPECT_EQ(failed_logins_text(limits), "") << off;
    }
}

TEST(LoadAddressLimits, SaysWhatToWriteForFailedLogins) {
    const std::string at = "11:17: error: limits.address: ";
    const auto no_number = [&](const std::string& text, const std::string& hint) {
        EXPECT_EQ(of_line("failed_logins = \"" + text + "\""),
                  at + "\"failed_logins\" is no number in a time: \"" + text + "\" (write " +
                      "failed_logins = \"" + hint + ")\n");
    };
    no_number("20/10m", "20 in 10m\"");
    no_number("20 per 10 min", "20 in 10m\"");
    no_number("20 within 600s", "20 in 10m\"");
    no_number("20 in 10", "20 in 10m\", or \"\" for no limit");
    no_number("twenty", "20 in 10m\", or \"\" for no limit");
    no_number("20", "20 in 10m\", or \"\" for no limit");
    no_number("20 in 10m please", "20 in 10m\"");
    EXPECT_EQ(of_line("failed_logins = 30"),
              at + "\"failed_logins\" needs a time (write failed_logins = \"30 in 10m\")\n");
    EXPECT_EQ(of_line("failed_logins = -1"),
              at + "\"failed_logins\" is out of range (write failed_logins = \"20 in 10m\")\n");
    EXPECT_EQ(of_line("failed_logins = \"20 in 8d\""),
              at + "\"failed_logins\" is out of range (write 1 to 10000000 logins in a time from "
                   "\"1s\" to \"1d\")\n");
    EXPECT_EQ(of_line("failed_logins = true"),
              at + "\"failed_logins\" must be text, not true or false (write failed_logins = "
                   "\"20 in 10m\")\n");
}

TEST(LoadAddressLimits, ANumberForOneIsSmallerThanThatForAll) {
    const std::string all = "[limits]\nsessions = 200\n";
    EXPECT_EQ(
        of_line("before_login = 200", all),
        "13:1: warning: limits.address: before_login (200) is no less than [limits] sessions "
        "(200), so one address can take all of them (make it smaller; 150 leaves a quarter to "
        "the others)\n");
    EXPECT_NE(of_line("sessions = 300", all).find("sessions (300) is no less"), std::string::npos);
    EXPECT_EQ(of_line("before_login = 150\nsessions = 0", all), "");
    EXPECT_EQ(of_line("before_login = 0", all), "");
    EXPECT_EQ(of_line("before_login = 100000"), "") << "nobody knows how many there are";
}

TEST(LoadAddressLimits, ExemptingAllIsWarnedOf) {
    for (const char* all : {"0.0.0.0/0", "::/0"})
        EXPECT_NE(of_line("exempt = [\"" + std::string(all) + "\"]").find("exempts every address"),
                  std::string::npos)
            << all;
    EXPECT_EQ(of_line("exempt = [\"10.0.0.0/8\"]"), "");
    EXPECT_NE(of_line("exempt = [\"10.0.0.1/8\"]").find("\"10.0.0.0/8\" for its network"),
              std::string::npos);
}

TEST(LoadAddressLimits, AMisplacedKeyIsTold) {
    EXPECT_NE(problems(kSmallest + "[limits]\nbefore_login = 3\n").find("[limits.address]"),
              std::string::npos)
        << problems(kSmallest + "[limits]\nbefore_login = 3\n");
}

}  // namespace
}  // namespace conf
