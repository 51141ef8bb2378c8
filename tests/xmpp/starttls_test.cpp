#include "xmpp/starttls.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tests/support/xmpp_tokens.h"
#include "xmpp/client_elements.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using ::test::element;
using ::test::token;
using Kind = ClearStreamAnswer::Kind;
using State = StarttlsInitiator::State;

constexpr std::string_view kServerHeader =
    "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams' id='1' from='a.example' version='1.0'>";
constexpr std::string_view kFeatures =
    "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";

Token refused(ScanRule rule) {
    Token made = token(TokenKind::refused);
    made.refusal.rule = rule;
    return made;
}

/// An initiator that has come as far as `state`.
StarttlsInitiator initiator_in(State state) {
    StarttlsInitiator initiator;
    if (state == State::wait_header) return initiator;
    initiator.on_token(token(TokenKind::stream_open), kServerHeader, "");
    if (state == State::wait_features) return initiator;
    initiator.on_token(element("features", ns::kStreams), kFeatures, "");
    return initiator;
}

StarttlsFailure failure_after(State state, const Token& what, std::string_view bytes = {},
                              std::string_view behind = {}) {
    StarttlsInitiator initiator = initiator_in(state);
    EXPECT_EQ(initiator.state(), state);
    EXPECT_EQ(initiator.on_token(what, bytes, behind), "");
    EXPECT_TRUE(initiator.has_failed());
    EXPECT_FALSE(initiator.is_secured());
    return initiator.failure();
}

