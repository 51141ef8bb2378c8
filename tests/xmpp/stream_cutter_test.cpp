// Aim: every element that a server sends stands alone behind the cut, as RFC 7395 section 3.3.3
// wants it, and nothing of it is lost or changed; however the stream is split.

#include "xmpp/stream_cutter.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using Cut = StreamCutter::Cut;

constexpr std::string_view kUsual =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='s1' from='example.org' version='1.0'>";
constexpr std::string_view kWithLang =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
    "xml:lang='en' id='s1' from='example.org' version='1.0'>";

/// All pieces of a stream that comes in parts of at most `most()` bytes.
std::vector<std::string> cut(
    const std::string& stream, const std::function<std::size_t()>& most = [] { return SIZE_MAX; }) {
    ScanWorkPool pool;
    StreamCutter cutter(pool);
    std::vector<std::string> pieces;
    std::size_t begin = 0;
    std::size_t end = 0;
    while (end < stream.size()) {
        end += std::min(stream.size() - end, std::max<std::size_t>(most(), 1));
        for (;;) {
            const auto piece = cutter.next(std::string_view(stream).substr(begin, end - begin));
            begin += piece.size;
            if (piece.cut == Cut::need_more) break;
            if (piece.cut == Cut::refused) {
                pieces.push_back("refused");
                return pieces;
            }
            if (piece.cut == Cut::header) pieces.push_back("header " + piece.header->id);
            if (piece.cut == Cut::element) pieces.push_back(piece.text());
            if (piece.cut == Cut::end) pieces.push_back("end");
        }
    }
    return pieces;
}

std::string alone(std::string_view element, std::string_view header = kUsual) {
    const auto pieces = cut(std::string(header) + std::string(element));
    return pieces.size() == 2 ? pieces[1] : "not one piece";
}

TEST(StreamCutter, DeclaresWhatIsInherited) {
    EXPECT_EQ(alone("<message to='a'/>"), "<message xmlns='jabber:client' to='a'/>");
    EXPECT_EQ(alone("<message\n to='a'>x</message>"),
              "<message xmlns='jabber:client'\n to='a'>x</message>");
    EXPECT_EQ(alone("<message xmlns='jabber:client'/>"), "<message xmlns='jabber:client'/>");
    EXPECT_EQ(alone("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"),
              "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
}

TEST(StreamCutter, N23_FeaturesAndErrorsBindTheirPrefix) {
    EXPECT_EQ(alone("<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
                    "</stream:features>"),
              "<stream:features xmlns:stream='http://etherx.jabber.org/streams' "
              "xmlns='jabber:client'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"
              "</stream:features>");
    EXPECT_EQ(alone("<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
                    "</stream:error>"),
              "<stream:error xmlns:stream='http://etherx.jabber.org/streams' "
              "xmlns='jabber:client'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
              "</stream:error>");
    EXPECT_EQ(alone("<stream:features xmlns:stream='http://etherx.jabber.org/streams' xmlns=''/>"),
              "<stream:features xmlns:stream='http://etherx.jabber.org/streams' xmlns=''/>");
}

TEST(StreamCutter, DeclaresPrefixesThatAreUsedInside) {
    const std::string header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "xmlns:x='urn:x' xmlns:db='jabber:server:dialback' from='example.org' version='1.0'>";
    EXPECT_EQ(alone("<message><x:y/></message>", header),
              "<message xmlns='jabber:client' xmlns:x='urn:x'><x:y/></message>");
    EXPECT_EQ(alone("<x:z xmlns:x='urn:other'/>", header),
              "<x:z xmlns='jabber:client' xmlns:x='urn:other'/>");
}

TEST(StreamCutter, N23_RepeatsTheLanguageOfTheHeader) {
    EXPECT_EQ(alone("<message to='a'/>", kWithLang),
              "<message xmlns='jabber:client' xml:lang='en' to='a'/>");
    EXPECT_EQ(alone("<message xml:lang='de'/>", kWithLang),
              "<message xmlns='jabber:client' xml:lang='de'/>");
    EXPECT_EQ(alone("<message xmlns='jabber:client'><body xml:lang='de'/></message>", kWithLang),
              "<message xml:lang='en' xmlns='jabber:client'><body xml:lang='de'/></message>");
}

TEST(StreamCutter, AttributesInValuesAreNone) {
    EXPECT_EQ(alone("<message id=\" xmlns='x' xml:lang='y'\"/>", kWithLang),
              "<message xmlns='jabber:client' xml:lang='en' id=\" xmlns='x' xml:lang='y'\"/>");
}

TEST(StreamCutter, N23_DropsWhiteSpace) {
    EXPECT_EQ(cut(std::string(kUsual) + " \r\n\r\n<presence/>\n </stream:stream>\n"),
              (std::vector<std::string>{"header s1", "<presence xmlns='jabber:client'/>", "end"}));
}

TEST(StreamCutter, FollowsARestartBehindSuccess) {
    const std::string success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    const std::string later =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
        "id='s2' from='example.org' version='1.0'>";
    EXPECT_EQ(cut(std::string(kUsual) + success + later + "<presence/>" + success),
              (std::vector<std::string>{"header s1", success, "header s2",
                                        "<presence xmlns='jabber:client'/>", success}));
    // No second header without it, and none behind that of SASL2.
    EXPECT_EQ(cut(std::string(kUsual) + later).back(), "refused");
    EXPECT_EQ(
        cut(std::string(kUsual) + "<success xmlns='urn:xmpp:sasl:2'/>" + success + "<presence/>")
            .back(),
        "<presence xmlns='jabber:client'/>");
}

TEST(StreamCutter, IsTheSameHoweverTheStreamIsSplit) {
    const std::string stream =
        std::string(kWithLang) +
        "<stream:features/> <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>" +
        std::string(kUsual) + "<message><body>&lt;stream:x&gt;</body></message></stream:stream>";
    const auto whole = cut(stream);
    ASSERT_EQ(whole.size(), 6U);
    EXPECT_EQ(cut(stream, [] { return 1; }), whole);
    for (unsigned seed = 0; seed < 100; ++seed) {
        std::mt19937 random(seed);
        EXPECT_EQ(cut(stream, [&] { return random() % 40; }), whole);
    }
}

}  // namespace
}  // namespace xmpp
