// Aim: a session sees a plain stream, whichever connections its requests come by; answers reach the
// connection that waits, and nothing reaches one that has gone.

#include "proxy/web/bosh_leg.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/proxy/web/web_scene.h"

namespace proxy {
namespace {

constexpr std::string_view kServerHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='example.org' version='1.0'>";

class BoshLegTest : public test::WebScene {
protected:
    std::string body(std::string_view attributes, std::string_view payload = {}) {
        return "<body rid='" + std::to_string(++rid_) +
               "' xmlns='http://jabber.org/protocol/httpbind' " +
               (sid_.empty() ? "" : "sid='" + sid_ + "' ") + std::string(attributes) + ">" +
               std::string(payload) + "</body>";
    }
    static void post(test::WebClient& client, const std::string& entity) {
        client.send(
            "POST /http-bind HTTP/1.1\r\nHost: example.org\r\nX-Forwarded-Proto: https\r\n"
            "Content-Length: " +
            std::to_string(entity.size()) + "\r\n\r\n" + entity);
    }
    std::unique_ptr<test::WebClient> ask(std::string_view attributes,
                                         std::string_view payload = {}) {
        auto client = connect(trusted_door());
        post(*client, body(attributes, payload));
        return client;
    }
    /// A session whose creation has been answered with features.
    void create() {
        const auto client = ask("to='example.org' wait='60' hold='1' ver='1.6'");
        ASSERT_TRUE(wait([&] { return !sessions.empty() && !events().received.empty(); }));
        leg().send(kServerHeader);
        EXPECT_FALSE(client->has("sid="));
        leg().send("<stream:features/>");
        ASSERT_TRUE(wait([&] { return client->has("</body>"); }));
        const std::size_t at = client->seen.taken.find("sid='") + 5;
        sid_ = client->seen.taken.substr(at, client->seen.taken.find('\'', at) - at);
        events().received.clear();
    }
    ClientLeg& leg() { return *sessions.front()->leg; }
    test::ClientLegListener& events() { return sessions.front()->events; }

private:
    std::string sid_;
    int rid_ = 100;
};

TEST_F(BoshLegTest, BeginsAStreamAndAnswersWithItsFeatures) {
    const auto client = ask("to='example.org' ver='1.6' xml:lang='de'");
    ASSERT_TRUE(wait([&] { return !sessions.empty() && !events().received.empty(); }));
    EXPECT_EQ(sessions.front()->kind, WebSessionKind::bosh);
    EXPECT_EQ(events().received,
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' xml:lang='de' "
              "version='1.0'>");
    EXPECT_TRUE(leg().facts().is_secure);
    leg().send(std::string(kServerHeader) + "<stream:features/>");
    ASSERT_TRUE(wait([&] { return client->has("</body>"); }));
    EXPECT_EQ(client->statuses(), "200");
    EXPECT_TRUE(client->has("authid='s1'"));
    EXPECT_TRUE(client->has("<stream:features xmlns:stream="));
}

TEST_F(BoshLegTest, CarriesElementsBothWays) {
    create();
    const auto held = ask("", "<presence xmlns='jabber:client'/>");
    ASSERT_TRUE(wait([&] { return !events().received.empty(); }));
    EXPECT_EQ(events().received, "<presence xmlns='jabber:client'/>");
    EXPECT_TRUE(leg().send("<message><body>on"));
    EXPECT_TRUE(leg().send("e</body></message>"));
    ASSERT_TRUE(wait([&] { return held->has("</message>"); }));
    EXPECT_TRUE(held->has("<message xmlns='jabber:client'><body>one</body></message>"));
}

TEST_F(BoshLegTest, ARequestThatIsGoneGetsNothing) {
    create();
    auto held = ask("");
    for (int i = 0; i < 20; ++i) loop.run_once();
    held->connection.close();
    for (int i = 0; i < 20; ++i) loop.run_once();
    leg().send("<message/>");
    const auto next = ask("");
    ASSERT_TRUE(wait([&] { return next->has("<message"); }));
}

TEST_F(BoshLegTest, AnAnswerInTheTurnInWhichItsClientGoesGoesNowhere) {
    create();
    auto held = ask("");
    for (int i = 0; i < 20; ++i) loop.run_once();
    // Both are ready at once, in either order.
    held->connection.close();
    loop.post([&] { leg().send("<message/>"); });
    for (int i = 0; i < 20; ++i) loop.run_once();
    leg().send("<presence/>");
    const auto next = ask("");
    ASSERT_TRUE(wait([&] { return next->has("<presence"); }));
}

TEST_F(BoshLegTest, APausedSessionTakesRequestsLater) {
    create();
    leg().pause_reading();
    const auto client = ask("", "<presence xmlns='jabber:client'/>");
    for (int i = 0; i < 50; ++i) loop.run_once();
    EXPECT_EQ(events().received, "");
    leg().resume_reading();
    EXPECT_EQ(events().received, "") << "from the loop only";
    ASSERT_TRUE(wait([&] { return !events().received.empty(); }));
}

TEST_F(BoshLegTest, WhatASessionLeavesIsShownAgain) {
    create();
    events().consume = [&](std::string_view) -> std::size_t {
        leg().pause_reading();
        return 0;
    };
    const auto client = ask("", "<presence xmlns='jabber:client'/>");
    for (int i = 0; i < 50; ++i) loop.run_once();
    EXPECT_EQ(events().received, "");
    events().consume = nullptr;
    leg().resume_reading();
    ASSERT_TRUE(wait([&] { return !events().received.empty(); }));
    EXPECT_EQ(events().received, "<presence xmlns='jabber:client'/>");
}

TEST_F(BoshLegTest, SaysWhenThereIsEnoughAndWhenThereIsRoom) {
    config.web.bosh_held = 1'000;
    front.use(settings());
    create();
    EXPECT_FALSE(leg().send("<message>" + std::string(2'000, 'x') + "</message>"));
    EXPECT_EQ(events().drained, 0);
    const auto next = ask("");
    ASSERT_TRUE(wait([&] { return events().drained == 1; }));
    EXPECT_TRUE(wait([&] { return next->has("</message>"); }));
}

TEST_F(BoshLegTest, N13_TheEndOfTheStreamIsToldToWhoWaits) {
    create();
    const auto held = ask("");
    for (int i = 0; i < 20; ++i) loop.run_once();
    leg().send("<message/></stream:stream>");
    leg().finish();
    ASSERT_TRUE(wait([&] { return held->has("type='terminate'"); }));
    EXPECT_TRUE(held->has("<message"));
    EXPECT_FALSE(held->has("condition="));
    EXPECT_TRUE(leg().is_gone());
}

TEST_F(BoshLegTest, ACutIsToldAsALostServer) {
    create();
    const auto held = ask("");
    for (int i = 0; i < 20; ++i) loop.run_once();
    leg().finish();
    ASSERT_TRUE(wait([&] { return held->has("type='terminate'"); }));
    EXPECT_TRUE(held->has("condition='remote-connection-failed'"));
}

TEST_F(BoshLegTest, AnAbandonedSessionLeavesNobodyWaiting) {
    create();
    const auto held = ask("");
    for (int i = 0; i < 20; ++i) loop.run_once();
    leg().abandon();
    EXPECT_TRUE(leg().is_gone());
    ASSERT_TRUE(wait([&] { return held->has("type='terminate'"); }));
    const auto late = ask("ver='1.6'");
    ASSERT_TRUE(wait([&] { return late->has("condition='item-not-found'"); }));
    EXPECT_EQ(process->desks.sessions.load(), 0U);
}

TEST_F(BoshLegTest, TheClientEndsTheStream) {
    create();
    const auto last =
        ask("type='terminate'", "<presence xmlns='jabber:client' type='unavailable'/>");
    ASSERT_TRUE(wait([&] { return events().has_ended; }));
    EXPECT_EQ(events().received,
              "<presence xmlns='jabber:client' type='unavailable'/></stream:stream>");
    EXPECT_TRUE(wait([&] { return last->has("type='terminate'"); }));
    EXPECT_TRUE(leg().is_gone());
}

TEST_F(BoshLegTest, WhoBreaksTheRulesHasASessionNoMore) {
    create();
    const auto bad = connect(trusted_door());
    for (int i = 0; i < 10; ++i) body("");  // far beyond the window
    post(*bad, body(""));
    ASSERT_TRUE(wait([&] { return events().fault.has_value(); }));
    EXPECT_EQ(events().fault->rule, "item-not-found");
    EXPECT_TRUE(wait([&] { return bad->has("condition='item-not-found'"); }));
}

TEST_F(BoshLegTest, ASessionThatEndsBeforeItHasBegunAnswersItsRequest) {
    const auto client = ask("to='example.org' ver='1.6'");
    ASSERT_TRUE(wait([&] {
        if (sessions.empty()) return false;
        leg().finish();
        return true;
    }));
    EXPECT_TRUE(leg().is_gone());
    ASSERT_TRUE(wait([&] { return client->has("type='terminate'"); }));
}

TEST_F(BoshLegTest, WithoutAPlaceThereIsNoSession) {
    no_place = proxy::Refused::process_full;
    const auto client = ask("to='example.org' ver='1.6'");
    ASSERT_TRUE(wait([&] { return client->statuses() == "503"; }));
    EXPECT_TRUE(client->has("Retry-After: "));
    no_place.reset();
    config.web.bosh_sessions = 1;
    const auto first = ask("to='example.org' ver='1.6'");
    ASSERT_TRUE(wait([&] { return sessions.size() == 1; }));
    const auto second = ask("to='example.org' ver='1.6'");
    ASSERT_TRUE(wait([&] { return second->statuses() == "503"; }));
}

}  // namespace
}  // namespace proxy
