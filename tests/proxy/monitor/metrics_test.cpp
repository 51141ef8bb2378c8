#include "proxy/monitor/metrics.h"

#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "tests/proxy/monitor/monitored_example.h"

namespace proxy {
namespace {

/// The value of a sample, by its name and labels as they stand there.
std::string value_of(const std::string& text, const std::string& sample) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(sample + " ")) return line.substr(sample.size() + 1);
    return "";
}

TEST(Metrics, SayWhatTheStatusSays) {
    auto what = example_monitored();
    what.status.failed_logins = 7;
    what.status.routed = {1, 2, 3, 4};
    what.status.pools[0].backends[1].sessions = 5;
    what.status.pools[0].backends[1].logins = 18'446'744'073ULL;
    what.status.pools[0].backends[1].last_check = std::chrono::milliseconds(25);
    what.status.pools[1].backends[0].health = balancer::HealthMachine::State::down;
    what.certificates = {{"example.org", what.now.wall + std::chrono::hours(24)}};
    const std::string text = metrics_text(what);
    EXPECT_EQ(value_of(text, "stanzagate_sessions"), "12");
    EXPECT_EQ(value_of(text, "stanzagate_failed_logins_total"), "7");
    EXPECT_EQ(value_of(text, "stanzagate_route_decisions_total{by=\"tag\"}"), "3");
    EXPECT_EQ(value_of(text, "stanzagate_backend_sessions{pool=\"main\",backend=\"b\"}"), "5");
    EXPECT_EQ(value_of(text, "stanzagate_backend_logins_total{pool=\"main\",backend=\"b\"}"),
              "18446744073");
    EXPECT_EQ(value_of(text, "stanzagate_backend_check_seconds{pool=\"main\",backend=\"b\"}")
                  .substr(0, 5),
              "0.025");
    EXPECT_EQ(value_of(text, "stanzagate_backend_up{pool=\"chat\",backend=\"c\"}"), "0");
    EXPECT_EQ(value_of(text,
                       "stanzagate_tls_certificate_expiry_timestamp_seconds"
                       "{domain=\"example.org\"}"),
              "1000086400");
}

TEST(Metrics, NameNothingWithoutAValueAndNothingTwice) {
    const std::string text = metrics_text(example_monitored());
    std::istringstream lines(text);
    std::string family;
    std::vector<std::string> seen;
    for (std::string line; std::getline(lines, line);) {
        if (!line.starts_with("# TYPE ")) continue;
        const std::string name = line.substr(7, line.find(' ', 7) - 7);
        EXPECT_EQ(std::count(seen.begin(), seen.end(), name), 0) << name;
        seen.push_back(name);
        EXPECT_TRUE(std::regex_match(name, std::regex("(stanzagate|process)_[a-z_]+"))) << name;
        EXPECT_NE(text.find("\n" + name), std::string::npos) << name << " has no value";
    }
    EXPECT_GT(seen.size(), 25U);
}

TEST(Metrics, NoNameBreaksOut) {
    auto what = example_monitored();
    what.status.pools[0].backends[0].name = "a\"} 1\nevil{x=\"\\";
    const std::string text = metrics_text(what);
    EXPECT_NE(text.find(R"(backend="a\"} 1\nevil{x=\"\\")"), std::string::npos);
    EXPECT_EQ(text.find("\nevil"), std::string::npos);
}

}  // namespace
}  // namespace proxy
