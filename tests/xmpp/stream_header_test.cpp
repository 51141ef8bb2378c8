#include "xmpp/stream_header.h"

#include <gtest/gtest.h>

#include "xmpp/stream_scanner.h"

namespace xmpp {
namespace {

constexpr std::string_view kNamespaces =
    " xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'";

std::string header_with(std::string_view attributes) {
    return "<stream:stream" + std::string(kNamespaces) + " " + std::string(attributes) + ">";
}

/// The condition with which a header is refused; nullopt if it is read.
std::optional<StreamErrorCondition> refusal_of(std::string_view token,
                                               std::string_view content = ns::kClient) {
    const auto header = read_stream_header(token, content);
    if (header) return std::nullopt;
    return header.error();
}

TEST(StreamHeader, ReadsEveryAttribute) {
    const auto header = read_stream_header(
        "<?xml version='1.0'?>\n<stream:stream from='juliet@im.example' to=\"im.example\" "
        "id='a&amp;b' "
        "version='1.0' xml:lang='en' xmlns='jabber:client' "
        "xmlns:stream='http://etherx.jabber.org/streams' xmlns:x='urn:x'>");
    ASSERT_TRUE(header);
    EXPECT_EQ(header->to, "im.example");
    EXPECT_EQ(header->from, "juliet@im.example");
    EXPECT_EQ(header->id, "a&b");
    EXPECT_EQ(header->lang, "en");
    EXPECT_EQ(header->version, "1.0");
    EXPECT_EQ(header->content_namespace, ns::kClient);
    EXPECT_TRUE(header->speaks_features);
    const NamespaceBindings bindings{
        {"", "jabber:client"}, {"stream", "http://etherx.jabber.org/streams"}, {"x", "urn:x"}};
    EXPECT_EQ(header->bindings, bindings);
}

TEST(StreamHeader, NamesADomainWithoutItsFinalDot) {
    const auto to = [](const std::string& written) {
        const auto header = read_stream_header("<stream:stream to='" + written +
                                               "' version='1.0' xmlns='jabber:client' "
                                               "xmlns:stream='http://etherx.jabber.org/streams'>");
        return header ? header->to : "refused";
    };
    EXPECT_EQ(to("im.example."), "im.example");
    EXPECT_EQ(to("IM.example"), "IM.example");
    // What is no domain does not become one.
    EXPECT_EQ(to("im.example.."), "im.example..");
    EXPECT_EQ(to("."), "");
    EXPECT_EQ(to(".."), "..");
}

TEST(StreamHeader, TakesAnyPrefixAndAnyQuotedBracket) {
    const auto header = read_stream_header(
        "<s:stream to='a>b/' xmlns:s=\"http://etherx.jabber.org/streams\" xmlns='jabber:client' "
        "version='1.0'\n>");
    ASSERT_TRUE(header);
    EXPECT_EQ(header->to, "a>b/");
}

TEST(StreamHeader, TakesThePrefixFreeStyle) {
    const auto header = read_stream_header(
        "<stream to='im.example' version='1.0' xmlns='http://etherx.jabber.org/streams'>");
    ASSERT_TRUE(header);
    EXPECT_EQ(header->content_namespace, ns::kStreams);
}

TEST(StreamHeader, TakesAHeaderThatDeclaresNoContent) {
    const auto header = read_stream_header(
        "<stream:stream version='1.0' xmlns:stream='http://etherx.jabber.org/streams'>");
    ASSERT_TRUE(header);
    EXPECT_EQ(header->content_namespace, "");
}

TEST(StreamHeader, AbsentVersionIsOlderThanFeatures) {
    const auto header = read_stream_header(header_with("to='a.example'"));
    ASSERT_TRUE(header);
    EXPECT_EQ(header->version, "");
    EXPECT_FALSE(header->speaks_features);
    EXPECT_FALSE(read_stream_header(header_with("version='0.9'")).value().speaks_features);
}

TEST(StreamHeader, VersionsCompareAsNumbers) {
    for (const char* good : {"1.0", "1.1", "1.10", "01.00", "0001.0", "1.99999999999999999999"}) {
        const auto header = read_stream_header(header_with("version='" + std::string(good) + "'"));
        ASSERT_TRUE(header) << good;
        EXPECT_TRUE(header->speaks_features) << good;
    }
}

TEST(StreamHeader, RefusesVersionsItCannotSpeak) {
    for (const char* bad : {"2.0", "10.0", "99999999999999999999.0", "", "1", "1.", ".0", "1.0.0",
                            "+1.0", "1.-1", " 1.0", "one", "1,0", "0x1.0"}) {
        EXPECT_EQ(refusal_of(header_with("version='" + std::string(bad) + "'")),
                  StreamErrorCondition::unsupported_version)
            << bad;
    }
}

TEST(StreamHeader, RefusesOtherContent) {
    const std::string server =
        "<stream:stream version='1.0' xmlns='jabber:server' "
        "xmlns:stream='http://etherx.jabber.org/streams'>";
    EXPECT_EQ(refusal_of(server), StreamErrorCondition::invalid_namespace);
    EXPECT_EQ(refusal_of(server, ns::kServer), std::nullopt);
}

TEST(StreamHeader, RefusesWhatIsNoStream) {
    EXPECT_EQ(refusal_of("<stream:stream xmlns='jabber:client' xmlns:stream='urn:other'>"),
              StreamErrorCondition::invalid_namespace);
    EXPECT_EQ(refusal_of("<stream:strom xmlns:stream='http://etherx.jabber.org/streams'>"),
              StreamErrorCondition::bad_format);
    EXPECT_EQ(refusal_of("<stream:stream version='1.0' xmlns='jabber:client' "
                         "xmlns:stream='http://etherx.jabber.org/streams'/>"),
              StreamErrorCondition::bad_format);
    EXPECT_EQ(refusal_of(""), StreamErrorCondition::bad_format);
}

TEST(StreamHeader, RefusesTheStreamPrefixForSomethingElse) {
    EXPECT_EQ(refusal_of("<s:stream version='1.0' xmlns='jabber:client' xmlns:stream='urn:other' "
                         "xmlns:s='http://etherx.jabber.org/streams'>"),
              StreamErrorCondition::bad_namespace_prefix);
}

TEST(StreamHeader, WritesAResponse) {
    EXPECT_EQ(write_response_header({.from = "im.example",
                                     .to = "o'hara@im.example",
                                     .lang = "en",
                                     .id = StreamId("id<1>")}),
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' from='im.example' "
              "to='o&apos;hara@im.example' id='id&lt;1&gt;' xml:lang='en' version='1.0'>");
}

TEST(StreamHeader, AResponseDeclaresWhatElseItIsTold) {
    const NamespaceBindings prefixes{{"ack", "urn:a&b"}, {"xml", "x"}, {"stream", "y"}};
    const std::string header = write_response_header({.from = "a.example", .prefixes = prefixes});
    EXPECT_NE(header.find(" xmlns:ack='urn:a&amp;b' "), std::string::npos) << header;
    EXPECT_EQ(extra_prefixes(*read_stream_header(header)), (NamespaceBindings{{"ack", "urn:a&b"}}));
}

TEST(StreamHeader, ExtraPrefixesAreToldOfHeadersLikeOurs) {
    const std::string streams = " xmlns:stream='http://etherx.jabber.org/streams' version='1.0'";
    const auto extra = [](const std::string& header) {
        return extra_prefixes(*read_stream_header(header));
    };
    EXPECT_EQ(extra("<stream:stream xmlns='jabber:client'" + streams + ">"), NamespaceBindings{});
    EXPECT_EQ(extra("<?xml version='1.0'?>\n<stream:stream xmlns:x='urn:x' xmlns='jabber:client'" +
                    streams + " xmlns:y='urn:y'>"),
              (NamespaceBindings{{"x", "urn:x"}, {"y", "urn:y"}}));
    for (const std::string& header :
         {"<stream:stream" + streams + ">",
          "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'" + streams +
              ">",
          std::string("<stream xmlns='http://etherx.jabber.org/streams' version='1.0'>")}) {
        EXPECT_EQ(extra(header), std::nullopt) << header;
    }
}

TEST(StreamHeader, LeavesOutWhatIsEmptyButSaysThatItHasNoName) {
    EXPECT_EQ(write_response_header({}),
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' from='' version='1.0'>");
}

TEST(StreamHeader, SpeaksForAClientWithAllItDeclared) {
    const auto client = read_stream_header(
        "<s:stream xmlns:s='http://etherx.jabber.org/streams' xmlns='jabber:client' "
        "xmlns:x='urn:&lt;x' xmlns:xml='http://www.w3.org/XML/1998/namespace' to='im.example' "
        "from='a@im.example' id='no' xml:lang='de' version='1.1'>");
    ASSERT_TRUE(client);
    EXPECT_EQ(write_initial_header(*client),
              "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams' "
              "xmlns:s='http://etherx.jabber.org/streams' xmlns:x='urn:&lt;x' "
              "from='a@im.example' to='im.example' xml:lang='de' version='1.0'>");
}

TEST(StreamHeader, SpeaksUsualNamespacesForAPrefixFreeClient) {
    const auto client = read_stream_header(
        "<stream xmlns='http://etherx.jabber.org/streams' to='im.example' version='1.0'>");
    ASSERT_TRUE(client);
    const auto written = read_stream_header(write_initial_header(*client));
    ASSERT_TRUE(written);
    EXPECT_EQ(written->content_namespace, ns::kClient);
    EXPECT_EQ(written->to, "im.example");
}

/// The kinds of the tokens that a fresh scanner cuts `bytes` into.
std::vector<TokenKind> kinds_in(std::string_view bytes) {
    ScanWorkPool pool;
    StreamScanner scanner(pool, kLimitsBeforeLogin);
    std::vector<TokenKind> kinds;
    while (!bytes.empty()) {
        const Token token = scanner.next(bytes);
        kinds.push_back(token.kind);
        if (token.size == 0) break;
        bytes.remove_prefix(token.size);
    }
    return kinds;
}

TEST(StreamHeader, WhatIsWrittenPassesTheScanner) {
    const ResponseHeader awkward{.from = "a<b>&'\"\t", .lang = "\xFF", .id = StreamId("]]>")};
    EXPECT_EQ(kinds_in(write_response_header(awkward)),
              std::vector<TokenKind>{TokenKind::stream_open});
    EXPECT_EQ(kinds_in(refuse_stream(awkward, StreamErrorCondition::bad_format, "]]>\x01")),
              (std::vector<TokenKind>{TokenKind::stream_open, TokenKind::element,
                                      TokenKind::stream_close}));
    StreamHeader client;
    client.to = "a'b";
    client.bindings = {{"x", "urn:'x'"}, {"stream", std::string(ns::kStreams)}};
    const std::string written = write_initial_header(client);
    EXPECT_EQ(kinds_in(written), std::vector<TokenKind>{TokenKind::stream_open});
    EXPECT_EQ(read_stream_header(written).value().to, "a'b");
}

TEST(StreamHeader, RefusalComesBehindAHeader) {
    EXPECT_EQ(refuse_stream({.id = StreamId("1")}, StreamErrorCondition::host_unknown, "no"),
              write_response_header({.id = StreamId("1")}) +
                  stream_error_and_close(StreamErrorCondition::host_unknown, "no"));
}

}  // namespace
}  // namespace xmpp
