// Named by the numbers of what BOSH clients need in practice, which proxy/web/README.md lists.

#include "proxy/web/bosh_machine.h"

#include <gtest/gtest.h>

#include "tests/proxy/web/bosh_scene.h"

namespace proxy::scene {
namespace {

using xmpp::BoshCondition;

TEST(Bosh, N01_OneRequestIsHeldAndTwoAreAllowed) {
    BoshScene scene;
    scene.create("wait='60' hold='2' ver='1.6'");
    scene.features();
    EXPECT_TRUE(holds(scene.said(1), " hold='1'"));
    EXPECT_TRUE(holds(scene.said(1), " requests='2'"));
    scene.ask(2, 101);
    EXPECT_EQ(scene.said(2), "");
    scene.ask(3, 102);
    EXPECT_EQ(scene.said(2), kEmptyBody);
    EXPECT_EQ(scene.said(3), "");
    scene.send(kMessage);
    EXPECT_EQ(scene.said(3), body_with(kMessage));
}

TEST(Bosh, N01_AnsweredAtOnceWhereNothingIsHeld) {
    for (const std::string_view asked : {"hold='0'", "hold='1' wait='0'"}) {
        BoshScene scene;
        scene.create(asked);
        EXPECT_TRUE(holds(scene.said(1), " sid='SID'"));
        scene.send(kFeatures);
        scene.ask(2, 101);
        EXPECT_TRUE(holds(scene.said(2), kFeatures));
        scene.pass(10);
        scene.ask(3, 102);
        EXPECT_EQ(scene.said(3), kEmptyBody);
        EXPECT_FALSE(scene.over);
    }
}

TEST(Bosh, N02_TheCreationIsAnsweredWithoutTheServerToo) {
    BoshScene scene;
    scene.create("wait='20' hold='1' ver='1.6'");
    scene.pass(19.9);
    EXPECT_EQ(scene.said(1), "");
    scene.pass(0.2);
    for (const std::string_view part :
         {" sid='SID'", " wait='20'", " requests='2'", " hold='1'", " inactivity='60'",
          " polling='5'", " maxpause='120'", " ver='1.6'", " from='example.com'",
          " xmpp:restartlogic='true'"})
        EXPECT_TRUE(holds(scene.said(1), part)) << part;
    // The features come with the next answer, with the prefix that some clients look for.
    scene.ask(2, 101);
    scene.features();
    EXPECT_TRUE(holds(scene.said(2), "httpbind' xmlns:stream='http://etherx.jabber.org/streams'>"));
    scene.ask(3, 102);
    scene.send(kMessage);
    EXPECT_EQ(scene.said(3), body_with(kMessage));
}

TEST(Bosh, N03_FeaturesComeWithTheCreationAndWithARestart) {
    BoshScene scene;
    scene.create("wait='60' hold='1' ver='1.6'");
    EXPECT_EQ(scene.said(1), "");
    scene.features();
    EXPECT_TRUE(holds(scene.said(1), " authid='STREAM'"));
    EXPECT_TRUE(holds(scene.said(1), kFeatures));
    scene.stream.clear();
    scene.ask(2, 101, "xmpp:restart='true' to='example.com' xml:lang='de'", kMessage);
    // What a restart carries is ignored.
    EXPECT_EQ(scene.stream,
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' to='example.com' xml:lang='de' "
              "version='1.0'>");
    EXPECT_EQ(scene.said(2), "");
    scene.features();
    EXPECT_TRUE(holds(scene.said(2), kFeatures));
}

TEST(Bosh, N04_TheStreamHasItsVersionWhateverTheClientSays) {
    BoshScene scene;
    scene.create("from='user@example.com' xml:lang='en'");
    EXPECT_EQ(scene.stream,
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' from='user@example.com' "
              "to='example.com' xml:lang='en' version='1.0'>");
    scene.features();
    scene.stream.clear();
    scene.ask(2, 101, "xmpp:restart='1'");
    EXPECT_TRUE(holds(scene.stream, " to='example.com' xml:lang='en' version='1.0'>"));
}

TEST(Bosh, N05_DefaultsOfOldClients) {
    BoshScene scene;
    scene.create("");
    scene.features();
    for (const std::string_view part : {" wait='60'", " hold='1'", " ver='1.6'"})
        EXPECT_TRUE(holds(scene.said(1), part)) << part;
    BoshScene other;
    other.create("wait='1000' ver='1.20'");
    other.features();
    for (const std::string_view part : {" wait='120'", " inactivity='147'", " ver='1.11'"})
        EXPECT_TRUE(holds(other.said(1), part)) << part;
}

TEST(Bosh, N06_RetransmissionIsNormal) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101, "", kMessage);
    EXPECT_EQ(scene.stream, kMessage);
    // strophe gives up a connection and repeats; the old one, if it lives, hears no answer.
    scene.ask(3, 101, "", kMessage);
    EXPECT_EQ(scene.said(2), xmpp::kBoshRecoverableError);
    EXPECT_EQ(scene.said(3), "");
    EXPECT_EQ(scene.stream, kMessage);
    scene.send(kMessage);
    EXPECT_EQ(scene.said(3), body_with(kMessage));
    // The answer was lost.
    scene.ask(4, 101, "", kMessage);
    EXPECT_EQ(scene.said(4), body_with(kMessage));
    EXPECT_EQ(scene.stream, kMessage);
    // And while the next is held.
    scene.ask(5, 102);
    scene.ask(6, 101);
    EXPECT_EQ(scene.said(6), body_with(kMessage));
    EXPECT_EQ(scene.said(5), "");
    EXPECT_FALSE(scene.over);
}

