// Aim: each request gets its one response, in order and in time; what becomes a session is handed
// over whole; and whoever keeps a connection without using it loses it.

#include "proxy/web/web_connection.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/proxy/web/web_connection_scene.h"
#include "tests/support/client_frames.h"
#include "tests/support/cuts.h"

namespace proxy {
namespace {

using std::chrono::milliseconds;

// Requests and their answers.

TEST_F(WebConnectionTest, AnswersOneRequestAfterTheOtherOverTls) {
    const auto client = connect_tls();
    client->send(kHostMeta);
    ASSERT_TRUE(wait([&] { return client->statuses() == "200"; }));
    client->send(kHostMetaJson);
    ASSERT_TRUE(wait([&] { return client->statuses() == "200 200"; }));
    EXPECT_TRUE(client->has("Content-Type: application/xrd+xml"));
    EXPECT_TRUE(client->has("Content-Type: application/json"));
    EXPECT_TRUE(client->has("Access-Control-Allow-Origin: *\r\n"));
    EXPECT_FALSE(client->has("Connection: close"));
    EXPECT_FALSE(client->is_over());
}

TEST_F(WebConnectionTest, PipelinedRequestsAreAnsweredInOrderAtEveryCut) {
    const std::string head = "HEAD" + forwarded(kHostMeta).substr(3);
    const std::string star = forwarded("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n");
    const std::string requests =
        forwarded(kHostMeta) + star + head + forwarded(kHostMetaJson) + forwarded(kNowhere) + star;
    test::for_each_cut(requests, [&](const test::Pieces& pieces) {
        const auto client = trusted();
        for (const std::string_view piece : pieces) {
            client->send(piece);
            loop.run_once();
        }
        ASSERT_TRUE(wait([&] { return client->is_over(); }));
        EXPECT_EQ(client->statuses(), "200 204 200 200 404") << "and none behind a refusal";
        EXPECT_LT(client->seen.taken.find("xrd+xml"), client->seen.taken.find("json"));
    });
}

TEST_F(WebConnectionTest, ManyPipelinedRequestsAreAnsweredAll) {
    std::string requests;
    for (int i = 0; i < 500; ++i) requests += kHostMeta;
    const auto client = connect_tls();
    client->send(requests);
    std::string all = "200";
    for (int i = 1; i < 500; ++i) all += " 200";
    ASSERT_TRUE(wait([&] { return client->statuses() == all; }));
}

TEST_F(WebConnectionTest, ARefusalIsTheOnlyResponse) {
    for (const std::string& request :
         {std::string("GARBAGE\r\n\r\n"), std::string("GET / HTTP/2.0\r\n\r\n"),
          forwarded(kNowhere), forwarded("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"),
          forwarded("PUT /http-bind HTTP/1.1\r\nHost: a\r\n\r\n")}) {
        const std::string status = answers_and_end(request + forwarded(kHostMeta));
        EXPECT_EQ(status.size(), 3U) << request << status;
        EXPECT_TRUE(status.starts_with('4') || status.starts_with('5')) << request << status;
    }
}

TEST_F(WebConnectionTest, WhoAskedForHeadBeforeGetsTheWordsOfARefusal) {
    const auto client = trusted();
    client->send("HEAD" + forwarded(kHostMeta).substr(3) + "GARBAGE\r\n\r\n");
    ASSERT_TRUE(wait([&] { return client->is_over(); }));
    EXPECT_EQ(client->statuses(), "200 400");
    EXPECT_TRUE(client->has("400 Bad Request:"));
}

TEST_F(WebConnectionTest, ABodyThatNobodyWantsIsNoRequest) {
    // Nothing of it may be taken for a request, so the connection ends.
    for (const std::string_view framing :
         {"Content-Length: 60\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3c\r\n"}) {
        std::string request = "GET /.well-known/host-meta HTTP/1.1\r\nHost: a.example\r\n";
        request.append(kOverHttps).append(framing).append(forwarded(kHostMeta));
        EXPECT_EQ(answers_and_end(request), "200") << framing;
    }
}

TEST_F(WebConnectionTest, AConnectionServesSoManyRequests) {
    config.web.requests = 3;
    const auto client = trusted();
    for (int i = 0; i < 5; ++i) client->send(forwarded(kHostMeta));
    ASSERT_TRUE(wait([&] { return client->is_over(); }));
    EXPECT_EQ(client->statuses(), "200 200 200");
    EXPECT_TRUE(client->has("Connection: close\r\n"));
}

TEST_F(WebConnectionTest, OldHttpGetsOneAnswer) {
    const std::string old =
        "GET /.well-known/host-meta HTTP/1.0\r\nHost: a.example\r\nConnection: keep-alive\r\n" +
        std::string(kOverHttps) + "\r\n";
    EXPECT_EQ(answers_and_end(old + old), "200");
}

// Time.

TEST_F(WebConnectionTest, TheHandshakeHasADeadline) {
    config.limits.handshake = milliseconds(30);
    const auto client = connect({});
    client->send("\x16\x03\x01");  // the beginning of a record
    ASSERT_TRUE(wait([&] { return client->is_over(); }));
}

TEST_F(WebConnectionTest, AHeadHasADeadlineHoweverItTrickles) {
    config.web.head_timeout = milliseconds(60);
    const auto client = trusted();
    client->send("GET / HTTP/1.1\r\nX: ");
    ASSERT_TRUE(wait([&] {
        client->send("x");  // one byte after the other: no end of it
        return client->is_over();
    }));
    EXPECT_EQ(client->statuses(), "408");
}

TEST_F(WebConnectionTest, TheHeadOfALaterRequestHasItsOwnDeadline) {
    config.web.head_timeout = milliseconds(60);
    EXPECT_EQ(answer_to_silence(forwarded(kHostMeta) + "GET /"), "200 408");
}

TEST_F(WebConnectionTest, WhoAsksForNothingIsClosedWithoutWords) {
    config.web.keep_alive = milliseconds(30);
    EXPECT_EQ(answer_to_silence(""), "");
    EXPECT_EQ(answer_to_silence(forwarded(kHostMeta)), "200");
    const auto secure = connect_tls();
    ASSERT_TRUE(wait([&] { return secure->seen.ended; }));
}

TEST_F(WebConnectionTest, ABodyThatStallsIsGivenUp) {
    config.web.stall = milliseconds(60);
    const std::string bosh =
        forwarded("POST /http-bind HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n");
    EXPECT_EQ(answer_to_silence(bosh + "<bo"), "408");
}

TEST_F(WebConnectionTest, WhoDoesNotEndIsEnded) {
    config.limits.close = milliseconds(30);
    config.web.per_address = 1;
    const auto client = trusted();
    client->send(forwarded(kNowhere));
    ASSERT_TRUE(wait([&] { return client->seen.ended; }));
    ASSERT_TRUE(wait([&] { return has_room(); })) << "it is destroyed although the client holds on";
}

// Ends.

TEST_F(WebConnectionTest, WhoEndsIsForgottenAtOnce) {
    config.web.per_address = 1;
    config.limits.close = std::chrono::minutes(10);
    for (const std::string& request : {std::string(), forwarded(kHostMeta), forwarded(kNowhere),
                                       std::string("GET / HTTP/1.1\r\nHo")}) {
        const auto client = trusted();
        if (!request.empty()) client->send(request);
        client->connection.finish();
        ASSERT_TRUE(wait([&] { return client->is_over(); })) << request;
        EXPECT_TRUE(has_room()) << request;
        ASSERT_TRUE(wait([&] { return has_room(); })) << "and whoever asked";
    }
}

TEST_F(WebConnectionTest, WhoHasSaidAllGetsItsAnswers) {
    config.web.per_address = 1;
    config.limits.close = std::chrono::minutes(10);
    const auto client = trusted();
    std::string requests;
    for (int i = 0; i < 2'000; ++i) requests += forwarded(kHostMeta);
    config.web.requests = 10'000;
    client->connection.pause_reading();
    client->send(requests);
    client->connection.finish();
    for (int turn = 0; turn < 50; ++turn) loop.run_once();
    client->connection.resume_reading();
    ASSERT_TRUE(wait([&] { return client->is_over(); }));
    EXPECT_EQ(client->statuses().size(), 2'000U * 4 - 1);
    EXPECT_TRUE(has_room());
}

TEST_F(WebConnectionTest, AnAddressHasSoManyConnections) {
    config.web.per_address = 2;
    auto first = trusted();
    const auto second = trusted();
    const auto third = trusted();
    const auto other = connect(trusted_door(), "192.0.2.8:40000");
    ASSERT_TRUE(wait([&] { return third->is_over(); }));
    EXPECT_EQ(third->seen.taken, "");
    other->send(forwarded(kHostMeta));
    ASSERT_TRUE(wait([&] { return other->statuses() == "200"; }));
    first->connection.close();
    ASSERT_TRUE(wait([&] { return has_room(); }));
    EXPECT_FALSE(second->is_over());
}

TEST_F(WebConnectionTest, WhoReadsNoAnswersGetsNoMoreOfThem) {
    config.web.requests = 1'000'000;
    const auto client = trusted();
    client->connection.pause_reading();
    std::string requests;
    for (int i = 0; i < 100; ++i) requests += forwarded(kHostMeta);
    // What the front takes is bounded by what it may have to keep.
    while (client->connection.send(requests)) {
    }
    std::size_t left = 0;
    ASSERT_TRUE(wait([&] {
        const bool stands = left == client->connection.pending_output();
        left = client->connection.pending_output();
        for (int turn = 0; turn < 20; ++turn) loop.run_once();
        return stands;
    }));
    EXPECT_GT(left, 0U);
    client->connection.resume_reading();
    ASSERT_TRUE(wait([&] { return client->connection.pending_output() == 0; }));
    EXPECT_FALSE(client->is_over());
}

TEST_F(WebConnectionTest, AShutdownLetsRequestsEnd) {
    const auto idle = trusted();
    const auto securing = connect({});
    const auto busy = trusted();
    const auto kept = trusted();
    busy->send("GET /.well-known/host-meta HT");
    kept->send(forwarded(kHostMeta));
    ASSERT_TRUE(wait([&] { return kept->statuses() == "200"; }));
    front.shut_down();
    ASSERT_TRUE(wait([&] { return idle->is_over() && securing->is_over() && kept->is_over(); }));
    EXPECT_FALSE(busy->is_over());
    busy->send("TP/1.1\r\nHost: a.example\r\n" + std::string(kOverHttps) + "\r\n" +
               forwarded(kHostMeta));
    ASSERT_TRUE(wait([&] { return busy->is_over(); }));
    EXPECT_EQ(busy->statuses(), "200");
    EXPECT_TRUE(busy->has("Connection: close\r\n"));
}

// WebSocket.

TEST_F(WebConnectionTest, AWebSocketLeavesWithWhatFollowsItsRequest) {
    const auto client = connect_tls();
    client->send(upgrade("Sec-WebSocket-Protocol: xmpp\r\n") + test::client_frame("<presence/>"));
    ASSERT_TRUE(wait([&] { return !sessions.empty() && !sessions[0]->events.received.empty(); }));
    EXPECT_EQ(sessions[0]->kind, WebSessionKind::websocket);
    EXPECT_EQ(sessions[0]->events.received, "<presence/>");
    EXPECT_EQ(sessions[0]->leg->facts().tls_version, "TLSv1.3");
    EXPECT_EQ(sessions[0]->leg->facts().sni, "example.org");
    ASSERT_TRUE(wait([&] { return client->has("\r\n\r\n"); }));
    EXPECT_EQ(client->statuses(), "101");
    EXPECT_TRUE(client->has("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
}

TEST_F(WebConnectionTest, N21_TheSubprotocolIsEchoedToWhoAskedForIt) {
    const auto answer = [&](std::string_view fields) {
        const auto client = trusted();
        client->send(forwarded(upgrade(fields)));
        EXPECT_TRUE(wait([&] { return client->has("\r\n\r\n"); }));
        const std::size_t at = client->seen.taken.find("Sec-WebSocket-Protocol: ");
        if (at == std::string::npos) return client->statuses();
        return client->statuses() + client->seen.taken.substr(at + 23, 5);
    };
    EXPECT_EQ(answer("Sec-WebSocket-Protocol: xmpp\r\n"), "101 xmpp");
    EXPECT_EQ(answer("Sec-WebSocket-Protocol: chat, XMPP\r\n"), "101 XMPP");
    EXPECT_EQ(answer(""), "101");
    EXPECT_EQ(answer("Sec-WebSocket-Protocol: chat\r\n"), "400");
}

TEST_F(WebConnectionTest, N21_AnOriginIsAbsentOrOneOfTheList) {
    config.web.origins = {"https://chat.example.org"};
    const auto answer = [&](std::string_view fields) {
        const auto client = trusted();
        client->send(forwarded(upgrade(fields)));
        EXPECT_TRUE(wait([&] { return client->has("\r\n\r\n"); }));
        return client->statuses();
    };
    EXPECT_EQ(answer(""), "101");
    EXPECT_EQ(answer("Origin: https://chat.example.org\r\n"), "101");
    EXPECT_EQ(answer("Origin: https://chat.example.org.evil.example\r\n"), "403");
    EXPECT_EQ(answer("Origin: null\r\n"), "403");
    EXPECT_EQ(answer("Origin: http://chat.example.org\r\n"), "403");
}

TEST_F(WebConnectionTest, WithoutAPlaceNoSessionBegins) {
    no_place = proxy::Refused::process_full;
    EXPECT_EQ(answers_and_end(forwarded(upgrade())), "503");
    const auto client = connect_tls({.speaks_xmpp = true}, "\x0bxmpp-client");
    ASSERT_TRUE(wait([&] { return client->is_over(); }));
    EXPECT_TRUE(sessions.empty());
}

TEST_F(WebConnectionTest, WhoHasJustComeIsToldFromAConnectionThatIsThereAlready) {
    for (const std::size_t before : {0U, 1U, 2U}) {
        const auto client = trusted();
        for (std::size_t i = 0; i < before; ++i) {
            client->send(forwarded("OPTIONS * HTTP/1.1\r\nHost: a.example\r\n\r\n"));
            ASSERT_TRUE(wait([&] { return client->statuses().size() >= 3 * (i + 1); }));
        }
        client->send(forwarded(upgrade()));
        ASSERT_TRUE(wait([&] { return came.size() == before + 1; }));
    }
    using Comes = WebClientComes;
    EXPECT_EQ(came, std::vector({Comes::anew, Comes::anew, Comes::again}));
}

TEST_F(WebConnectionTest, AWebSocketNoMoreCountsAsAConnectionOfTheWeb) {
    config.web.per_address = 1;
    const auto client = trusted();
    client->send(forwarded(upgrade()));
    ASSERT_TRUE(wait([&] { return !sessions.empty(); }));
    EXPECT_TRUE(has_room()) << "sessions have limits of their own";
}

// XMPP on the same port.

}  // namespace
}  // namespace proxy
