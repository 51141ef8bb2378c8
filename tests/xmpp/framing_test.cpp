// Aim: messages of RFC 7395 and the plain stream stand for each other, in the exact words that
// clients compare; one message is one whole element, whatever a client puts into it.

#include "xmpp/framing.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "xmpp/limits.h"

namespace xmpp {
namespace {

std::string golden(const std::string& name) {
    std::ifstream file(SOURCE_DIR "/tests/xmpp/golden/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// One message of a client that has just come, in parts of `step` bytes.
FramedMessage read_message(std::string_view message, std::size_t step = SIZE_MAX,
                           const ScanLimits& limits = kLimitsBeforeLogin) {
    ScanWorkPool pool;
    FramedReader reader(pool, limits);
    for (std::size_t size = step; size < message.size(); size += step) {
        // It may move as it grows.
        const std::string so_far(message.substr(0, size));
        FramedMessage early = reader.read(so_far, false);
        if (early.kind == FramedMessage::Kind::refused) return early;
    }
    return reader.read(message, true);
}

std::string stream_of(std::string_view message) {
    const FramedMessage whole = read_message(message);
    EXPECT_EQ(read_message(message, 1).kind, whole.kind) << message;
    EXPECT_EQ(read_message(message, 7).bytes(), whole.bytes()) << message;
    return whole.kind == FramedMessage::Kind::stream || whole.kind == FramedMessage::Kind::close
               ? std::string(whole.bytes())
               : "nothing of a stream";
}

void expect_refused(std::string_view message, StreamErrorCondition condition,
                    std::string_view rule) {
    for (const std::size_t step : {SIZE_MAX, std::size_t{1}, std::size_t{5}}) {
        const FramedMessage refused = read_message(message, step);
        EXPECT_EQ(refused.kind, FramedMessage::Kind::refused) << message;
        EXPECT_EQ(to_string(refused.condition), to_string(condition)) << message;
        EXPECT_EQ(refused.rule, rule) << message;
    }
}

TEST(Framing, N22_OpensInTheWordsThatClientsCompare) {
    StreamHeader header;
    header.from = "example.org";
    header.id = "s1";
    header.lang = "en";
    header.version = "1.0";
    EXPECT_EQ(framed_open(header), golden("open.xml"));
    header.from = "a'&<b";
    EXPECT_NE(framed_open(header).find("from='a&apos;&amp;&lt;b'"), std::string::npos);
}

TEST(Framing, N22_ClosesInTheWordsThatClientsCompare) {
    EXPECT_EQ(kFramedClose, golden("close.xml"));
}

constexpr std::string_view kFramedStreamHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>";

TEST(Framing, N22_TakesEverySpellingOfOpen) {
    for (const char* open :
         {"<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' version='1.0'/>",
          "<open xmlns=\"urn:ietf:params:xml:ns:xmpp-framing\" version=\"1.0\" to=\"example.org\" "
          "/>",
          " \n<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org' "
          "version='1.0'></open>\n",
          "<f:open xmlns:f='urn:ietf:params:xml:ns:xmpp-framing' to='example&#46;org' "
          "version='1.0'/>",
          // RFC 7395 wants a version; a server of old sends no features without one.
          "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='example.org'/>"}) {
        EXPECT_EQ(stream_of(open), kFramedStreamHeader) << open;
    }
    EXPECT_EQ(stream_of("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a' from='&quot;b' "
                        "xml:lang='de' version='2.0'/>"),
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' to='a' from='&quot;b' "
              "xml:lang='de' version='2.0'>");
}

TEST(Framing, CloseIsTheEndTag) {
    EXPECT_EQ(stream_of("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"), kStreamEnd);
    EXPECT_EQ(stream_of("<x:close xmlns:x='urn:ietf:params:xml:ns:xmpp-framing' "
                        "see-other-uri='wss://evil.example/'></x:close>"),
              kStreamEnd);
}

TEST(Framing, ElementsPassAsTheyAre) {
    for (const char* element :
         {"<message xmlns='jabber:client' to='a'><body>x</body></message>", "<presence/>",
          "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AA==</auth>"}) {
        EXPECT_EQ(stream_of(element), element);
        EXPECT_EQ(stream_of(std::string("\n") + element + " "), element);
    }
}

TEST(Framing, N23_WhiteSpaceIsNothing) {
    EXPECT_EQ(read_message("").kind, FramedMessage::Kind::nothing);
    EXPECT_EQ(read_message("\r\n\r\n").kind, FramedMessage::Kind::nothing);
}

TEST(Framing, OneMessageIsOneElement) {
    expect_refused("<presence/><presence/>", StreamErrorCondition::bad_format, "not_one_element");
    expect_refused("<presence", StreamErrorCondition::bad_format, "not_one_element");
    expect_refused("<message><body>", StreamErrorCondition::bad_format, "not_one_element");
    expect_refused("<presence/></stream:stream>", StreamErrorCondition::bad_format,
                   "not_one_element");
    expect_refused("</stream:stream>", StreamErrorCondition::bad_format, "not_one_element");
    expect_refused("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'><x/></open>",
                   StreamErrorCondition::bad_format, "not_one_element");
    expect_refused("<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'>x</close>",
                   StreamErrorCondition::bad_format, "not_one_element");
    EXPECT_EQ(read_message("text").kind, FramedMessage::Kind::refused);
    EXPECT_EQ(read_message("<?xml version='1.0'?><presence/>").kind, FramedMessage::Kind::refused);
    EXPECT_EQ(read_message("<presence/>x").kind, FramedMessage::Kind::refused);
    EXPECT_EQ(read_message("<a></b>").kind, FramedMessage::Kind::refused);
}

TEST(Framing, N22_AStreamTagIsNoMessage) {
    EXPECT_EQ(read_message("<stream:stream xmlns='jabber:client' "
                           "xmlns:stream='http://etherx.jabber.org/streams' to='a' version='1.0'>")
                  .kind,
              FramedMessage::Kind::refused);
    EXPECT_EQ(read_message("<stream:stream/>").kind, FramedMessage::Kind::refused);
    EXPECT_EQ(read_message("<s:stream xmlns:s='http://etherx.jabber.org/streams'></s:stream>").kind,
              FramedMessage::Kind::refused);
}

TEST(Framing, AnotherNamespaceIsRefused) {
    expect_refused("<open xmlns='jabber:client' to='a'/>", StreamErrorCondition::invalid_namespace,
                   "wrong_framing_namespace");
    expect_refused("<close/>", StreamErrorCondition::invalid_namespace, "wrong_framing_namespace");
    expect_refused("<other xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>",
                   StreamErrorCondition::unsupported_stanza_type, "unknown_framing_element");
}

TEST(Framing, N24_ALargeMessageIsRefusedBeforeAllOfItIsThere) {
    const std::string large = "<message><body>" + std::string(20'000, 'x') + "</body></message>";
    ScanWorkPool pool;
    FramedReader reader(pool, kLimitsBeforeLogin);
    const FramedMessage early = reader.read(std::string_view(large).substr(0, 10'001), false);
    EXPECT_EQ(early.kind, FramedMessage::Kind::refused);
    EXPECT_EQ(early.condition, StreamErrorCondition::policy_violation);
    EXPECT_NE(early.text.find("10000"), std::string::npos);
    FramedReader wide(pool, kLimitsBeforeLogin);
    const ScanLimits after_login;
    wide.set_limits(after_login);
    EXPECT_EQ(wide.read(large, true).kind, FramedMessage::Kind::stream);
}

/// Looking at all of it for each new byte would take minutes here, and stop everybody else.
TEST(Framing, N24_AMessageThatGrowsByBytesIsNotReadAgainAndAgain) {
    const ScanLimits limits;
    const std::string blanks(kAroundElement, ' ');
    const std::string element = "<message><body>" + std::string(250'000, 'x') + "</body></message>";
    for (const std::string& message : {std::string(limits.bytes, '\n'), element + blanks}) {
        ScanWorkPool pool;
        FramedReader reader(pool, limits);
        for (std::size_t size = 1; size < message.size(); ++size)
            ASSERT_EQ(reader.read(std::string_view(message).substr(0, size), false).kind,
                      FramedMessage::Kind::need_more);
        EXPECT_EQ(reader.read(message, true).kind, message == element + blanks
                                                       ? FramedMessage::Kind::stream
                                                       : FramedMessage::Kind::nothing);
    }
}

TEST(Framing, WhiteSpaceAroundAnElementHasABound) {
    const std::string blanks(kLimitsBeforeLogin.bytes, ' ');
    const std::string more(kAroundElement + 1, ' ');
    expect_refused(blanks + more, StreamErrorCondition::policy_violation, "message_too_big");
    expect_refused(blanks + "<presence/>" + more, StreamErrorCondition::policy_violation,
                   "message_too_big");
    EXPECT_EQ(stream_of(std::string(kAroundElement, ' ') + "<presence/>"), "<presence/>");
}

TEST(Framing, MessagesFollowEachOther) {
    ScanWorkPool pool;
    FramedReader reader(pool, kLimitsBeforeLogin);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(reader.read("<iq", false).kind, FramedMessage::Kind::need_more);
        EXPECT_EQ(reader.read("<iq/>", true).bytes(), "<iq/>");
    }
    EXPECT_EQ(pool.lent(), 0U);
}

}  // namespace
}  // namespace xmpp