TEST(StarttlsInitiator, SecuresTheStream) {
    StarttlsInitiator initiator;
    EXPECT_EQ(initiator.on_token(token(TokenKind::stream_open), kServerHeader, kFeatures), "");
    EXPECT_EQ(initiator.on_token(token(TokenKind::whitespace), "\n", kFeatures), "");
    EXPECT_EQ(initiator.on_token(token(TokenKind::need_more), "", ""), "");
    EXPECT_EQ(initiator.on_token(element("features", ns::kStreams), kFeatures, ""),
              "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    EXPECT_EQ(initiator.state(), State::wait_proceed);
    EXPECT_EQ(initiator.on_token(element("proceed", ns::kTls), kProceed, ""), "");
    EXPECT_TRUE(initiator.is_secured());
    EXPECT_EQ(initiator.failure(), StarttlsFailure::none);
}

/// Feeds what a server sends through a scanner, `step` bytes at a time; returns what the initiator
/// sent.
std::string play(StarttlsInitiator& initiator, std::string_view server, std::size_t step) {
    ScanWorkPool pool;
    StreamScanner scanner(pool, kLimitsBeforeLogin);
    std::string sent;
    std::size_t begin = 0;
    for (std::size_t end = step; begin < server.size(); end += step) {
        const std::string_view window = server.substr(begin, std::min(end, server.size()) - begin);
        std::string_view rest = window;
        while (!initiator.is_secured() && !initiator.has_failed()) {
            const Token what = scanner.next(rest);
            sent += initiator.on_token(what, rest.substr(0, what.size), rest.substr(what.size));
            rest.remove_prefix(what.size);
            if (what.size == 0) break;
        }
        if (initiator.is_secured() || initiator.has_failed() || end >= server.size()) break;
        begin += window.size() - rest.size();
    }
    return sent;
}

TEST(StarttlsInitiator, AnySplitGivesTheSameResult) {
    const std::string server =
        std::string(kServerHeader) + "\n" + std::string(kFeatures) + std::string(kProceed);
    for (std::size_t step = 1; step <= server.size(); ++step) {
        StarttlsInitiator initiator;
        EXPECT_EQ(play(initiator, server, step),
                  "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
        EXPECT_TRUE(initiator.is_secured()) << step << ' ' << to_string(initiator.state());
    }
}

TEST(StarttlsInitiator, AnySplitFindsTheSameFault) {
    const std::string server = std::string(kServerHeader) + std::string(kFeatures) +
                               "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>";
    for (std::size_t step = 1; step <= server.size(); ++step) {
        StarttlsInitiator initiator;
        play(initiator, server, step);
        EXPECT_EQ(initiator.failure(), StarttlsFailure::refused) << step;
    }
}

TEST(StarttlsInitiator, ReadsFeaturesWithThePrefixesOfTheHeader) {
    StarttlsInitiator initiator;
    initiator.on_token(token(TokenKind::stream_open),
                       "<s:stream xmlns:s='http://etherx.jabber.org/streams' "
                       "xmlns:t='urn:ietf:params:xml:ns:xmpp-tls' version='1.0'>",
                       "");
    EXPECT_NE(initiator.on_token(element("features", ns::kStreams),
                                 "<s:features><t:starttls/></s:features>", ""),
              "");
    EXPECT_EQ(initiator.state(), State::wait_proceed);
}

TEST(StarttlsInitiator, FailsWithoutAnOffer) {
    EXPECT_EQ(failure_after(State::wait_features, element("features", ns::kStreams),
                            "<stream:features><starttls xmlns='urn:x'/></stream:features>"),
              StarttlsFailure::no_starttls_offered);
    EXPECT_EQ(failure_after(State::wait_header, token(TokenKind::stream_open),
                            "<stream:stream xmlns='jabber:client' "
                            "xmlns:stream='http://etherx.jabber.org/streams'>"),
              StarttlsFailure::no_starttls_offered);
}

TEST(StarttlsInitiator, FailsWhenRefused) {
    EXPECT_EQ(failure_after(State::wait_proceed, element("failure", ns::kTls)),
              StarttlsFailure::refused);
}

TEST(StarttlsInitiator, FailsOnAnythingUnexpected) {
    EXPECT_EQ(failure_after(State::wait_features, element("iq", ns::kClient), "<iq/>"),
              StarttlsFailure::unexpected_element);
    EXPECT_EQ(failure_after(State::wait_proceed, element("proceed", ns::kSasl)),
              StarttlsFailure::unexpected_element);
    EXPECT_EQ(failure_after(State::wait_proceed, element("features", ns::kStreams), kFeatures),
              StarttlsFailure::unexpected_element);
    EXPECT_EQ(failure_after(State::wait_header, element("proceed", ns::kTls), kProceed),
              StarttlsFailure::unexpected_element);
    EXPECT_EQ(failure_after(State::wait_features, token(TokenKind::stream_open), kServerHeader),
              StarttlsFailure::unexpected_element);
}

TEST(StarttlsInitiator, FailsOnDataInClearBehindProceed) {
    EXPECT_EQ(failure_after(State::wait_proceed, element("proceed", ns::kTls), kProceed, "<a/>"),
              StarttlsFailure::bytes_after_proceed);
    StarttlsInitiator tolerant = initiator_in(State::wait_proceed);
    tolerant.on_token(element("proceed", ns::kTls), kProceed, "\r\n");
    EXPECT_TRUE(tolerant.is_secured());
}

TEST(StarttlsInitiator, TellsAnEndedStreamFromABrokenOne) {
    for (const State state : {State::wait_header, State::wait_features, State::wait_proceed}) {
        EXPECT_EQ(failure_after(state, element("error", ns::kStreams)),
                  StarttlsFailure::stream_error);
        EXPECT_EQ(failure_after(state, token(TokenKind::stream_close)),
                  StarttlsFailure::stream_error);
        EXPECT_EQ(failure_after(state, refused(ScanRule::syntax)), StarttlsFailure::malformed);
    }
    EXPECT_EQ(failure_after(State::wait_header, token(TokenKind::stream_open),
                            "<stream:stream version='9.0' xmlns='jabber:client' "
                            "xmlns:stream='http://etherx.jabber.org/streams'>"),
              StarttlsFailure::malformed);
}

TEST(ClearStream, StartsTlsWhenAsked) {
    EXPECT_EQ(judge_clear_token(element("starttls", ns::kTls)).kind, Kind::start_tls);
}

TEST(ClearStream, WaitsOverWhiteSpace) {
    EXPECT_EQ(judge_clear_token(token(TokenKind::whitespace)).kind, Kind::wait);
    EXPECT_EQ(judge_clear_token(token(TokenKind::need_more)).kind, Kind::wait);
}

TEST(ClearStream, EndsWithTheClient) {
    EXPECT_EQ(judge_clear_token(token(TokenKind::stream_close)).kind, Kind::close);
    EXPECT_EQ(judge_clear_token(element("error", ns::kStreams)).kind, Kind::close);
}

TEST(ClearStream, AnswersWhatTlsMustPrecedeAndGoesOn) {
    const auto reply_to = [](const Token& what) {
        const ClearStreamAnswer answer = judge_clear_token(what);
        EXPECT_EQ(answer.kind, Kind::reply);
        return answer.reply;
    };
    EXPECT_TRUE(reply_to(element("auth", ns::kSasl))
                    .starts_with("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>"
                                 "<encryption-required/>"));
    EXPECT_TRUE(reply_to(element("authenticate", ns::kSasl2))
                    .starts_with("<failure xmlns='urn:xmpp:sasl:2'><encryption-required "
                                 "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"));
    EXPECT_EQ(reply_to(element("compress", ns::kCompressProtocol)), kCompressionRefused);
}

TEST(ClearStream, RefusesEverythingElseInItsOwnWords) {
    const auto condition_for = [](const Token& what) {
        const ClearStreamAnswer answer = judge_clear_token(what);
        EXPECT_EQ(answer.kind, Kind::refuse);
        return answer.condition;
    };
    for (const char* stanza : {"message", "presence", "iq"}) {
        EXPECT_EQ(condition_for(element(stanza, ns::kClient)),
                  StreamErrorCondition::not_authorized);
    }
    for (const char* name : {"enable", "resume", "a", "r"})
        EXPECT_EQ(condition_for(element(name, ns::kSm3)), StreamErrorCondition::not_authorized);
    EXPECT_EQ(condition_for(element("active", ns::kClientState)),
              StreamErrorCondition::not_authorized);
    EXPECT_EQ(condition_for(element("response", ns::kSasl)),
              StreamErrorCondition::policy_violation);
    EXPECT_EQ(condition_for(element("starttls", ns::kSasl2)),
              StreamErrorCondition::policy_violation);
    for (const auto& [name, uri] : {std::pair{"success", ns::kSasl},
                                    {"continue", ns::kSasl2},
                                    {"proceed", ns::kTls},
                                    {"enabled", ns::kSm3},
                                    {"compressed", ns::kCompressProtocol},
                                    {"features", ns::kStreams},
                                    {"query", ns::kClient}}) {
        EXPECT_EQ(condition_for(element(name, uri)), StreamErrorCondition::unsupported_stanza_type);
    }
    EXPECT_EQ(condition_for(token(TokenKind::stream_open)), StreamErrorCondition::bad_format);
    EXPECT_EQ(condition_for(refused(ScanRule::comment)), StreamErrorCondition::restricted_xml);
}

TEST(ClearStream, ByteEdgeDropsOnlyWhiteSpace) {
    EXPECT_TRUE(may_start_tls(""));
    EXPECT_TRUE(may_start_tls(" \r\n\t"));
    EXPECT_FALSE(may_start_tls("<"));
    EXPECT_FALSE(may_start_tls("\x16\x03\x01"));  // a ClientHello that did not wait for <proceed/>
    EXPECT_FALSE(may_start_tls(std::string_view("\0", 1)));
}

}  // namespace
}  // namespace xmpp
