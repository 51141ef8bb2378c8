#pragma once
// The queue of one session over a store that answers when and as the test says.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "backend/node/stanza_queue.h"
#include "tests/backend/node/scripted_store.h"
#include "tests/support/run_loop.h"

namespace backend::test {

class StanzaQueueTest : public testing::Test, protected StanzaQueueEvents {
protected:
    static constexpr auto kUser = "anna@example.org";

    StanzaQueueTest()
        : ref_{kUser, SessionId("anna-1")},
          queue_(loop_, store_, recent_users_, locality_, now_,
                 Sender{ref_,
                        *xmpp::Jid::parse("anna@example.org/home"),
                        {.resource = "home", .session = ref_.id, .node = NodeName("n1")}},
                 7, *this) {}

    void message(std::uint32_t handled, const std::string& to = "bert@example.org") {
        queue_.handle(
            {"<message xmlns='jabber:client' type='chat' to='" + to + "'><body>x</body></message>",
             handled});
        queue_.begin();
    }
    void ping(std::uint32_t handled) {
        queue_.handle(
            {"<iq xmlns='jabber:client' type='get' id='p' to='example.org'><ping "
             "xmlns='urn:xmpp:ping'/></iq>",
             handled});
        queue_.begin();
    }
    void answer_readings() {
        while (!store_.readings.empty()) store_.answer_reading();
    }
    bool wait_for_commit() {
        return ::test::run_until(loop_, [this] {
            answer_readings();
            return !store_.commits.empty();
        });
    }
    template <class What>
    static std::size_t count(const Commit& commit) {
        return static_cast<std::size_t>(
            std::count_if(commit.writes.begin(), commit.writes.end(),
                          [](const Write& write) { return std::holds_alternative<What>(write); }));
    }

    static const Enqueue& first_queued(const Commit& commit) {
        return std::get<Enqueue>(*std::find_if(
            commit.writes.begin(), commit.writes.end(),
            [](const Write& write) { return std::holds_alternative<Enqueue>(write); }));
    }

    void on_confirmed(std::size_t count) override { confirmed_ += count; }
    void on_idle() override { ++idle_; }
    void on_refused(xmpp::StreamErrorCondition condition) override { refused_ = condition; }
    void on_fenced() override { fenced_ = true; }
    void on_store_failed(StoreError error) override { failed_ = error; }

    core::EventLoop loop_;
    ::test::ScriptedStore store_;
    RecentUsers recent_users_;
    Locality locality_{.domains = {"example.org"}, .version = "1"};
    core::TimePoint time_ = core::Clock::now();
    const Now now_ = [this] { return time_; };
    SessionRef ref_;
    std::size_t confirmed_ = 0;
    int idle_ = 0;
    std::optional<xmpp::StreamErrorCondition> refused_;
    bool fenced_ = false;
    std::optional<StoreError> failed_;
    StanzaQueue queue_;
};

}  // namespace backend::test
