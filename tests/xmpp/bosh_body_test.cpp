#include "xmpp/bosh_body.h"

#include <gtest/gtest.h>

#include "xmpp/stream_scanner.h"

namespace xmpp {
namespace {

constexpr std::string_view kOpenBody =
    "<body xmlns='http://jabber.org/protocol/httpbind' rid='7' sid='s'>";

core::Result<BoshBody, BoshRefusal> read(std::string_view entity, const BoshLimits& limits = {}) {
    ScanWorkPool pool;
    auto body = read_bosh_body(entity, pool, limits);
    EXPECT_EQ(pool.lent(), 0);
    return body;
}

std::string with(std::string_view children) {
    return std::string(kOpenBody).append(children).append("</body>");
}

/// The reason of the refusal, or "" of a body.
std::string refused(std::string_view entity, const BoshLimits& limits = {}) {
    const auto body = read(entity, limits);
    if (body) return {};
    std::string words(to_string(body.error().condition));
    return words.append(" ").append(body.error().reason);
}

std::string payload(std::string_view entity) {
    const auto body = read(entity);
    return body ? body->payload : "refused: " + std::string(body.error().reason);
}

TEST(BoshBody, ReadsAllThatACreationSays) {
    const auto body = read(
        "<body content='text/xml; charset=utf-8' from='user@example.com' hold='1' "
        "rid='1573741820' to='example.com' route='xmpp:example.com:9999' ver='1.11' wait='60' "
        "ack='1' xml:lang='en' xmpp:version='1.0' newkey='ca393b51b682f61f98e7877d61146407f3d0a770'"
        " xmlns='http://jabber.org/protocol/httpbind' xmlns:xmpp='urn:xmpp:xbosh'/>");
    ASSERT_TRUE(body);
    EXPECT_EQ(body->rid, 1573741820);
    EXPECT_TRUE(body->sid.empty());
    EXPECT_EQ(body->to, "example.com");
    EXPECT_EQ(body->from, "user@example.com");
    EXPECT_EQ(body->lang, "en");
    EXPECT_EQ(body->ver, (BoshVersion{1, 11}));
    EXPECT_EQ(body->wait, 60);
    EXPECT_EQ(body->hold, 1);
    EXPECT_EQ(body->ack, 1);
    EXPECT_EQ(body->pause, std::nullopt);
    EXPECT_EQ(body->newkey.reveal(), "ca393b51b682f61f98e7877d61146407f3d0a770");
    EXPECT_FALSE(body->terminates || body->restarts);
    EXPECT_EQ(body->payload, "");
}

TEST(BoshBody, ReadsAllThatALaterRequestSays) {
    const auto body = read(
        "<body rid='2' sid='S&amp;1' pause='30' key='K' newkey='N' ack='1' type='terminate' "
        "xmlns='http://jabber.org/protocol/httpbind'/>");
    ASSERT_TRUE(body);
    EXPECT_EQ(body->sid.reveal(), "S&1");
    EXPECT_EQ(body->pause, 30);
    EXPECT_EQ(body->key.reveal(), "K");
    EXPECT_EQ(body->newkey.reveal(), "N");
    EXPECT_TRUE(body->terminates);
    EXPECT_EQ(body->wait, std::nullopt);
    EXPECT_EQ(body->ver, std::nullopt);
}

TEST(Bosh, N05_WhatOldClientsLeaveOutIsNoError) {
    const auto body = read("<body rid='1' to='d' xmlns='http://jabber.org/protocol/httpbind'/>");
    ASSERT_TRUE(body);
    EXPECT_EQ(body->ver, std::nullopt);
    EXPECT_EQ(body->wait, std::nullopt);
    EXPECT_EQ(refused("<body to='d' xmlns='http://jabber.org/protocol/httpbind'/>"),
              "bad-request rid");
    EXPECT_EQ(refused("<body rid='1' xmlns='http://jabber.org/protocol/httpbind'/>"),
              "improper-addressing no-to");
}

TEST(Bosh, N16_ChildrenInTheNamespaceOfTheBodyAreMeantForClients) {
    const std::string message = "<message><body>a</body></message>";
    EXPECT_EQ(payload(with(message)), message);
    EXPECT_EQ(payload(with("<message xmlns='http://jabber.org/protocol/httpbind' to='b'/>")),
              "<message xmlns='jabber:client' to='b'/>");
    EXPECT_EQ(payload(with("<b:iq xmlns:b = \"http://jabber.org/protocol/httpbind\"/>")),
              "<b:iq xmlns:b='jabber:client'/>");
    EXPECT_EQ(payload("<b:body xmlns:b='http://jabber.org/protocol/httpbind' rid='1' sid='s'>"
                      "<b:iq/><presence xmlns='jabber:client'/></b:body>"),
              "<b:iq xmlns:b='jabber:client'/><presence xmlns='jabber:client'/>");
    // A value that only looks alike stays.
    const std::string quoted =
        "<message xmlns='jabber:client' "
        "a='xmlns=http://jabber.org/protocol/httpbind' "
        "b='http://jabber.org/protocol/httpbind' "
        "c=\" xmlns='http://jabber.org/protocol/httpbind'\"/>";
    EXPECT_EQ(payload(with(quoted)), quoted);
}

TEST(BoshBody, ChildrenDeclareWhatTheyInherit) {
    const std::string open =
        "<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns='urn:x' xmlns:q='urn:&amp;q' "
        "xmlns:r='urn:r' rid='1' sid='s'>";
    EXPECT_EQ(payload(open + "<a><q:c/></a><r:d xmlns:r='urn:own' xmlns=''/></b:body>"),
              "<a xmlns='urn:x' xmlns:q='urn:&amp;q'><q:c/></a><r:d xmlns:r='urn:own' xmlns=''/>");
}

TEST(Bosh, N17_AttributesMayComeInAnyWay) {
    for (const std::string_view entity : {
             "<body\n xmpp:restart = \"true\" xmlns:xmpp='urn:xmpp:xbosh' sid=\"s\" rid='7' "
             "xmlns='http://jabber.org/protocol/httpbind'/>",
             "<body rid='7' xmlns='http://jabber.org/protocol/httpbind' sid='s' x:restart='1' "
             "xmlns:y='urn:xmpp:xbosh' xmlns:x='urn:xmpp:xbosh'></body>",
             "<w:body xmlns:w='http://jabber.org/protocol/httpbind' xmlns:r='urn:xmpp:xbosh' "
             "r:restart='true' rid='0007' sid='&#115;'/>",
         }) {
        const auto body = read(entity);
        ASSERT_TRUE(body) << entity;
        EXPECT_TRUE(body->restarts);
        EXPECT_EQ(body->rid, 7);
        EXPECT_EQ(body->sid.reveal(), "s");
    }
    // Not of that namespace.
    EXPECT_FALSE(read("<body rid='7' sid='s' xmlns='http://jabber.org/protocol/httpbind' "
                      "restart='true' xmlns:xmpp='urn:other' xmpp:restart='true'/>")
                     ->restarts);
}

TEST(Bosh, N17_ABodyHoldsManyStanzasWithinBounds) {
    std::string stanzas;
    for (int i = 0; i < 200; ++i) stanzas += "<message to='a@b'><body>x</body></message>\n ";
    const auto body = read(with(stanzas));
    ASSERT_TRUE(body);
    EXPECT_EQ(body->payload.size(), stanzas.size() - 400);

    EXPECT_EQ(refused(with("<a/><a/><a/>"), {.children = 2}), "policy-violation too-many-children");
    EXPECT_EQ(refused(with("<a/><a/>"), {.children = 2}), "");
    EXPECT_EQ(refused(with(stanzas), {.scan = {.bytes = 1000}}), "policy-violation too-many-bytes");
    EXPECT_EQ(refused(with("<a><b><c/></b></a>"), {.scan = {.depth = 3}}),
              "policy-violation too-deep");
    EXPECT_EQ(refused(with("<a><b><c/></b></a>"), bosh_limits({.depth = 3})), "");
}

TEST(BoshBody, DeclarationsDoNotMakeAPayloadLarge) {
    const std::string open = "<b:body xmlns:b='http://jabber.org/protocol/httpbind' xmlns:q='" +
                             std::string(1000, 'u') + "' rid='1' sid='s'>";
    std::string children;
    for (int i = 0; i < 100; ++i) children += "<q:a/>";
    EXPECT_EQ(refused(open + children + "</b:body>", {.scan = {.bytes = 20'000}}),
              "policy-violation too-many-bytes");
    std::string many = "<body rid='1' sid='s' xmlns='http://jabber.org/protocol/httpbind'";
    for (char prefix = 'a'; prefix < 'q'; ++prefix)
        many += std::string(" xmlns:") + prefix + "='urn:x'";
    EXPECT_EQ(refused(many + "/>"), "policy-violation too-many-declarations");
}

TEST(BoshBody, WhiteSpaceMarkAndDeclarationAreAllowed) {
    const std::string body = with(" \r\n<a/>\t<b/> ");
    EXPECT_EQ(payload(" \n" + body + "\r\n"), "<a/><b/>");
    EXPECT_EQ(payload("\xEF\xBB\xBF" + body), "<a/><b/>");
    EXPECT_EQ(payload("<?xml version='1.0' encoding='UTF-8'?>\n" + body), "<a/><b/>");
    EXPECT_EQ(payload("\xEF\xBB\xBF<?xml version=\"1.0\"?>" + body), "<a/><b/>");
}

TEST(BoshBody, OnlyOneWholeBodyIsOne) {
    const std::string body = with("<a/>");
    for (std::size_t size = 0; size < body.size(); ++size)
        EXPECT_NE(refused(body.substr(0, size)), "") << size;
    for (const std::string& entity : {
             body + body,
             body + "<a/>",
             body + "x",
             body + "</stream>",
             "x" + body,
             "<?xml version='1.0'?><?xml version='1.0'?>" + body,
             " <?xml version='1.0'?>" + body,
             "<?xml version='1.0' encoding='utf-16'?>" + body,
             "<?xml version='1.0'" + body,
             "<?php ?>" + body,
             "<!DOCTYPE body>" + body,
             "<!-- -->" + body,
             std::string("<body rid='7' sid='s'/>"),
             std::string("<body rid='7' sid='s' xmlns='jabber:client'/>"),
             std::string("<bodies rid='7' sid='s' xmlns='http://jabber.org/protocol/httpbind'/>"),
             with("<!-- -->"),
             with("<?a b?>"),
             with("text"),
             with("<a/>text"),
             with("&#32;"),
             with("<![CDATA[ ]]>"),
             with("<p:a/>"),
             with("<a>"),
             with("<a b='1' b='2'/>"),
             with("<a>\xC0\x80</a>"),
             with("&x;"),
         })
        EXPECT_TRUE(refused(entity).starts_with("bad-request ")) << entity;
}

TEST(BoshBody, NothingOfTheFramingOfAStreamGetsThrough) {
    for (const std::string_view inside : {
             "</stream:stream>",
             "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'>",
             "<stream:stream xmlns:stream='http://etherx.jabber.org/streams'/>",
             "<stream xmlns='http://etherx.jabber.org/streams'/>",
             "<stream:error/>",
             "<s:features xmlns:s='http://etherx.jabber.org/streams'/>",
             "<a><stream xmlns='http://etherx.jabber.org/streams'/></a>",
         })
        EXPECT_TRUE(refused(with(inside)).starts_with("bad-request ")) << inside;
    EXPECT_NE(refused("<body xmlns:stream='http://etherx.jabber.org/streams' rid='7' sid='s' "
                      "xmlns='http://jabber.org/protocol/httpbind'><stream:error/></body>"),
              "");
    EXPECT_NE(refused("<stream:stream xmlns='http://jabber.org/protocol/httpbind' "
                      "xmlns:stream='http://etherx.jabber.org/streams' rid='7' sid='s'>"),
              "");
}

TEST(BoshBody, AMoveThatMakesTwoAttributesTheSameIsRefused) {
    EXPECT_EQ(refused(with("<a xmlns:b='http://jabber.org/protocol/httpbind' "
                           "xmlns:c='jabber:client' b:x='1' c:x='2'/>")),
              "bad-request namespaces");
}

TEST(BoshBody, NumbersAreDigits) {
    const auto with_rid = [](std::string_view rid) {
        return "<body sid='s' xmlns='http://jabber.org/protocol/httpbind' rid='" +
               std::string(rid) + "'/>";
    };
    for (const std::string_view rid : {"", "0", "-1", "+1", " 1", "1 ", "0x1", "1.0", "1e3",
                                       "9007199254740992", "18446744073709551617"})
        EXPECT_EQ(refused(with_rid(rid)), "bad-request rid") << rid;
    EXPECT_EQ(read(with_rid("9007199254740991"))->rid, kLargestRid);

    const std::string open = "<body rid='1' sid='s' xmlns='http://jabber.org/protocol/httpbind' ";
    for (const std::string name : {"wait", "hold", "pause", "ack"})
        EXPECT_EQ(refused(open + name + "='soon'/>"), "bad-request " + name);
    EXPECT_EQ(read(open + "wait='99999999999999999999'/>")->wait, UINT32_MAX);
    EXPECT_EQ(read(open + "ver='1'/>")->ver, std::nullopt);
    EXPECT_LT((BoshVersion{1, 6}), (BoshVersion{1, 11}));
}

TEST(Bosh, N14_StanzasWithoutASessionAreRefused) {
    EXPECT_EQ(refused("<body rid='7' to='d' xmlns='http://jabber.org/protocol/httpbind'>"
                      "<message xmlns='jabber:client'/></body>"),
              "bad-request payload-without-sid");
}

}  // namespace
}  // namespace xmpp
