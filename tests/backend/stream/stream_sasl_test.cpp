// Aim: a client proves who it is with SASL (RFC 6120 section 6), and whoever fails learns no
// more than that.

#include "backend/stream/stream.h"

#include <gtest/gtest.h>

#include "tests/backend/stream/stream_scene.h"
#include "xmpp/stream_features.h"

namespace backend {
namespace {

using namespace test;

TEST(Stream, LogsInWithAPassword) {
    const auto text = transcript_of(kBound);
    EXPECT_TRUE(holds(text, "[find juliet@a.example][check]<success " + kSasl + "/>")) << text;
    EXPECT_TRUE(holds(text, "id='token2'") || holds(text, "id='token3'")) << "a new id";
    EXPECT_TRUE(holds(text, "[open juliet@a.example balcony]<iq type='result' id='b1'><bind " +
                                kBindUri + "><jid>juliet@a.example/balcony</jid></bind></iq>"));
    const auto features = xmpp::read_features(last_features(text));
    EXPECT_TRUE(features->bind);
    EXPECT_TRUE(features->stream_management);
    EXPECT_EQ(features->max_bytes, 256u * 1024u);
    EXPECT_TRUE(features->mechanisms.empty());
    EXPECT_TRUE(holds(text, "<ver xmlns='urn:xmpp:features:rosterver'/>"));
    EXPECT_TRUE(holds(text, "<sub xmlns='urn:xmpp:features:pre-approval'/>"));
    EXPECT_TRUE(holds(text, "<csi xmlns='urn:xmpp:csi:0'/>"));
    EXPECT_TRUE(holds(text, "<more/>"));
}

std::string scram_login(StreamPlay& play, const std::string& mechanism, const ScramClient& client) {
    play.say(kHeader);
    const auto challenge = play.say(auth(mechanism, xmpp::encode_base64(client.first())));
    return play.say("<response " + kSasl + ">" +
                    xmpp::encode_base64(client.final_message(challenge_in(challenge, kSasl))) +
                    "</response>");
}

TEST(Stream, LogsInWithScram) {
    for (const bool bound : {false, true}) {
        StreamPlay play;
        ScramClient client{.user = "juliet", .password = "romeo"};
        if (bound) {
            client.gs2 = "p=tls-exporter,,";
            client.binding = std::string(32, 'x');
            play.facts.bindings.exporter = core::ChannelBinding(client.binding);
        }
        const auto text = scram_login(play, bound ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256", client);
        EXPECT_TRUE(text.starts_with("<success " + kSasl + ">")) << text;
        EXPECT_EQ(play.stream().state(), Stream::State::header);
    }
}

TEST(Stream, AnswersWrongPasswordAndUnknownUserAlike) {
    StreamPlay known, unknown;
    unknown.accounts.clear();
    EXPECT_EQ(scram_login(known, "SCRAM-SHA-1",
                          {.hash = ScramHash::sha1, .user = "juliet", .password = "wrong"}),
              "[delay]" + failure("not-authorized"));
    EXPECT_EQ(scram_login(unknown, "SCRAM-SHA-1",
                          {.hash = ScramHash::sha1, .user = "juliet", .password = "wrong"}),
              "[delay]" + failure("not-authorized"));
    StreamPlay plain_known, plain_unknown;
    const auto said = [](StreamPlay& play, const std::string& user) {
        play.say(kHeader);
        return play.say(auth("PLAIN", plain(user, "wrong")));
    };
    EXPECT_EQ(said(plain_known, "juliet"),
              "[find juliet@a.example][check][delay]" + failure("not-authorized"));
    EXPECT_EQ(said(plain_unknown, "nobody"),
              "[find nobody@a.example][check][delay]" + failure("not-authorized"));
}

TEST(Stream, AsksForWhatAnAuthLeftOut) {
    for (const std::string& empty : {"<auth " + kSasl + " mechanism='PLAIN'/>",
                                     "<auth " + kSasl + " mechanism='PLAIN'></auth>"}) {
        const auto text = transcript_of(kHeader + empty + "<response " + kSasl + ">" +
                                        plain("juliet", "romeo") + "</response>");
        EXPECT_TRUE(holds(text, "<challenge " + kSasl + "/>[find")) << text;
        EXPECT_TRUE(holds(text, "<success")) << text;
    }
}

TEST(Stream, DropsWhiteSpaceAroundTheElementsOfALogin) {
    const std::string space = "\r\n \t\n";
    const auto text = transcript_of(space + kHeader + space + auth("PLAIN", "=") + space +
                                    auth("PLAIN", plain("juliet", "romeo")) + space + kHeader +
                                    space + bind_iq("") + space + "<message/>");
    EXPECT_TRUE(text.ends_with("[handle <message/>]")) << text;
    // While the password is checked, after our success, and before the new header.
    StreamPlay play;
    play.say(kHeader);
    play.say(auth("PLAIN", plain("juliet", "romeo")));
    play.say("\n");
    EXPECT_TRUE(holds(play.say("\n" + kHeader), "</stream:features>"));
}

TEST(Stream, RefusesLogins) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {auth("PLAIN", "=== "), "incorrect-encoding"},
        {auth("PLAIN", "A"), "incorrect-encoding"},
        {auth("PLAIN", "="), "malformed-request"},
        {auth("PLAIN", "AAAA\n"), "incorrect-encoding"},
        {auth("EXTERNAL", "="), "invalid-mechanism"},
        {"<auth " + kSasl + "/>", "invalid-mechanism"},
        {auth("SCRAM-SHA-256-PLUS", "AAAA"), "invalid-mechanism"},
        {auth("SCRAM-SHA-256", "AAAA"), "malformed-request"},
        {auth("PLAIN", plain("ju liet", "romeo")), "not-authorized"},
        {"<abort " + kSasl + "/>", "aborted"},
        {"<response " + kSasl + "/>", "malformed-request"},
        {auth("SCRAM-SHA-256", "") + "<abort " + kSasl + "/>", "aborted"},
        {auth("SCRAM-SHA-256", "") + "<response " + kSasl2 + "/>", "malformed-request"}};
    for (const auto& [bytes, condition] : cases) {
        // And the client may try again.
        const auto text = transcript_of(kHeader + bytes + auth("PLAIN", plain("juliet", "romeo")));
        EXPECT_TRUE(holds(text, failure(condition))) << bytes << text;
        EXPECT_TRUE(text.ends_with("<success " + kSasl + "/>")) << bytes << text;
    }
    const auto text =
        transcript_of(kHeader + auth("PLAIN", plain("juliet", "romeo")),
                      [](StreamPlay& play) { play.account_error = StoreError::unavailable; });
    EXPECT_TRUE(text.ends_with(failure("temporary-auth-failure"))) << text;
}

TEST(Stream, LetsAClientTryFiveTimes) {
    std::string bytes = kHeader;
    for (int i = 0; i < 7; ++i) bytes += auth("PLAIN", plain("juliet", "wrong"));
    auto text = transcript_of(bytes);
    EXPECT_TRUE(text.ends_with(failure("not-authorized") + stream_error("policy-violation") +
                               "</stream:error></stream:stream>[closed: too_many_login_tries]"))
        << text;
    std::size_t failures = 0;
    for (auto at = text.find("[delay]"); at != std::string::npos; at = text.find("[delay]", at + 1))
        ++failures;
    EXPECT_EQ(failures, 5u);
    bytes = kHeader;
    for (int i = 0; i < 7; ++i) bytes += auth("PLAIN", "");
    EXPECT_EQ(end_of(transcript_of(bytes)), "[closed: too_many_login_tries]");
}

TEST(Stream, KeepsToUserAndDomainAfterLogin) {
    const auto header = [](const std::string& attributes) {
        return "<stream:stream " + attributes +
               " version='1.0' xmlns='jabber:client' "
               "xmlns:stream='http://etherx.jabber.org/streams'>";
    };
    const auto login = kHeader + auth("PLAIN", plain("juliet", "romeo"));
    EXPECT_TRUE(holds(transcript_of(login + header("to='b.example'")), "<host-unknown "));
    EXPECT_TRUE(holds(transcript_of(login + header("to='a.example' from='romeo@a.example'")),
                      "<invalid-from "));
    EXPECT_TRUE(transcript_of(login + header("to='a.example' from='juliet@a.example/x'"))
                    .ends_with("</stream:features>"));
}

TEST(Stream, AFromWithoutLocalpartSaysNothing) {
    for (const std::string host : {"localhost", "my_host", "a.example", "host/r@x", "..", ""}) {
        std::string header = kHeader;
        header.insert(header.find(" to="), " from='" + host + "'");
        const auto text =
            transcript_of(header + auth("PLAIN", plain("juliet", "romeo")) + header + bind_iq(""));
        EXPECT_TRUE(holds(text, "<jid>juliet@a.example/token")) << host << text;
        EXPECT_FALSE(holds(text, " to='")) << text;
        EXPECT_TRUE(holds(transcript_of(header + authenticate("")), "<success ")) << host;
    }
}

}  // namespace
}  // namespace backend
