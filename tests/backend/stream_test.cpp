#include "backend/stream.h"

#include <gtest/gtest.h>

#include "tests/support/stream_play.h"
#include "xmpp/stream_features.h"

namespace backend {
namespace {

using test::ScramClient;
using test::StreamPlay;

const std::string kHeader =
    "<?xml version='1.0'?><stream:stream to='a.example' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>";
const std::string kSasl = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'";
const std::string kSasl2 = "xmlns='urn:xmpp:sasl:2'";
const std::string kSm = "xmlns='urn:xmpp:sm:3'";
const std::string kBindUri = "xmlns='urn:ietf:params:xml:ns:xmpp-bind'";
const std::string kBind2 = "xmlns='urn:xmpp:bind:0'";
const std::string kStanzaErrors = "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'";

std::string plain(const std::string& user, const std::string& password) {
    return xmpp::encode_base64('\0' + user + '\0' + password);
}
std::string auth(const std::string& mechanism, const std::string& data) {
    return "<auth " + kSasl + " mechanism='" + mechanism + "'>" + data + "</auth>";
}
std::string authenticate(const std::string& more, const std::string& password = "romeo") {
    return "<authenticate " + kSasl2 + " mechanism='PLAIN'><initial-response>" +
           plain("juliet", password) + "</initial-response>" + more + "</authenticate>";
}
std::string bind_iq(const std::string& resource) {
    return "<iq type='set' id='b1'><bind " + kBindUri + ">" + resource + "</bind></iq>";
}
std::string failure(const std::string& condition) {
    return "<failure " + kSasl + "><" + condition + " " + kSasl + "/></failure>";
}
std::string stream_error(const std::string& condition) {
    return "<stream:error><" + condition + " xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>";
}
const std::string kLogin = kHeader + auth("PLAIN", plain("juliet", "romeo")) + kHeader;
const std::string kBound = kLogin + bind_iq("<resource>balcony</resource>");
const std::string kBoundWithSm = kBound + "<enable " + kSm + " resume='true'/>";

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}
std::string end_of(const std::string& text) {
    const auto at = text.rfind("[closed: ");
    return at == std::string::npos ? "still open" : text.substr(at);
}

/// The features in a text, in one piece.
std::string last_features(const std::string& text) {
    const auto at = text.rfind("<stream:features>");
    const std::string end = "</stream:features>";
    return text.substr(at, text.rfind(end) + end.size() - at);
}

/// One transcript, whatever the cuts.
std::string transcript_of(const std::string& bytes,
                          const std::function<void(StreamPlay&)>& prepare = {}) {
    const auto run = [&](std::function<std::size_t()> cut) {
        StreamPlay play;
        if (prepare) prepare(play);
        play.cut = std::move(cut);
        play.say(bytes);
        return play.transcript;
    };
    const std::string whole = run([] { return SIZE_MAX; });
    EXPECT_EQ(run([] { return std::size_t{1}; }), whole);
    for (unsigned seed = 1; seed <= 5; ++seed) {
        std::mt19937 random(seed);
        EXPECT_EQ(run([&] { return std::size_t{random() % 60}; }), whole);
    }
    return whole;
}

// --- header and features ------------------------------------------------------------------------

TEST(Stream, AnswersAHeader) {
    const auto text = transcript_of(kHeader);
    EXPECT_TRUE(holds(text, "from='a.example'")) << text;
    EXPECT_TRUE(holds(text, "id='token1'"));
    EXPECT_TRUE(holds(text, "version='1.0'"));
    EXPECT_TRUE(holds(text, "xml:lang='en'"));
    const auto features = xmpp::read_features(last_features(text));
    ASSERT_TRUE(features.has_value());
    EXPECT_FALSE(features->starttls);
    EXPECT_EQ(features->mechanisms,
              (std::vector<std::string>{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}));
    EXPECT_EQ(features->sasl2_mechanisms, features->mechanisms);
    EXPECT_TRUE(features->bind2);
    EXPECT_TRUE(features->stream_management);
    EXPECT_EQ(features->max_bytes, 10'000u);
    EXPECT_FALSE(holds(text, "sasl-channel-binding"));
    EXPECT_FALSE(holds(text, "urn:ietf:params:xml:ns:xmpp-bind"));
}

TEST(Stream, OffersBindingWhereTheProxyTellsIt) {
    const auto text = transcript_of(kHeader, [](StreamPlay& play) {
        play.facts.bindings.exporter = core::ChannelBinding(std::string(32, 'x'));
    });
    const auto features = xmpp::read_features(last_features(text));
    EXPECT_EQ(features->mechanisms.front(), "SCRAM-SHA-256-PLUS");
    EXPECT_TRUE(holds(text, "<channel-binding type='tls-exporter'/>"));
    EXPECT_FALSE(holds(text, "tls-server-end-point"));
}

TEST(Stream, OffersNoPasswordsInClear) {
    const auto open = [](StreamPlay& play) { play.facts.is_protected = false; };
    const auto text = transcript_of(kHeader, open);
    EXPECT_FALSE(holds(text, "PLAIN"));
    EXPECT_FALSE(holds(text, "urn:xmpp:sasl:2"));
    EXPECT_TRUE(holds(transcript_of(kHeader + auth("PLAIN", plain("juliet", "romeo")), open),
                      "<encryption-required"));
    EXPECT_EQ(end_of(transcript_of(kHeader + authenticate(""), open)), "[closed: not_offered]");
}

TEST(Stream, RefusesHeaders) {
    const std::string rest =
        "version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<stream:stream to='b.example' " + rest, "host-unknown"},
        {"<stream:stream to='..' " + rest, "host-unknown"},
        {"<stream:stream " + rest, "improper-addressing"},
        {"<stream:stream to='a.example' from='@' " + rest, "invalid-from"},
        {"<stream:stream to='a.example' xmlns='jabber:client' "
         "xmlns:stream='http://etherx.jabber.org/streams'>",
         "unsupported-version"},
        {"<stream:stream to='a.example' version='1.0' xmlns='jabber:server' "
         "xmlns:stream='http://etherx.jabber.org/streams'>",
         "invalid-namespace"},
        {"<!DOCTYPE x><stream:stream to='a.example' " + rest, "restricted-xml"},
        {"GET / HTTP/1.1\r\n\r\n", "bad-format"}};
    for (const auto& [bytes, condition] : cases) {
        const auto text = transcript_of(bytes);
        EXPECT_TRUE(holds(text, "<stream:stream")) << "RFC 6120 section 4.9.1.2: " << text;
        EXPECT_TRUE(holds(text, "<" + condition + " ")) << bytes << text;
        EXPECT_TRUE(holds(text, "</stream:stream>[closed: "));
    }
}

