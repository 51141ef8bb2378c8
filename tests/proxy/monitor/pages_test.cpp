#include "proxy/monitor/pages.h"

#include <gtest/gtest.h>

#include "http/request_reader.h"
#include "tests/proxy/monitor/monitored_example.h"

namespace proxy {
namespace {

http::RequestHead head_of(const std::string& method, const std::string& path,
                          const std::string& host = "127.0.0.1:9280") {
    static constexpr http::HeadLimits kLimits{};
    http::RequestReader reader(kLimits);
    const std::string text =
        method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\nUser-Agent: test\r\n\r\n";
    for (std::size_t at = 0; at < text.size();)
        at += reader.feed(std::string_view(text).substr(at));
    EXPECT_EQ(reader.state(), http::RequestReader::State::complete) << text;
    return reader.take();
}

core::Result<Page, http::Refusal> ask(const http::RequestHead& head,
                                      const Monitored& what = example_monitored()) {
    const std::vector<std::string> names{"proxy.internal"};
    return page_for(head, names, what, LastHour());
}

TEST(MonitorPages, EachPathHasItsType) {
    const std::pair<const char*, const char*> paths[]{{"/", "text/html; charset=utf-8"},
                                                      {"/status.json", "application/json"},
                                                      {"/metrics",
                                                       "text/plain; version=0.0.4; "
                                                       "charset=utf-8"},
                                                      {"/live", "text/plain; charset=utf-8"},
                                                      {"/ready", "text/plain; charset=utf-8"},
                                                      {"/metrics?x=1",
                                                       "text/plain; version=0.0.4; "
                                                       "charset=utf-8"}};
    for (const auto& [path, type] : paths) {
        const auto page = ask(head_of("GET", path));
        ASSERT_TRUE(page) << path;
        EXPECT_EQ(page->status, 200) << path;
        EXPECT_EQ(page->type, type) << path;
        EXPECT_FALSE(page->body.empty()) << path;
        EXPECT_TRUE(ask(head_of("HEAD", path))) << path;
    }
}

TEST(MonitorPages, NothingElseIsAnswered) {
    EXPECT_EQ(ask(head_of("GET", "/status")).error().status, 404);
    EXPECT_EQ(ask(head_of("POST", "/metrics")).error().status, 405);
    EXPECT_EQ(ask(head_of("DELETE", "/")).error().status, 405);
}

TEST(MonitorPages, ReadyIs503WithTheReason) {
    auto what = example_monitored();
    what.status.pools[1].backends[0].weight = 0;
    const auto page = ask(head_of("GET", "/ready"), what);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->status, 503);
    EXPECT_TRUE(page->body.starts_with("not ready: no backend of pool chat takes sessions\n"));
}

TEST(MonitorPages, AnotherHostIsRefused) {
    for (const char* host : {"127.0.0.1", "127.0.0.1:9280", "[::1]:9280", "10.0.0.7", "localhost",
                             "localhost:9280", "proxy.internal:9280"})
        EXPECT_TRUE(ask(head_of("GET", "/", host))) << host;
    for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                             "proxy.internal.evil.example:9280"})
        EXPECT_EQ(ask(head_of("GET", "/", host)).error().status, 421) << host;
}

TEST(MonitorPages, NoNameBreaksOutOfThePage) {
    auto what = example_monitored();
    what.status.pools[0].backends[0].name = "<script>alert(1)</script>";
    what.status.pools[0].backends[0].cause = "\"><img src=x>";
    what.status.last_reload_problem = "<b>&";
    const auto page = ask(head_of("GET", "/"), what);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->body.find("<script"), std::string::npos);
    EXPECT_EQ(page->body.find("<img"), std::string::npos);
    EXPECT_NE(page->body.find("&lt;b&gt;&amp;"), std::string::npos);
}

TEST(LastHourTest, KeepsAnHourAndCountsBySeconds) {
    using namespace std::chrono_literals;
    LastHour hour;
    auto status = example_monitored().status;
    core::TimePoint now(1'000s);
    EXPECT_TRUE(hour.is_due(now));
    hour.take(status, now);
    EXPECT_FALSE(hour.is_due(now + 9s));
    EXPECT_TRUE(hour.is_due(now + 10s));
    status.pools[0].backends[0].logins = 50;
    status.failed_logins = 5;
    status.sessions = 40;
    hour.take(status, now += 10s);
    ASSERT_EQ(hour.samples().size(), 2U);
    EXPECT_DOUBLE_EQ(hour.samples()[1].sessions, 40);
    EXPECT_DOUBLE_EQ(hour.samples()[1].logins, 5);
    EXPECT_DOUBLE_EQ(hour.samples()[1].failed, 0.5);
    status.pools[0].backends.clear();  // and its logins with it
    hour.take(status, now += 10s);
    EXPECT_DOUBLE_EQ(hour.samples()[2].logins, 0);
    for (int i = 0; i < 1'000; ++i) {
        status.sessions = static_cast<std::uint32_t>(i);
        hour.take(status, now += 10s);
    }
    const auto samples = hour.samples();
    ASSERT_EQ(samples.size(), LastHour::kSamples);
    EXPECT_DOUBLE_EQ(samples.back().sessions, 999);
    EXPECT_DOUBLE_EQ(samples.front().sessions, 640);
}

}  // namespace
}  // namespace proxy
