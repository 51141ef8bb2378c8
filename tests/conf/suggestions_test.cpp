// Aim: what `check` suggests is what was meant, never its opposite, and what follows from a mistake
// is not said beside it. Each row is what an operator wrote and all that is said of it: here
// values.

#include <gtest/gtest.h>

#include <array>

#include "tests/conf/suggestions_scene.h"

namespace conf {
namespace {

using namespace conf::test;

TEST(Suggestions, SwitchesOfBackends) {
    const std::string front = "11:7: error: pool.main.backend \"a\": ";
    const std::string proxy_front = "11:9: error: pool.main.backend \"a\": ";
    const std::string on = "(write tls = \"starttls\" or \"direct\")\n";
    for (const auto& [written, told] : {
             Row{"tls = true", front + "\"tls\" must be text, not true or false " + on},
             {"tls = false",
              front + "\"tls\" must be text, not true or false (write tls = \"off\")\n"},
             {"tls = 1", front + "\"tls\" must be text, not a whole number " + on},
             {"tls = \"on\"", front + "unknown \"tls\" \"on\" " + on},
             {"tls = \"yes\"", front + "unknown \"tls\" \"yes\" " + on},
             {"tls = \"ssl\"", front + "unknown \"tls\" \"ssl\" " + on},
             {"tls = \"required\"", front + "unknown \"tls\" \"required\" " + on},
             {"tls = \"none\"", front + "unknown \"tls\" \"none\" (write tls = \"off\")\n"},
             {"tls = \"no-starttls\"",
              front + "unknown \"tls\" \"no-starttls\" (write tls = \"off\")\n"},
             {"tls = \"\u201Cdirect\u201D\"",
              front + "unknown \"tls\" \"\u201Cdirect\u201D\" (write tls = \"direct\")\n"},
             {"proxy = true",
              proxy_front + "\"proxy\" must be text, not true or false (write proxy = \"v2\")\n"},
             {"proxy = 2",
              proxy_front + "\"proxy\" must be text, not a whole number (write proxy = \"v2\")\n"},
             {"proxy = \"yes\"",
              proxy_front + "unknown \"proxy\" \"yes\" (write proxy = \"v2\")\n"},
             {"proxy = \"1\"", proxy_front + "unknown \"proxy\" \"1\" (write proxy = \"v1\")\n"},
             {"proxy = [\"v2\"]", proxy_front +
                                      "\"proxy\" must be text, not an array (write proxy = "
                                      "\"v2\")\n"},
             {"proxy = \"no\"", proxy_front + "unknown \"proxy\" \"no\" (write proxy = \"off\")\n"},
         }) {
        EXPECT_EQ(of_backend(written), told) << written;
    }
}

TEST(Suggestions, SwitchesAndNumbers) {
    const std::string weight =
        "11:10: error: pool.main.backend \"a\": \"weight\" must be a whole number, ";
    const auto checks = [](const std::string& value) {
        return pool_problems(kBackend + "[pool.main.health]\nchecks = " + value + "\n");
    };
    EXPECT_EQ(of_backend("weight = \"100\""), weight + "not text (write weight = 100)\n");
    EXPECT_EQ(of_backend("weight = \"50 %\""), weight + "not text (write weight = 50)\n");
    EXPECT_EQ(of_backend("weight = 2.0"),
              weight + "not a number with a point (write weight = 2)\n");
    EXPECT_EQ(of_backend("weight = 1.5"),
              weight + "not a number with a point (write a number from 0 to 65535)\n");
    EXPECT_EQ(of_backend("weight = \"70000\""),
              weight + "not text (write a number from 0 to 65535)\n");
    EXPECT_EQ(of_backend("max_sessions = \"unlimited\""),
              "11:16: error: pool.main.backend \"a\": \"max_sessions\" must be a whole number, not "
              "text (write max_sessions = 0, which is no limit)\n");
    EXPECT_EQ(of_backend("weight = \"unlimited\""),
              weight + "not text (write a number from 0 to 65535)\n");
    const std::string front = "12:10: error: pool.main.health: \"checks\" must be true or false, ";
    EXPECT_EQ(checks("\"yes\""), front + "not text (write checks = true)\n");
    EXPECT_EQ(checks("\"off\""), front + "not text (write checks = false)\n");
    EXPECT_EQ(checks("0"), front + "not a whole number (write checks = false)\n");
    EXPECT_EQ(checks("\"maybe\""), front + "not text (write checks = true or checks = false)\n");
    EXPECT_EQ(changed("\"certs\"\n", "\"certs\"\nmin_version = 1.3\n"),
              "4:15: error: tls: \"min_version\" must be text, not a number with a point (write "
              "min_version = \"1.3\")\n");
    EXPECT_EQ(changed("version = 1\n", "version = \"1\"\n"),
              "1:11: error: \"version\" must be a whole number, not text (write version = 1 at the "
              "top of the file)\n");
    EXPECT_EQ(
        pool_problems(replaced(kBackend, "\"a\"", "5")),
        "9:8: error: pool.main.backend \"127.0.0.1:15222\": \"name\" must be text, not a whole "
        "number (write name = \"5\")\n");
}

TEST(Suggestions, ValuesThatTomlDoesNotTake) {
    for (const auto& [written, told] : {
             Row{"weight = 100;",
                 "10: error: pool.main.backend \"a\": \";\" behind the value of "
                 "\"weight\" (write weight = 100)\n"},
             {"tls = \"direct\";",
              "7: error: pool.main.backend \"a\": \";\" behind the value of "
              "\"tls\" (write tls = \"direct\")\n"},
             {"tls = \u201Cdirect\u201D",
              "7: error: pool.main.backend \"a\": typographic quotes around "
              "the value of \"tls\" (write tls = \"direct\")\n"},
             {"tls = \u2018direct\u2019",
              "7: error: pool.main.backend \"a\": typographic quotes around "
              "the value of \"tls\" (write tls = \"direct\")\n"},
             {"tls = yes",
              "7: error: pool.main.backend \"a\": the value of \"tls\" needs quotes (write "
              "tls = \"starttls\" or \"direct\")\n"},
             {"proxy = v2",
              "9: error: pool.main.backend \"a\": the value of \"proxy\" needs quotes "
              "(write proxy = \"v2\")\n"},
             {"proxy = on",
              "9: error: pool.main.backend \"a\": the value of \"proxy\" needs quotes "
              "(write proxy = \"v2\")\n"},
             {"proxy = \"v2\" // text",
              "9: error: pool.main.backend \"a\": a remark behind the value of "
              "\"proxy\" that does not begin with \"#\" (write proxy = "
              "\"v2\")\n"},
             {"tls_verify = yes",
              "14: error: pool.main.backend \"a\": \"tls_verify\" must be true or "
              "false, not \"yes\" (write tls_verify = true)\n"},
             {"tls_verify = Off",
              "14: error: pool.main.backend \"a\": \"tls_verify\" must be true or "
              "false, not \"Off\" (write tls_verify = false)\n"},
             {"weight = 50%",
              "10: error: pool.main.backend \"a\": \"weight\" must be a whole number, not "
              "\"50%\" (write weight = 50)\n"},
             {"ca_file = ca.pem",
              "11: error: pool.main.backend \"a\": the value of \"ca_file\" needs "
              "quotes (write ca_file = \"ca.pem\")\n"},
             {"max_sessions = many",
              "16: error: pool.main.backend \"a\": \"max_sessions\" must be a whole "
              "number, not \"many\" (write a number from 0 to 10000000)\n"},
         }) {
        EXPECT_EQ(of_backend(written), "11:" + told) << written;
    }
    EXPECT_EQ(with("[limits]\nlogin = 5min\nstanza = 256k\n"),
              "11:9: error: limits: the value of \"login\" needs quotes (write \"5m\")\n"
              "12:10: error: limits: the value of \"stanza\" needs quotes (write \"256KiB\")\n");
    EXPECT_EQ(changed("\"127.0.0.1:5222\"", "127.0.0.1:5222"),
              "5:11: error: listen: the value of \"address\" needs quotes (write address = "
              "\"127.0.0.1:5222\")\n");
    EXPECT_EQ(
        changed("\"main\"", "main"),
        "7:8: error: domain \"example.org\": the value of \"pool\" needs quotes (write pool = "
        "\"main\")\n");
    EXPECT_EQ(
        changed("version = 1", "version = v1"),
        "1:11: error: \"version\" must be a whole number, not \"v1\" (write version = 1 at the "
        "top of the file)\n");
}

TEST(Suggestions, PasswordsAreNotRepeated) {
    const std::string found = of_node("\"sqlite:state.db\"", "redis://u:secret@127.0.0.1:6379/0");
    EXPECT_EQ(found,
              "7:7: error: store: the value of \"url\" needs quotes (write url = "
              "\"redis://u:******@127.0.0.1:6379/0\")\n");
}

TEST(Suggestions, TimesAndSizes) {
    const auto lifetime = [](const std::string& value) {
        return changed("\"certs\"\n", "\"certs\"\nticket_lifetime = " + value + "\n");
    };
    for (const auto& [written, meant] : {Row{"5min", "5m"},
                                         {"1m30s", "90s"},
                                         {"2 hours", "2h"},
                                         {"90.5s", "90500ms"},
                                         {"500000 ms", "500000ms"},
                                         {"300", "300s"},
                                         {"1 day", "1d"},
                                         {"90 sec", "90s"},
                                         {"5m ", "5m"}}) {
        EXPECT_EQ(lifetime('"' + written + '"'),
                  "4:19: error: tls: \"ticket_lifetime\" is no time: \"" + written +
                      "\" (write \"" + meant + "\")\n");
    }
    EXPECT_EQ(lifetime("90.5"),
              "4:19: error: tls: \"ticket_lifetime\" needs a unit (write \"90500ms\")\n");
    EXPECT_EQ(with("[limits]\nlogin = 30000\n"),
              "11:9: error: limits: \"login\" needs a unit (write \"30000ms\")\n");
    EXPECT_EQ(
        with("[limits]\nlogin = \"2 hours\"\n"),
        "11:9: error: limits: \"login\" is no time: \"2 hours\" (\"2h\" is out of range: write a "
        "time from \"100ms\" to \"10m\")\n");
    EXPECT_EQ(
        pool_problems(kBackend + "[pool.main.health]\nslow_start = false\n"),
        "12:14: error: pool.main.health: \"slow_start\" must be text, not true or false (write "
        "slow_start = \"0s\")\n");
    for (const auto& [written, meant] : {Row{"256k", "256KiB"},
                                         {"1 MB", "1MB"},
                                         {"1MiB ", "1MiB"},
                                         {"64kb", "64KB"},
                                         {"0.5MiB", "512KiB"},
                                         {"65536", "64KiB"}}) {
        EXPECT_EQ(with("[limits]\nstanza = \"" + written + "\"\n"),
                  "11:10: error: limits: \"stanza\" is no size: \"" + written + "\" (write \"" +
                      meant + "\")\n");
    }
}

}  // namespace
}  // namespace conf