TEST(Bosh, N06_WhatComesWhileTheConnectionIsLostWaitsForTheRepeat) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.lose(2);
    scene.send(kMessage);
    EXPECT_EQ(scene.replies.size(), 0);
    scene.ask(3, 101);
    EXPECT_EQ(scene.said(3), body_with(kMessage));
    // A next request instead of the repeat gets it just as well.
    scene.ask(4, 102);
    scene.lose(4);
    scene.send(kMessage);
    scene.ask(5, 103);
    EXPECT_EQ(scene.said(5), body_with(kMessage));
    scene.ask(6, 102);
    EXPECT_EQ(scene.said(6), kEmptyBody);
}

/// Requests 101 to 100 + `count`, each answered with a stanza of at least `size` bytes.
void answer_many(BoshScene& scene, int count, std::size_t size) {
    for (int i = 1; i <= count; ++i) {
        scene.ask(i + 1, 100 + static_cast<std::uint64_t>(i), "ack='100'");
        scene.send("<m" + std::to_string(i) + " a='" + std::string(size, 'x') + "'/>");
    }
}

TEST(Bosh, N07_AnswersAreKeptForARepeat) {
    BoshScene scene;
    scene.log_in();
    answer_many(scene, 8, 10'000);
    for (const int i : {8, 7}) {
        scene.ask(100 + i, 100 + static_cast<std::uint64_t>(i));
        EXPECT_TRUE(holds(scene.said(100 + i), "<m" + std::to_string(i) + " "));
    }
    scene.ask(106, 106);
    EXPECT_EQ(scene.said(106), xmpp::kBoshItemNotFound);
    // It may be a late copy: nobody else is harmed.
    EXPECT_FALSE(scene.over);
    scene.ask(109, 109);
    scene.send(kMessage);
    EXPECT_EQ(scene.said(109), body_with(kMessage));
}

TEST(Bosh, N07_MoreAreKeptIfTheyAreSmall) {
    BoshScene scene;
    scene.log_in();
    answer_many(scene, 8, 10);
    for (int i = 3; i <= 8; ++i) {
        scene.ask(100 + i, 100 + static_cast<std::uint64_t>(i));
        EXPECT_TRUE(holds(scene.said(100 + i), "<m" + std::to_string(i) + " "));
    }
    scene.ask(102, 102);
    EXPECT_EQ(scene.said(102), xmpp::kBoshItemNotFound);
    // A large one leaves room for one other.
    scene.ask(109, 109);
    scene.send("<m9 a='" + std::string(10'000, 'x') + "'/>");
    scene.ask(110, 108);
    EXPECT_TRUE(holds(scene.said(110), "<m8 "));
    scene.ask(111, 107);
    EXPECT_EQ(scene.said(111), xmpp::kBoshItemNotFound);
}

TEST(Bosh, N08_OneRequestTooEarlyIsParked) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 102, "", "<b xmlns='jabber:client'/>");
    EXPECT_EQ(scene.stream, "");
    EXPECT_EQ(scene.said(2), "");
    scene.ask(3, 101, "", "<a xmlns='jabber:client'/>");
    EXPECT_EQ(scene.stream, "<a xmlns='jabber:client'/><b xmlns='jabber:client'/>");
    EXPECT_EQ(scene.said(3), kEmptyBody);
    EXPECT_EQ(scene.said(2), "");
    scene.send(kMessage);
    EXPECT_EQ(scene.said(2), body_with(kMessage));
}

TEST(Bosh, N08_BeyondTheWindowTheSessionEnds) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.ask(3, 103);
    scene.ask(4, 104);
    EXPECT_TRUE(scene.is_refused(BoshCondition::item_not_found));
    for (const int id : {2, 3, 4}) EXPECT_EQ(scene.said(id), xmpp::kBoshItemNotFound) << id;
    scene.ask(5, 102);
    EXPECT_EQ(scene.said(5), xmpp::kBoshItemNotFound);
}

TEST(Bosh, N08_WhatNeverComesEndsTheSession) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 102);
    scene.pass(140);
    EXPECT_FALSE(scene.over);
    scene.pass(2);
    EXPECT_TRUE(scene.is_refused(BoshCondition::item_not_found));
    EXPECT_EQ(scene.said(2), xmpp::kBoshItemNotFound);
}