TEST(Stream, RefusesWhatMayNotComeBeforeLogin) {
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<message/>", "not-authorized"},
        {"<iq type='set' id='1'><query xmlns='jabber:iq:register'/></iq>", "not-authorized"},
        {"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "unsupported-stanza-type"},
        {"<enable " + kSm + "/>", "unsupported-stanza-type"},
        {"<x xmlns=''/>", "invalid-namespace"},
        {"<message><!-- --></message>", "restricted-xml"},
        {"<a></b>", "not-well-formed"},
        {"text", "bad-format"},
        {"<auth " + kSasl + ">" + std::string(10'000, 'A') + "</auth>", "policy-violation"}};
    for (const auto& [bytes, condition] : cases)
        EXPECT_TRUE(holds(transcript_of(kHeader + bytes), stream_error(condition))) << bytes;
    EXPECT_TRUE(holds(transcript_of(kLogin + "<message/>"), stream_error("not-authorized")));
    EXPECT_TRUE(
        holds(transcript_of(kLogin + "<iq type='get' id='1'/>"), stream_error("not-authorized")));
}

TEST(Stream, ClosesWithItsClient) {
    EXPECT_TRUE(transcript_of(kHeader + "</stream:stream>")
                    .ends_with("</stream:stream>[closed: client_closed]"));
    EXPECT_TRUE(transcript_of(kBound + "<message/></stream:stream>")
                    .ends_with("</stream:stream>[closed: client_closed]"));
    EXPECT_EQ(end_of(transcript_of(kBound + "<stream:error/>")), "[closed: client_closed]");
}

// --- SASL ---------------------------------------------------------------------------------------

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

std::string challenge_in(const std::string& text) {
    const std::string start = "<challenge " + kSasl + ">";
    const auto at = text.rfind(start) + start.size();
    return std::string(xmpp::decode_base64(text.substr(at, text.find('<', at) - at))->reveal());
}

std::string scram_login(StreamPlay& play, const std::string& mechanism, const ScramClient& client) {
    play.say(kHeader);
    const auto challenge = play.say(auth(mechanism, xmpp::encode_base64(client.first())));
    return play.say("<response " + kSasl + ">" +
                    xmpp::encode_base64(client.final_message(challenge_in(challenge))) +
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
    const ScramClient wrong{.user = "juliet", .password = "wrong"};
    const ScramClient nobody{.user = "nobody", .password = "wrong"};
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

// --- binding ------------------------------------------------------------------------------------

TEST(Stream, MakesResources) {
    const auto text = transcript_of(kLogin + bind_iq(""));
    EXPECT_TRUE(holds(text, "<jid>juliet@a.example/token")) << text;
}

TEST(Stream, RefusesResources) {
    for (const std::string bad :
         {"<resource/>", "<resource>a&#x7F;</resource>", "<resource>\uFDD0</resource>"}) {
        const auto text = transcript_of(kLogin + bind_iq(bad) + bind_iq(""));
        EXPECT_TRUE(holds(text, "<iq type='error' id='b1'><error type='modify'><bad-request " +
                                    kStanzaErrors + "/></error></iq>[open "))
            << text;
    }
    const std::string too_long(1024, 'a');
    EXPECT_TRUE(holds(transcript_of(kLogin + bind_iq("<resource>" + too_long + "</resource>")),
                      "<bad-request "));
}

TEST(Stream, FindsAnotherResourceOnConflict) {
    auto text = transcript_of(
        kBound, [](StreamPlay& play) { play.open_failures = {OpenFailure::conflict}; });
    EXPECT_TRUE(holds(text, "[open juliet@a.example balcony][open juliet@a.example balcony.token"))
        << text;
    EXPECT_TRUE(holds(text, "<iq type='result'"));
    text = transcript_of(kBound + bind_iq(""),
                         [](StreamPlay& play) { play.open_failures = {OpenFailure::store}; });
    EXPECT_TRUE(holds(text, "<error type='wait'><resource-constraint ")) << text;
    EXPECT_TRUE(holds(text, "<iq type='result'")) << "the client may ask again";
}

// --- SASL2, Bind 2 ------------------------------------------------------------------------------

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
    const auto at = answer.find("<challenge " + kSasl2 + ">");
    ASSERT_NE(at, std::string::npos) << answer;
    const auto begin = answer.find('>', at) + 1;
    const auto challenge =
        xmpp::decode_base64(answer.substr(begin, answer.find('<', begin) - begin));
    const auto text =
        play.say("<response " + kSasl2 + ">" +
                 xmpp::encode_base64(client.final_message(std::string(challenge->reveal()))) +
                 "</response>");
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

TEST(Stream, TakesNothingBetweenTheElementsOfSasl2) {
    const auto begin = [](const std::string& uri) {
        return uri == kSasl2 ? "<authenticate " + uri + " mechanism='SCRAM-SHA-256'/>"
                             : auth("SCRAM-SHA-256", "");
    };
    EXPECT_EQ(end_of(transcript_of(kHeader + begin(kSasl2) + " ")),
              "[closed: white_space_in_sasl2]");
    EXPECT_EQ(end_of(transcript_of(kHeader + begin(kSasl) + " ")), "still open");
    // Before and after it white space is as good as anywhere.
    const auto text = transcript_of(kHeader + " " + authenticate("", "wrong") + " " +
                                    authenticate("<bind " + kBind2 + "/>") + " <message/> ");
    EXPECT_TRUE(text.ends_with("[handle <message/>]")) << text;
    EXPECT_TRUE(holds(
        transcript_of(kHeader + begin(kSasl2) + "<abort " + kSasl2 + "/> " + authenticate("")),
        "<aborted "));
}

TEST(Stream, RefusesSasl2ForAnotherThanTheHeaderNames) {
    auto header = kHeader;
    header.insert(header.find(" to="), " from='nurse@a.example'");
    EXPECT_TRUE(holds(transcript_of(header + authenticate("")), "[delay]<failure " + kSasl2));
    header.replace(header.find("nurse"), 5, "juliet");
    EXPECT_TRUE(holds(transcript_of(header + authenticate("")), "<success " + kSasl2));
}

// --- resumption ---------------------------------------------------------------------------------

TakenSession session_with(std::vector<std::uint64_t> numbers, std::uint64_t counted_from = 0) {
    TakenSession taken;
    taken.record.resource = "balcony";
    taken.record.handled = 7;
    taken.record.counted_from = counted_from;
    taken.record.trimmed = numbers.empty() ? counted_from : numbers.front() - 1;
    taken.record.has_sm = true;
    taken.record.is_resumable = true;
    for (const auto number : numbers)
        taken.queue.push_back({number, "<message id='" + std::to_string(number) + "'/>"});
    return taken;
}

std::string resume(const std::string& attributes) {
    return "<resume " + kSm + " " + attributes + "/>";
}

TEST(Stream, Resumes) {
    const auto prepare = [](StreamPlay& play) { play.session = session_with({13, 14, 15}, 10); };
    const auto text = transcript_of(
        kLogin + resume("previd='sm-id' h='3'") + "<message/><r " + kSm + "/>", prepare);
    EXPECT_TRUE(text.ends_with("[resume juliet@a.example sm-id]<resumed " + kSm +
                               " previd='sm-id' h='7'/>[acked 13]<message id='14'/>"
                               "<message id='15'/>[handle 8 <message/>]<a " +
                               kSm + " h='8'/>"))
        << text;
}

TEST(Stream, ResumesInline) {
    const auto login =
        authenticate("<resume " + kSm + " previd='sm-id' h='2'/><bind " + kBind2 + "/>");
    auto text = transcript_of(kHeader + login,
                              [](StreamPlay& play) { play.session = session_with({3}, 0); });
    EXPECT_TRUE(
        text.ends_with("<authorization-identifier>juliet@a.example/balcony"
                       "</authorization-identifier><resumed " +
                       kSm + " previd='sm-id' h='7'/></success><message id='3'/>"))
        << text;
    text = transcript_of(kHeader + login);
    EXPECT_TRUE(holds(text, "<failed " + kSm + "><item-not-found " + kStanzaErrors +
                                "/></failed><bound " + kBind2 + "/></success><stream:features>"))
        << text;
    text = transcript_of(kHeader + authenticate(resume("previd='x' h='2'")) + bind_iq(""));
    EXPECT_TRUE(holds(text, "</failed></success><stream:features>")) << text;
    EXPECT_TRUE(holds(text, "<iq type='result'"));
    // A request that makes no sense is asked for like one that does.
    text = transcript_of(kHeader + authenticate(resume("previd='x'")));
    EXPECT_TRUE(holds(text, "[resume juliet@a.example token")) << text;
    EXPECT_TRUE(holds(text, "<failed " + kSm + "><item-not-found ")) << text;
}

TEST(Stream, SaysNothingOfAnEarlierResumeInALaterLogin) {
    StreamPlay play;
    play.open_failures = {OpenFailure::store};
    play.say(kHeader);
    EXPECT_TRUE(holds(play.say(authenticate(resume("previd='x' h='2'") + "<bind " + kBind2 + "/>")),
                      "<temporary-auth-failure"));
    const auto text = play.say(authenticate("<bind " + kBind2 + "/>"));
    EXPECT_TRUE(holds(text, "<success ")) << text;
    EXPECT_FALSE(holds(text, "<failed ")) << text;
}

TEST(Stream, ResumesWithAnEmptyQueueExactlyWhereItWas) {
    const auto prepare = [](StreamPlay& play) {
        play.session = session_with({}, 5);
        play.session->record.trimmed = 5 + (std::uint64_t{1} << 32) - 1;
    };
    StreamPlay play;
    prepare(play);
    play.say(kLogin + resume("previd='sm-id' h='4294967295'"));
    EXPECT_EQ(play.tell(play.stream().write_stanza(5 + (std::uint64_t{1} << 32), "<message/>")),
              "<message/>");
    EXPECT_EQ(play.say("<a " + kSm + " h='0'/>"), "[acked 4294967301]");
    for (const std::string h : {"0", "4294967294", "1"}) {
        EXPECT_TRUE(
            holds(transcript_of(kLogin + resume("previd='sm-id' h='" + h + "'"), prepare),
                  "<handled-count-too-high " + kSm + " h='" + h + "' send-count='4294967295'/>"));
    }
}

TEST(Stream, BindsAfterAResumeThatFails) {
    for (const std::string& attributes : std::vector<std::string>{
             "previd='nothing' h='0'", "previd='' h='0'", "h='0'", "previd='sm-id'",
             "previd='sm-id' h='-1'", "previd='" + std::string(129, 'x') + "' h='0'",
             "previd='sm-id' h='4294967296'"}) {
        const auto text = transcript_of(kLogin + resume(attributes) + bind_iq(""));
        EXPECT_TRUE(holds(text, "]<failed " + kSm + "><item-not-found " + kStanzaErrors)) << text;
        EXPECT_TRUE(holds(text, "[resume juliet@a.example ")) << "the same time: " << attributes;
        EXPECT_TRUE(text.ends_with("</bind></iq>")) << text;
    }
    // The session may still be there.
    EXPECT_TRUE(
        holds(transcript_of(kLogin + resume("previd='sm-id' h='0'"),
                            [](StreamPlay& play) { play.take_failure = TakeFailure::store; }),
              stream_error("resource-constraint")));
}

TEST(Stream, RefusesToResumeBeyondWhatWasSent) {
    const auto text = transcript_of(kLogin + resume("previd='sm-id' h='4'"), [](StreamPlay& play) {
        play.session = session_with({1, 2, 3});
    });
    EXPECT_TRUE(text.ends_with("<handled-count-too-high " + kSm +
                               " h='4' send-count='3'/></stream:error></stream:stream>"
                               "[closed: handled_count_too_high]"))
        << text;
}

TEST(Stream, DoesNotResumeOrEnableOutOfTurn) {
    const std::string refused = "<failed " + kSm + "><unexpected-request ";
    EXPECT_TRUE(holds(transcript_of(kBound + resume("previd='sm-id' h='0'")), refused));
    EXPECT_TRUE(holds(transcript_of(kLogin + "<enable " + kSm + "/>"), refused));
    EXPECT_TRUE(holds(transcript_of(kBoundWithSm + "<enable " + kSm + "/>"), refused));
}

// --- stream management --------------------------------------------------------------------------

TEST(Stream, EnablesStreamManagement) {
    const auto text = transcript_of(kBoundWithSm);
    EXPECT_TRUE(
        text.ends_with("[enable 300s]<enabled " + kSm + " id='sm-id' resume='true' max='300'/>"))
        << text;
    EXPECT_TRUE(transcript_of(kBound + "<enable " + kSm + " resume='true'/>",
                              [](StreamPlay& play) { play.sm_fails = true; })
                    .ends_with("<failed " + kSm + "><internal-server-error " + kStanzaErrors +
                               "/></failed>"));
}

TEST(Stream, AcknowledgesOnlyWhatIsSafe) {
    StreamPlay play;
    play.say(kBoundWithSm);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/><iq/><r " + kSm + "/>"), "[handle 1 <message/>][handle 2 <iq/>]");
    EXPECT_EQ(play.say("<presence/>"), "[handle 3 <presence/>]");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(2)), "<a " + kSm + " h='2'/>");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)), "") << "nothing more was asked";
    EXPECT_EQ(play.say("<r " + kSm + "/>"), "<a " + kSm + " h='3'/>");
}

