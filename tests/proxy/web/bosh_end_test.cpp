// Aim: whoever ends a session, each request that is open is told so, in words that its client
// knows. Numbers as in bosh_machine_test.cpp.

#include "proxy/web/bosh_machine.h"

#include <gtest/gtest.h>

#include "tests/proxy/web/bosh_scene.h"

namespace proxy::scene {
namespace {

using xmpp::BoshCondition;

TEST(Bosh, N13_TheEndIsToldToAllThatIsOpen) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.ask(3, 103, "", kMessage);
    scene.put(kMessage);
    scene.end();
    EXPECT_EQ(scene.said(2), "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'>" +
                                 kMessage + "</body>");
    EXPECT_EQ(scene.said(3), kTerminate);
    ASSERT_TRUE(scene.over);
    EXPECT_EQ(scene.over->end, BoshEnd::server_ended);
}

TEST(Bosh, N13_TheClientEnds) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.lose(2);
    scene.send(kMessage);
    scene.ask(3, 102, "type='terminate'", "<presence type='unavailable' xmlns='jabber:client'/>");
    EXPECT_EQ(scene.stream, "<presence type='unavailable' xmlns='jabber:client'/></stream:stream>");
    EXPECT_EQ(scene.said(3), "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'>" +
                                 kMessage + "</body>");
    ASSERT_TRUE(scene.over);
    EXPECT_EQ(scene.over->end, BoshEnd::client_ended);
}

TEST(Bosh, N13_WhatWasQueuedGoesOutBeforeTheEnd) {
    BoshScene scene;
    scene.log_in();
    scene.send(kMessage);
    const std::string error =
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
        "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    scene.send(error);
    scene.end();
    EXPECT_FALSE(scene.over) << "the client does not know";
    scene.ask(2, 101, "", kMessage);
    EXPECT_EQ(scene.stream, "") << "nobody is there to take it";
    EXPECT_EQ(scene.said(2),
              "<body xmlns='http://jabber.org/protocol/httpbind' "
              "xmlns:stream='http://etherx.jabber.org/streams' type='terminate' "
              "condition='remote-stream-error'>" +
                  kMessage + error + "</body>");
    EXPECT_TRUE(scene.over);
}

TEST(Bosh, N13_TheEndIsToldInOrder) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 102);
    scene.put(kMessage);
    scene.end();
    EXPECT_EQ(scene.said(2), "") << "a client reads the answer to 101 first";
    scene.ask(3, 101);
    EXPECT_EQ(scene.said(3), "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate'>" +
                                 kMessage + "</body>");
    EXPECT_EQ(scene.said(2), kTerminate);
}

TEST(Bosh, N13_TheEndIsToldToARequestThatWaitsForTheSession) {
    BoshScene scene;
    scene.log_in();
    scene.machine.pause_input();
    scene.ask(2, 101, "", kMessage);
    scene.end(false);
    EXPECT_EQ(scene.said(2), terminate_for("remote-connection-failed"));
    EXPECT_EQ(scene.stream, "");
}

TEST(Bosh, N13_ALostServerIsNamed) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.end(false);
    EXPECT_EQ(scene.said(2), terminate_for("remote-connection-failed"));
}

TEST(Bosh, N14_ConditionsAreToldWithStatus200) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 110);
    EXPECT_EQ(scene.status(2), 200);
    EXPECT_EQ(scene.said(2), xmpp::kBoshItemNotFound);
    BoshScene legacy;
    legacy.log_in("wait='60'");
    legacy.ask(2, 110);
    EXPECT_EQ(legacy.status(2), 404);
    legacy.ask(3, 101);
    EXPECT_EQ(legacy.status(3), 404);
    EXPECT_EQ(legacy_status(BoshCondition::bad_request), 400);
    EXPECT_EQ(legacy_status(BoshCondition::remote_stream_error), 200);
}

TEST(Bosh, N14_ARefusedCreationNamesItsCondition) {
    BoshScene scene;
    scene.create("ver='1.6'");
    scene.machine.header({});
    scene.send(
        "<stream:error xmlns:stream='http://etherx.jabber.org/streams'>"
        "<host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>");
    scene.end();
    EXPECT_EQ(scene.said(1), terminate_for("host-unknown"));
    EXPECT_EQ(scene.status(1), 200);
}

TEST(BoshMachine, AnAbandonedSessionLeavesNoRequestOpen) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.ask(3, 103);
    scene.put(kMessage);
    scene.machine.abandon(scene.actions);
    scene.perform();
    EXPECT_EQ(scene.said(2), terminate_for("remote-connection-failed"));
    EXPECT_EQ(scene.said(3), terminate_for("remote-connection-failed"));
    EXPECT_TRUE(scene.machine.is_over());
}

TEST(BoshMachine, ACreationThatIsLostIsNoSession) {
    BoshScene scene;
    scene.create("");
    scene.ask(2, 102);  // somebody who guesses
    scene.lose(1);
    EXPECT_EQ(scene.said(2), xmpp::kBoshItemNotFound);
    ASSERT_TRUE(scene.over);
    EXPECT_EQ(scene.over->end, BoshEnd::inactive);
    EXPECT_EQ(scene.machine.next_deadline(), std::nullopt);
}

/// hex(SHA-1(...)) of `seed`, `times` times.

}  // namespace
}  // namespace proxy::scene