TEST(Bosh, N09_APageThatIsLoadedAgainRepeatsItsRid) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    // The page goes, its connections with it; the next attaches with the rid that it remembers.
    scene.lose(2);
    scene.ask(3, 101);
    EXPECT_EQ(scene.said(3), "");
    scene.send(kMessage);
    EXPECT_EQ(scene.said(3), body_with(kMessage));
    // Or while the proxy does not know yet that the old connection has gone, several times.
    scene.ask(4, 102);
    for (int id = 5; id < 15; ++id) scene.ask(id, 102);
    EXPECT_FALSE(scene.over);
    scene.ask(20, 103);
    EXPECT_EQ(scene.said(14), kEmptyBody);
    EXPECT_EQ(scene.said(20), "");
    EXPECT_FALSE(scene.over);
}

TEST(Bosh, N15_AcknowledgementsOnlyForThoseWhoAsk) {
    BoshScene scene;
    scene.create("ack='1' ver='1.8'");
    scene.features();
    EXPECT_TRUE(holds(scene.said(1), " ack='100'"));
    scene.ask(2, 101);
    scene.ask(3, 102, "ack='100'");
    EXPECT_EQ(scene.said(2), "<body xmlns='http://jabber.org/protocol/httpbind' ack='102'/>");
    scene.send(kMessage);
    EXPECT_EQ(scene.said(3), body_with(kMessage)) << "not where it is the same rid";

    BoshScene without;
    without.create("ver='1.6'");
    without.features();
    EXPECT_FALSE(holds(without.said(1), " ack="));
    without.ask(2, 101);
    without.ask(3, 102);
    EXPECT_EQ(without.said(2), kEmptyBody);
}

TEST(Bosh, N15_WhatIsAcknowledgedIsNotKept) {
    BoshScene scene;
    scene.log_in("ack='1' ver='1.6'");
    answer_many(scene, 4, 10);
    scene.ask(10, 101, "ack='100'");
    EXPECT_TRUE(holds(scene.said(10), "<m1 "));
    scene.ask(11, 105, "ack='102'");
    scene.ask(12, 102);
    EXPECT_EQ(scene.said(12), xmpp::kBoshItemNotFound);
    scene.ask(13, 103);
    EXPECT_TRUE(holds(scene.said(13), "<m3 "));
    scene.ask(14, 106);  // no ack: the client has them all, but for what is open
    scene.ask(15, 104);
    EXPECT_EQ(scene.said(15), xmpp::kBoshItemNotFound);
}

TEST(Bosh, N17_ManyStanzasAreOneRequest) {
    BoshScene scene;
    scene.log_in();
    std::string stanzas;
    for (int i = 0; i < 200; ++i) stanzas += kMessage;
    scene.ask(2, 101, "", stanzas);
    EXPECT_EQ(scene.stream, stanzas);
}

TEST(Bosh, N18_NoEncodingIsOffered) {
    BoshScene scene;
    scene.create("ver='1.6' content='text/html'");
    scene.features();
    EXPECT_FALSE(holds(scene.said(1), " accept="));
    EXPECT_FALSE(holds(scene.said(1), " charsets="));
}

TEST(BoshMachine, AllThatComesAtOnceIsOneAnswer) {
    BoshScene scene;
    scene.log_in();
    scene.ask(2, 101);
    scene.put(kMessage);
    scene.put(kMessage);
    scene.send(kMessage);
    EXPECT_EQ(scene.said(2), body_with(kMessage + kMessage + kMessage));
}

TEST(BoshMachine, ASessionThatTakesNothingHoldsItsClientBack) {
    BoshScene scene;
    scene.log_in();
    scene.machine.pause_input();
    EXPECT_TRUE(scene.machine.wants_input());
    scene.ask(2, 101, "", "<a xmlns='jabber:client'/>");
    EXPECT_FALSE(scene.machine.wants_input());
    scene.ask(3, 102, "", "<b xmlns='jabber:client'/>");
    EXPECT_EQ(scene.stream, "");
    EXPECT_TRUE(scene.replies.empty()) << "an answer would bring the next request";
    scene.pass(1000);
    EXPECT_FALSE(scene.over);
    scene.machine.resume_input(scene.now, scene.actions);
    scene.perform();
    EXPECT_EQ(scene.stream, "<a xmlns='jabber:client'/><b xmlns='jabber:client'/>");
    EXPECT_TRUE(scene.machine.wants_input());
}

TEST(BoshMachine, SaysWhenEnoughWaitsForTheClient) {
    BoshScene scene;
    scene.settings.output_bytes = 100;
    scene.log_in();
    while (scene.machine.has_room()) scene.send(kMessage);
    scene.ask(2, 101);
    EXPECT_TRUE(scene.machine.has_room());
    EXPECT_EQ(scene.said(2), body_with(kMessage + kMessage + kMessage + kMessage));
}

}  // namespace
}  // namespace proxy::scene
