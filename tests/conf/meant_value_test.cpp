// Aim: what is found out is what was meant; where two things may be meant, nothing is, and never
// the opposite.

#include "conf/meant_value.h"

#include <gtest/gtest.h>

#include <array>

#include "conf/units.h"

namespace conf {
namespace {

using Words = std::vector<std::string_view>;

constexpr std::array<std::string_view, 3> kTls{"off", "starttls", "direct"};
constexpr std::array<std::string_view, 3> kProxy{"off", "v1", "v2"};
constexpr std::array<std::string_view, 2> kVersions{"1.2", "1.3"};
constexpr std::array<std::string_view, 2> kKinds{"c2s", "c2s-tls"};
constexpr std::array<std::string_view, 2> kNodeProxies{"required", "off"};
constexpr std::array<std::string_view, 3> kBalances{"least-sessions", "hash-user", "hash-ip"};
constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};

TEST(MeantValue, LeavesAwayWhatStandsAround) {
    for (const char* written : {"v2", "\"v2\"", " v2 ", "v2;", "\"v2\",", "\u201Cv2\u201D",
                                "\u201Ev2\u201C", "\u2018v2\u2019;", "'v2' // remark",
                                "\u00A0v2\u00A0", "\"\u201Cv2\u201D\"", "\u00ABv2\u00BB"}) {
        EXPECT_EQ(bare_value(written), "v2") << written;
    }
    EXPECT_EQ(bare_value("tcp://10.0.0.1"), "tcp://10.0.0.1");
    EXPECT_EQ(bare_value(" ; \" ,"), "");
    EXPECT_TRUE(has_typographic_quotes("\u201Cx\u201D"));
    EXPECT_FALSE(has_typographic_quotes("\"x\" 'y'"));
}

struct Meant {
    const char* written;
    const char* value;  // "": nothing can be meant, or two things
};

TEST(MeantValue, ReadsTimesAsPeopleWriteThem) {
    for (const auto& [written, value] : {Meant{"5min", "5m"},
                                         {"1m30s", "90s"},
                                         {"2 hours", "2h"},
                                         {"1.5s", "1500ms"},
                                         {"500 ms", "500ms"},
                                         {"30", "30s"},
                                         {"30sec", "30s"},
                                         {"120 sec", "120s"},
                                         {"1h30m", "90m"},
                                         {"1h 30min", "90m"},
                                         {"5s ", "5s"},
                                         {"5M", "5m"},
                                         {"PT5M", "5m"},
                                         {"PT1H30M", "90m"},
                                         {"1 week", "7d"},
                                         {"0.25s", "250ms"},
                                         {"0,5 s", "500ms"},
                                         {"30s;", "30s"},
                                         {"0", "0s"},
                                         {"0.5 d", "12h"},
                                         {"250 millis", "250ms"},
                                         {"", ""},
                                         {"-5s", ""},
                                         {"forever", ""},
                                         {"1m30", ""},
                                         {"1.5ms", ""},
                                         {"1,500ms", ""},
                                         {"1.000s", ""},
                                         {"5 apples", ""},
                                         {"00:05:00", ""},
                                         {"9999999999s", ""},
                                         {"1s 1s 1s 1s 1s 1s 1s 1s 1s", ""},
                                         {"1 2s", ""}}) {
        EXPECT_EQ(meant_time(written).value_or(""), value) << written;
        if (*value != '\0') {
            EXPECT_TRUE(parse_time(value)) << value;
        }
    }
}

TEST(MeantValue, ReadsSizesAsPeopleWriteThem) {
    for (const auto& [written, value] : {Meant{"256k", "256KiB"},
                                         {"1 MB", "1MB"},
                                         {"1MiB ", "1MiB"},
                                         {"64kb", "64KB"},
                                         {"1m", "1MiB"},
                                         {"65536", "65536B"},
                                         {"0.5MiB", "512KiB"},
                                         {"1.5MB", "1500KB"},
                                         {"64K", "64KiB"},
                                         {"1024 KB", "1024KB"},
                                         {"10000 bytes", "10000B"},
                                         {"1Mi", "1MiB"},
                                         {"2 gigabytes", "2GB"},
                                         {"", ""},
                                         {"-1B", ""},
                                         {"1TiB", ""},
                                         {"large", ""},
                                         {"1,000KB", ""},
                                         {"0.3B", ""}}) {
        EXPECT_EQ(meant_size(written).value_or(""), value) << written;
        if (*value != '\0') {
            EXPECT_TRUE(parse_size(value)) << value;
        }
    }
}

TEST(MeantValue, ReadsNumbersAsPeopleWriteThem) {
    for (const auto& [written, value] : {std::pair{"100", 100},
                                         {"100;", 100},
                                         {"50%", 50},
                                         {"50 %", 50},
                                         {"1,000", 1'000},
                                         {"1'000'000", 1'000'000},
                                         {"1_000", 1'000},
                                         {"010", 10},
                                         {"2.0", 2},
                                         {"-1", -1},
                                         {"+5", 5},
                                         {"\u201C7\u201D", 7}}) {
        EXPECT_EQ(meant_number(written), value) << written;
    }
    for (const char* wrong : {"", "%", "1.5", "1.000", "1,00", "many", "1e3", "9999999999", "1k"})
        EXPECT_FALSE(meant_number(wrong)) << wrong;
}

TEST(MeantValue, ReadsSwitchesAsPeopleWriteThem) {
    for (const char* yes : {"true", "True", "yes", "on", "1", "\"yes\"", "enabled", "ON;"})
        EXPECT_EQ(meant_boolean(yes), true) << yes;
    for (const char* no :
         {"false", "no", "OFF", "0", "disabled", "never", "none", "\u201Cno\u201D"})
        EXPECT_EQ(meant_boolean(no), false) << no;
    for (const char* neither : {"", "maybe", "2", "true false", "v2"})
        EXPECT_FALSE(meant_boolean(neither)) << neither;
}

TEST(MeantValue, OnIsNeverOff) {
    for (const char* on : {"true", "yes", "on", "enabled", "required", "True"}) {
        EXPECT_EQ(meant_words(on, kTls), (Words{"starttls", "direct"})) << on;
        EXPECT_EQ(meant_words(on, kProxy), Words{"v2"}) << on;
    }
    for (const char* off :
         {"false", "no", "none", "0", "disabled", "never", "no-starttls", "nodirect"}) {
        EXPECT_EQ(meant_words(off, kTls), Words{"off"}) << off;
        EXPECT_EQ(meant_words(off, kProxy), Words{"off"}) << off;
    }
    EXPECT_EQ(meant_words("true", kLevels), Words{});
}

TEST(MeantValue, WordsAreKnownInOtherShapes) {
    EXPECT_EQ(meant_words("2", kProxy), Words{"v2"});
    EXPECT_EQ(meant_words("1", kProxy), Words{"v1"});
    EXPECT_EQ(meant_words("1", kTls), (Words{"starttls", "direct"}));
    EXPECT_EQ(meant_words("send-proxy-v2", kProxy), Words{"v2"});
    EXPECT_EQ(meant_words("TLSv1.2", kVersions), Words{"1.2"});
    EXPECT_EQ(meant_words("ssl", kTls), (Words{"starttls", "direct"}));
    EXPECT_EQ(meant_words("STARTTLS", kTls), Words{"starttls"});
    EXPECT_EQ(meant_words("start tls", kTls), Words{"starttls"});
    EXPECT_EQ(meant_words("\u201Cdirect\u201D", kTls), Words{"direct"});
    EXPECT_EQ(meant_words("warning", kLevels), Words{"warn"});
    EXPECT_EQ(meant_words("notice", kLevels), Words{"info"});
    EXPECT_EQ(meant_words("v3", kProxy), Words{});
    for (const char* direct :
         {"tls", "direct", "c2s-direct", "c2s_ssl", "xmpps", "c2s_tls", "C2S-TLS"})
        EXPECT_EQ(meant_words(direct, kKinds), Words{"c2s-tls"}) << direct;
    for (const char* clear : {"starttls", "c2s-starttls", "client", "C2S"})
        EXPECT_EQ(meant_words(clear, kKinds), Words{"c2s"}) << clear;
    EXPECT_EQ(meant_words("v2", kNodeProxies), Words{"required"});
    EXPECT_EQ(meant_words("true", kNodeProxies), Words{"required"});
    EXPECT_EQ(meant_words("leastconn", kBalances), Words{"least-sessions"});
    EXPECT_EQ(meant_words("source", kBalances), Words{"hash-ip"});
    EXPECT_EQ(meant_words("", kTls), Words{});
}

}  // namespace
}  // namespace conf