TEST(Stream, EnablesWhenWhatCameBeforeIsSafe) {
    StreamPlay play;
    play.say(kBound);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/><enable " + kSm + "/><message/><r " + kSm + "/>"),
              "[handle <message/>]");
    play.confirms = true;
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)),
              "[enable 0s]<enabled " + kSm + "/>[handle 1 <message/>]<a " + kSm + " h='1'/>");
}

TEST(Stream, SaysTheLastCountBeforeItCloses) {
    StreamPlay play;
    play.say(kBoundWithSm);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/></stream:stream>"), "[handle 1 <message/>]");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)),
              "<a " + kSm + " h='1'/></stream:stream>[closed: client_closed]");
    EXPECT_EQ(play.stream().state(), Stream::State::ended);
}

TEST(Stream, StopsTakingBytesWhileTooMuchIsUnconfirmed) {
    StreamPlay play;
    play.settings.most_unconfirmed = 2;
    play.say(kBound);
    play.confirms = false;
    EXPECT_EQ(play.say("<message/><iq/><presence/><iq/>"), "[handle <message/>][handle <iq/>]");
    EXPECT_TRUE(play.stream().is_waiting());
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)), "[handle <presence/>]");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(2)), "[handle <iq/>]");
    EXPECT_FALSE(play.stream().is_waiting());
}

