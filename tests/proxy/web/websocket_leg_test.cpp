// Aim: a session sees a plain stream, whatever a client does with its frames, and the client sees
// whole messages.

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/websocket_frame.h"
#include "tests/proxy/web/websocket_talk.h"
#include "tests/support/cuts.h"

namespace proxy {
namespace {

using namespace scene;

using WebSocketLegTest = WebSocketTest;

// From the client.

TEST_F(WebSocketLegTest, MessagesBecomeTheStreamAtEveryCut) {
    const std::string sent =
        client_frame(
            "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' "
            "version='1.0'/>") +
        client_frame(kFirst, "<iq type='get' ") + client_frame(kPing, "in between") +
        client_frame(kMiddle, "id='\xC3") + client_frame(kMiddle, "") +
        client_frame(kLast, "\xA9'/>") + client_frame(" \r\n") + client_frame("<presence/>") +
        client_frame(kClientCloses);
    test::for_each_cut(sent, [&](const test::Pieces& pieces) {
        Talk talk(world);
        for (const std::string_view piece : pieces) {
            talk.far.send(piece);
            world.loop.run_once();
        }
        ASSERT_TRUE(wait([&] { return talk.session.received.ends_with(kEnd); }))
            << talk.session.received;
        EXPECT_EQ(talk.session.received,
                  "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
                  "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>"
                  "<iq type='get' id='\xC3\xA9'/><presence/></stream:stream>");
        ASSERT_TRUE(wait([&] { return !talk.heard().empty(); }));
        EXPECT_EQ(talk.heard(), "pong:in between;");
    });
}

TEST_F(WebSocketLegTest, N24_FragmentsAreTaken) {
    Talk talk(world);
    talk.log_in();
    const std::string body(130'000, 'x');  // Chrome splits above 128 KiB
    const std::string message = "<message><body>" + body + "</body></message>";
    talk.far.send(client_frame(kFirst, message.substr(0, 100'000)));
    ASSERT_TRUE(talk.settle());
    EXPECT_EQ(talk.session.received, "") << "whole elements go on, and nothing else";
    talk.far.send(client_frame(kLast, message.substr(100'000)));
    ASSERT_TRUE(wait([&] { return !talk.session.received.empty(); }));
    EXPECT_EQ(talk.session.received, message);
}

TEST_F(WebSocketLegTest, N24_PingsAreAnsweredAndReachNobody) {
    Talk talk(world);
    talk.far.send(client_frame(kPing, "hello") + client_frame(kPing, ""));
    ASSERT_TRUE(wait([&] { return talk.heard() == "pong:hello;pong:;"; })) << talk.heard();
    EXPECT_EQ(talk.client.windows.size(), 1U) << "what one read brought is answered in one write";
    EXPECT_EQ(talk.session.received, "");
}

TEST_F(WebSocketLegTest, N24_APingIsAnsweredBehindWhatASlowReaderStillHasToRead) {
    Talk talk(world);
    talk.log_in();
    talk.far.pause_reading();
    while (talk.leg->send("<message><body>" + std::string(10'000, 'x') + "</body></message>")) {
    }
    talk.far.send(client_frame(kPing, "alive") + client_frame("<presence/>"));
    ASSERT_TRUE(wait([&] { return !talk.session.received.empty(); }));
    talk.far.resume_reading();
    ASSERT_TRUE(wait([&] { return talk.has_heard("pong:alive;"); }));
}

/// RFC 6455 section 5.5.3: one answer to many pings is enough.
TEST_F(WebSocketLegTest, N24_WhoFloodsWithPingsAndReadsNothingCostsNoMemory) {
    Talk talk(world);
    talk.far.pause_reading();
    const std::string ping = client_frame(kPing, std::string(125, 'p'));
    std::string flood;
    for (int i = 0; i < 50'000; ++i) flood += ping;
    talk.far.send(flood);
    ASSERT_TRUE(wait([&] { return talk.far.pending_output() == 0; }));
    talk.far.send(client_frame("<presence/>"));
    ASSERT_TRUE(wait([&] { return !talk.session.received.empty(); }));
    talk.far.resume_reading();
    ASSERT_TRUE(wait([&] {
        talk.far.send(client_frame(kPing, "again"));
        return talk.has_heard("pong:again;");
    }));
    EXPECT_LT(talk.client.taken.size(), flood.size() / 4);
    EXPECT_EQ(talk.heard().find("broken"), std::string::npos);
}

/// Each is pinged twice a minute, so some of sixty at once. The backend cannot see that the client
/// is alive: it sees a blank.
TEST_F(WebSocketLegTest, N25_APongIsASignOfLifeBetweenElementsOnly) {
    std::vector<std::unique_ptr<Talk>> talks;
    for (int i = 0; i < 60; ++i) talks.push_back(std::make_unique<Talk>(world));
    const auto pinged = [&] {
        std::vector<Talk*> all;
        for (const auto& talk : talks)
            if (talk->heard() == "ping:;") all.push_back(talk.get());
        return all;
    };
    ASSERT_TRUE(wait([&] { return pinged().size() >= 2; }));
    Talk& silent = *pinged()[0];
    Talk& amid = *pinged()[1];
    silent.far.send(client_frame(kPong, "") + client_frame(kPong, ""));
    amid.far.send(client_frame(kFirst, "<presence") + client_frame(kPong, "") +
                  client_frame(kLast, "/>"));
    ASSERT_TRUE(silent.settle());
    ASSERT_TRUE(amid.settle());
    EXPECT_EQ(silent.session.received, " ") << "and one is enough";
    EXPECT_EQ(amid.session.received, "<presence/>");
}

TEST_F(WebSocketLegTest, APongThatNobodyAskedForReachesNobody) {
    Talk talk(world);
    std::string flood;
    for (int i = 0; i < 10'000; ++i) flood += client_frame(kPong, "");
    talk.far.send(flood);
    ASSERT_TRUE(talk.settle());
    EXPECT_EQ(talk.session.received, "");
}

TEST_F(WebSocketLegTest, N24_WhatIsNotAllowedHasItsCode) {
    const std::vector<std::pair<std::string, std::uint16_t>> breaches = {
        {client_frame(0x82, "<iq/>"), 1003},
        {client_frame("<message>\xFF"), 1007},
        {client_frame("<iq/>", {.is_masked = false}), 1002},
        {client_frame(0xC1, "<iq/>"), 1002},
        {client_frame(kPing, std::string(126, 'x')), 1002},
        {client_frame(kLast, "<iq/>"), 1002},
        {client_frame("<iq/><iq/>"), 1008},
        {client_frame("<iq>"), 1008},
        {client_frame(kHeader), 1008},
    };
    for (const auto& [sent, code] : breaches) {
        Talk talk(world);
        talk.log_in();
        talk.session.on_fault = [&] {
            talk.leg->send("<stream:error/></stream:stream>");
            talk.leg->finish();
        };
        talk.far.send(sent + client_frame("<presence/>"));
        ASSERT_TRUE(wait([&] { return talk.client.ended; })) << code;
        EXPECT_TRUE(
            talk.heard().ends_with("</close>;close:" + std::to_string(code) + ";") ||
            talk.heard().ends_with(std::string(kClosed) + "close:" + std::to_string(code) + ";"))
            << talk.heard();
        EXPECT_EQ(talk.session.fault->is_of_frames, code != 1008) << code;
        EXPECT_EQ(talk.session.received, "") << "nothing follows what was refused";
    }
}

/// A client that may resume would send it again for ever, were only the connection cut.
TEST_F(WebSocketLegTest, N24_OversizeIsOfTheStreamBeforeAllOfItIsThere) {
    for (const bool is_logged_in : {false, true}) {
        Talk talk(world);
        if (is_logged_in) talk.log_in();
        const std::size_t most = is_logged_in ? world.limits.bytes : xmpp::kLimitsBeforeLogin.bytes;
        // No element may be as large as its message then says.
        std::string sent = client_frame(kFirst, "<message><body>");
        sent += client_frame(kMiddle, std::string(most, 'x'));
        talk.far.send(sent);
        ASSERT_TRUE(wait([&] { return talk.session.fault.has_value(); })) << is_logged_in;
        EXPECT_EQ(talk.session.fault->condition, xmpp::StreamErrorCondition::policy_violation);
        EXPECT_EQ(talk.session.received, "");
        if (!is_logged_in) talk.leg->send(kHeader);
        talk.leg->send(kEnd);
        talk.leg->finish();
        ASSERT_TRUE(wait([&] { return talk.client.ended; }));
        EXPECT_TRUE(talk.heard().ends_with("close:1009;")) << talk.heard();
    }
}

TEST_F(WebSocketLegTest, N24_ADeclaredLengthCountsBeforeItsBytes) {
    Talk talk(world);
    talk.log_in();
    const std::string frame = client_frame(std::string(world.limits.bytes + 2'000, 'x'));
    talk.far.send(std::string_view(frame).substr(0, 14));
    ASSERT_TRUE(wait([&] { return talk.session.fault.has_value(); }));
    EXPECT_TRUE(talk.session.fault->is_of_frames);
    EXPECT_EQ(talk.session.fault->condition, xmpp::StreamErrorCondition::policy_violation);
}

/// White space has no end that a limit of elements could find, and looking at all of it for each
/// new byte would stop a worker.
TEST_F(WebSocketLegTest, ABlankMessageInManyFragmentsIsNothing) {
    for (const std::string_view front : {"", "<presence/>"}) {
        Talk talk(world);
        talk.log_in();
        const std::size_t most = front.empty() ? world.limits.bytes : xmpp::kAroundElement;
        std::string sent = client_frame(kFirst, front);
        for (std::size_t i = 0; i < most; ++i) sent += client_frame(kMiddle, " ");
        sent += client_frame(kLast, "");
        talk.far.send(sent);
        ASSERT_TRUE(talk.settle());
        EXPECT_EQ(talk.session.received, front);
    }
}

// A session that takes nothing.

TEST_F(WebSocketLegTest, WhatOneReadBroughtIsShownAtOnce) {
    Talk talk(world);
    int times = 0;
    talk.session.on_bytes = [&] { ++times; };
    talk.far.send(client_frame("<a/>") + client_frame(kPing, "x") + client_frame("<b/>") +
                  client_frame(" ") + client_frame("<c/>") + client_frame(kFirst, "<d"));
    ASSERT_TRUE(talk.settle());
    EXPECT_EQ(talk.session.received, "<a/><b/><c/>");
    EXPECT_EQ(times, 1);
    talk.far.send(client_frame(kLast, "/>") + client_frame("<e/>") + close_frame(1001));
    ASSERT_TRUE(wait([&] { return talk.session.has_ended; }));
    EXPECT_EQ(talk.session.received, "<a/><b/><c/><d/><e/>") << "before the end is told";
    EXPECT_EQ(times, 2);
}

TEST_F(WebSocketLegTest, WhatCameBeforeABreachIsShown) {
    Talk talk(world);
    talk.log_in();
    talk.session.on_fault = [&] { EXPECT_EQ(talk.session.received, "<a/><b/>"); };
    talk.far.send(client_frame("<a/>") + client_frame("<b/>") + client_frame("<iq>") +
                  client_frame("<c/>"));
    ASSERT_TRUE(wait([&] { return talk.session.fault.has_value(); }));
    talk.leg->finish();
    EXPECT_EQ(talk.session.received, "<a/><b/>");
}

TEST_F(WebSocketLegTest, APausedSessionGetsTheRestLater) {
    Talk talk(world);
    talk.session.on_bytes = [&] { talk.leg->pause_reading(); };
    talk.far.send(client_frame("<a/>"));
    ASSERT_TRUE(wait([&] { return !talk.session.received.empty(); }));
    talk.far.send(client_frame("<b/>") + client_frame("<c/>"));
    for (int turn = 0; turn < 10; ++turn) world.loop.run_once();
    EXPECT_EQ(talk.session.received, "<a/>");
    talk.session.on_bytes = nullptr;
    talk.leg->resume_reading();
    ASSERT_TRUE(wait([&] { return talk.session.received == "<a/><b/><c/>"; }))
        << talk.session.received;
}

TEST_F(WebSocketLegTest, WhatASessionHasNotTakenIsShownAgain) {
    Talk talk(world);
    bool takes = false;
    std::string shown;
    talk.session.consume = [&](std::string_view window) {
        shown = window;
        return takes ? window.size() : std::min<std::size_t>(window.size(), 2);
    };
    talk.session.on_bytes = [&] {
        if (!takes) talk.leg->pause_reading();
    };
    talk.far.send(client_frame("<a1/>") + client_frame("<b2/>"));
    ASSERT_TRUE(wait([&] { return talk.session.received == "<a"; }));
    takes = true;
    talk.leg->resume_reading();
    ASSERT_TRUE(wait([&] { return talk.session.received == "<a1/><b2/>"; }))
        << talk.session.received;
}

TEST_F(WebSocketLegTest, AFinishedLegDropsWhatWaited) {
    Talk talk(world);
    talk.session.on_bytes = [&] { talk.leg->pause_reading(); };
    talk.far.send(client_frame("<a/>"));
    ASSERT_TRUE(wait([&] { return !talk.session.received.empty(); }));
    talk.far.send(client_frame("<b/>"));
    talk.leg->finish();
    talk.far.send(close_frame(1000));
    talk.far.finish();
    ASSERT_TRUE(wait([&] { return talk.session.is_gone; }));
    EXPECT_EQ(talk.session.received, "<a/>");
}

// To the client.

TEST_F(WebSocketLegTest, N23_TheStreamBecomesMessagesAtEveryCut) {
    const std::string stream = std::string(kHeader) + "<stream:features><a/></stream:features>\n " +
                               std::string(kSuccess) + std::string(kHeader) +
                               "<message><body>hi</body></message>" + "<r xmlns='urn:xmpp:sm:3'/>" +
                               std::string(kEnd);
    const std::string messages =
        std::string(kOpened) +
        "text:<stream:features xmlns:stream='http://etherx.jabber.org/streams' "
        "xmlns='jabber:client'><a/></stream:features>;text:" +
        std::string(kSuccess) + ";" + std::string(kOpened) +
        "text:<message xmlns='jabber:client'><body>hi</body></message>;"
        "text:<r xmlns='urn:xmpp:sm:3'/>;" +
        std::string(kClosed);
    test::for_each_cut(stream, [&](const test::Pieces& pieces) {
        Talk talk(world);
        for (const std::string_view piece : pieces) talk.leg->send(piece);
        ASSERT_TRUE(wait([&] { return talk.has_heard(kClosed); })) << talk.heard();
        EXPECT_EQ(talk.heard(), messages);
    });
}

TEST_F(WebSocketLegTest, N22_TheFirstAndTheLastMessageAreThoseThatClientsCompare) {
    Talk talk(world);
    talk.leg->send(std::string(kHeader) + std::string(kEnd));
    ASSERT_TRUE(wait([&] { return talk.has_heard(kClosed); }));
    EXPECT_EQ(talk.heard(), std::string(kOpened) + std::string(kClosed));
}

TEST_F(WebSocketLegTest, ASlowReaderHoldsItsSourceBack) {
    Talk talk(world);
    talk.log_in();
    talk.far.pause_reading();
    const std::string message = "<message><body>" + std::string(10'000, 'x') + "</body></message>";
    int sent = 1;
    while (talk.leg->send(message)) ++sent;
    EXPECT_EQ(talk.session.drained, 0);
    talk.far.resume_reading();
    ASSERT_TRUE(wait([&] { return talk.session.drained == 1; }));
    ASSERT_TRUE(talk.settle());
    const std::string heard = talk.heard();
    int got = 0;
    for (std::size_t at = 0; (at = heard.find("text:<message", at)) != std::string::npos; ++at)
        ++got;
    EXPECT_EQ(got, sent);
}

TEST_F(WebSocketLegTest, KnowsItsClientAndThatTlsIsBelow) {
    Talk talk(world);
    EXPECT_EQ(talk.leg->peer().to_string(), "192.0.2.7:40000");
    EXPECT_EQ(talk.leg->facts().client, talk.leg->peer());
    EXPECT_EQ(talk.leg->shown_certificate(), nullptr);
    EXPECT_EQ(talk.leg->facts().bindings.exporter.reveal(), "");
    EXPECT_FALSE(talk.leg->start_tls("example.org").has_value());
    talk.leg->settle();
}

}  // namespace
}  // namespace proxy
