// Aim: login and binding in one exchange (XEP-0388, XEP-0386).

#include "backend/stream/stream.h"

#include <gtest/gtest.h>

#include "tests/backend/stream/stream_scene.h"
#include "xmpp/stream_features.h"

namespace backend {
namespace {

using namespace test;

TEST(Stream, LogsInWithSasl2) {
    const auto text = transcript_of(kHeader + authenticate(""));
    EXPECT_TRUE(holds(text, "<success " + kSasl2 +
                                "><authorization-identifier>juliet@a.example"
                                "</authorization-identifier></success><stream:features>"))
        << text;
    EXPECT_TRUE(xmpp::read_features(last_features(text))->bind);
    EXPECT_TRUE(holds(transcript_of(kHeader + authenticate("") + bind_iq("")), "<iq type='result'"))
        << "no new stream";
}

TEST(Stream, ProvesItselfWithSasl2) {
    StreamPlay play;
    const ScramClient client{.user = "juliet", .password = "romeo"};
    play.say(kHeader);
    const auto answer =
        play.say("<authenticate " + kSasl2 + " mechanism='SCRAM-SHA-256'><initial-response>" +
                 xmpp::encode_base64(client.first()) + "</initial-response></authenticate>");
    const auto text = play.say(
        "<response " + kSasl2 + ">" +
        xmpp::encode_base64(client.final_message(challenge_in(answer, kSasl2))) + "</response>");
    EXPECT_TRUE(text.starts_with("<success " + kSasl2 + "><additional-data>dj")) << text;
}

TEST(Stream, BindsInline) {
    const auto text = transcript_of(
        kHeader + authenticate("<bind " + kBind2 + "><tag>App</tag><enable " + kSm +
                               " resume='1' max='60'/><enable xmlns='urn:xmpp:carbons:2'/>"
                               "<inactive xmlns='urn:xmpp:csi:0'/></bind>"));
    EXPECT_TRUE(holds(text, "[open juliet@a.example App.token")) << text;
    EXPECT_TRUE(holds(text, " sm 60s carbons inactive]")) << text;
    EXPECT_TRUE(holds(text, "<authorization-identifier>juliet@a.example/App.token")) << text;
    EXPECT_TRUE(holds(text, "<bound " + kBind2 + "><enabled " + kSm +
                                " id='sm-id' resume='true' max='60'/></bound></success>"))
        << text;
    const auto features = xmpp::read_features(last_features(text));
    EXPECT_FALSE(features->bind);
    EXPECT_FALSE(features->stream_management);
    EXPECT_TRUE(
        holds(transcript_of(kHeader + authenticate("<bind " + kBind2 + "/>") + "<message/>"),
              "<bound " + kBind2 + "/></success>"));
}

TEST(Stream, CountsFromAnInlineEnableOn) {
    const auto text =
        transcript_of(kHeader + authenticate("<bind " + kBind2 + "><enable " + kSm + "/></bind>") +
                      "<message/><r " + kSm + "/>");
    EXPECT_TRUE(text.ends_with("[handle 1 <message/>]<a " + kSm + " h='1'/>")) << text;
    EXPECT_TRUE(holds(text, "<enabled " + kSm + "/>")) << "acknowledgements only";
}

TEST(Stream, MayTryAgainWhenTheStoreFailsBehindSasl2) {
    const auto login = authenticate("<bind " + kBind2 + "/>");
    const auto text = transcript_of(kHeader + login + login, [](StreamPlay& play) {
        play.open_failures = {OpenFailure::store};
    });
    EXPECT_TRUE(holds(
        text, "<failure " + kSasl2 + "><temporary-auth-failure " + kSasl + "/></failure>[find"))
        << text;
    EXPECT_TRUE(holds(text, "</success>"));
}

TEST(Stream, DropsWhiteSpaceBetweenTheElementsOfSasl2) {
    const std::string space = "\r\n \t\n";
    const auto text =
        transcript_of(kHeader + space + authenticate("", "wrong") + space +
                      authenticate("<bind " + kBind2 + "/>") + space + "<message/>" + space);
    EXPECT_TRUE(text.ends_with("[handle <message/>]")) << text;
    EXPECT_TRUE(holds(
        transcript_of(kHeader + "<authenticate " + kSasl2 + " mechanism='SCRAM-SHA-256'/>" + space +
                      "<abort " + kSasl2 + "/>" + space + authenticate("") + space + bind_iq("")),
        "<iq type='result'"));
}

TEST(Stream, TakesNoOtherTextBetweenTheElementsOfSasl2) {
    const auto begin = "<authenticate " + kSasl2 + " mechanism='SCRAM-SHA-256'/>";
    EXPECT_TRUE(holds(transcript_of(kHeader + begin + "\nx"), stream_error("bad-format")));
    EXPECT_TRUE(
        holds(transcript_of(kHeader + "<authenticate " + kSasl2 +
                            " mechanism='PLAIN'><initial-response>\n" + plain("juliet", "romeo") +
                            "</initial-response></authenticate>"),
              "<incorrect-encoding"))
        << "inside an element it counts";
}

TEST(Stream, RefusesSasl2ForAnotherThanTheHeaderNames) {
    auto header = kHeader;
    header.insert(header.find(" to="), " from='nurse@a.example'");
    EXPECT_TRUE(holds(transcript_of(header + authenticate("")), "[delay]<failure " + kSasl2));
    header.replace(header.find("nurse"), 5, "juliet");
    EXPECT_TRUE(holds(transcript_of(header + authenticate("")), "<success " + kSasl2));
}

}  // namespace
}  // namespace backend