TEST(Stream, TrimsByWhatTheClientAcknowledges) {
    StreamPlay play;
    play.say(kBound);
    EXPECT_EQ(play.tell(play.stream().write_stanza(1, "<iq/>")), "<iq/>[acked 1]")
        << "nobody will acknowledge it";
    play.say("<enable " + kSm + " resume='true'/>");
    play.tell(play.stream().write_stanza(2, "<iq/>"));
    play.tell(play.stream().write_stanza(3, "<iq/>"));
    EXPECT_EQ(play.say("<a " + kSm + " h='1'/>"), "[acked 2]");
    EXPECT_EQ(play.say("<a " + kSm + " h='1'/>"), "");
    EXPECT_EQ(play.say("<a " + kSm + " h='2'/>"), "[acked 3]");
    EXPECT_TRUE(play.say("<a " + kSm + " h='3'/>").ends_with("[closed: handled_count_too_high]"));
}

TEST(Stream, AsksForAcknowledgementsNowAndThen) {
    StreamPlay play;
    play.settings.ack_pace = {.stanzas = 2, .bytes = 100};
    play.say(kBoundWithSm);
    const std::string request = "<r " + kSm + "/>";
    EXPECT_EQ(play.tell(play.stream().ask_for_ack()), "");
    EXPECT_EQ(play.tell(play.stream().write_stanza(1, "<iq/>")), "<iq/>");
    EXPECT_EQ(play.tell(play.stream().write_stanza(2, "<iq/>")), "<iq/>" + request);
    EXPECT_EQ(play.tell(play.stream().write_stanza(3, "<iq/>")), "<iq/>") << "it is asked already";
    EXPECT_EQ(play.tell(play.stream().ask_for_ack()), "");
    EXPECT_EQ(play.say("<a " + kSm + " h='2'/>"), "[acked 2]");
    EXPECT_EQ(play.tell(play.stream().ask_for_ack()), request);
    EXPECT_EQ(play.say("<a " + kSm + " h='3'/>"), "[acked 3]");
    const std::string large = "<iq>" + std::string(100, ' ') + "</iq>";
    EXPECT_EQ(play.tell(play.stream().write_stanza(4, large)), large + request);
}

TEST(Stream, RefusesBadStreamManagement) {
    EXPECT_TRUE(
        holds(transcript_of(kBound + "<r " + kSm + "/>"), stream_error("unsupported-stanza-type")));
    EXPECT_TRUE(holds(transcript_of(kBound + "<a " + kSm + " h='0'/>"),
                      stream_error("unsupported-stanza-type")));
    for (const std::string h : {"", "h=''", "h='x'", "h='1 '", "h='4294967296'"}) {
        EXPECT_TRUE(holds(transcript_of(kBoundWithSm + "<a " + kSm + " " + h + "/>"),
                          stream_error("invalid-xml")))
            << h;
    }
}

// --- stanzas ------------------------------------------------------------------------------------

TEST(Stream, HandsOutStanzas) {
    const auto text = transcript_of(kBound +
                                    "<message to='a'><body>&lt;</body></message> "
                                    "<inactive xmlns='urn:xmpp:csi:0'/>"
                                    "<active xmlns='urn:xmpp:csi:0'/>");
    EXPECT_TRUE(
        text.ends_with("[handle <message to='a'><body>&lt;</body></message>]"
                       "[inactive][active]"))
        << text;
    EXPECT_TRUE(holds(transcript_of(kBound + "<x xmlns='urn:x'/>"),
                      stream_error("unsupported-stanza-type")));
    EXPECT_TRUE(holds(transcript_of(kBound + "<message>"
                                             "<stream:stream/></message>"),
                      "<stream:error>"));
}

TEST(Stream, MakesStanzasStandAlone) {
    std::string header = kHeader;
    header.insert(header.find(" to="), " xmlns:x='urn:x' xml:lang='it'");
    const auto bound = header + auth("PLAIN", plain("juliet", "romeo")) + header + bind_iq("");
    EXPECT_TRUE(transcript_of(bound + "<message><x:y/></message><iq/><presence xml:lang='de'/>")
                    .ends_with("[handle <message xmlns:x='urn:x' xml:lang='it'><x:y/></message>]"
                               "[handle <iq xmlns:x='urn:x'/>]"
                               "[handle <presence xmlns:x='urn:x' xml:lang='de'/>]"));
}

TEST(Stream, EndsForItsNode) {
    StreamPlay play;
    play.say(kBoundWithSm);
    EXPECT_TRUE(play.tell(play.stream().end(xmpp::StreamErrorCondition::conflict, "a & b"))
                    .starts_with(stream_error("conflict")));
    EXPECT_EQ(play.tell(play.stream().end(xmpp::StreamErrorCondition::conflict)), "");
    EXPECT_EQ(play.tell(play.stream().on_confirmed(1)), "");
    EXPECT_EQ(play.tell(play.stream().write_stanza(1, "<iq/>")), "");
    EXPECT_EQ(play.say("<message/>"), "");

    StreamPlay young;
    EXPECT_TRUE(young.tell(young.stream().end(xmpp::StreamErrorCondition::connection_timeout))
                    .starts_with("<?xml"));
}

}  // namespace
}  // namespace backend
