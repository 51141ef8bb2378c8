// Aim: a node with its store and clients on real sockets: what it refuses, and in which words.

#include "backend/node/node.h"

#include <gtest/gtest.h>

#include "tests/backend/node/node_on_disk.h"

namespace backend {
namespace {

using ::test::NodeClient;

TEST_F(NodeTest, RefusesBadStreamsInTheWordsOfTheRfc) {
    const std::string rest =
        " version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<stream:stream to='a.example'" + rest + "<message>\xEB<\x3E</message>",
         "unsupported-encoding"},
        {"<stream:stream to='a.example'" + rest + "<message>\xC0\xAF</message>",
         "unsupported-encoding"},
        {"<stream:stream to='a.example'" + rest + "<x:message/>", "not-well-formed"},
        {"<stream:stream to='a.example'" + rest + "<message a='1' a='2'/>", "not-well-formed"},
        {"<stream:stream to='a.example'" + rest + "<message>&bomb;</message>", "restricted-xml"},
        {"<stream:stream to='a.example'" + rest + "<?xml version='1.0'?>", "restricted-xml"},
        {"<stream:stream to='a.example'" + rest + "<?php ?>", "restricted-xml"},
        {"<stream:stream to='a.example'" + rest + "<message>&#0;</message>", "not-well-formed"},
        {"<stream:stream to='a.example'" + rest + "<message>" + std::string(20'000, 'x'),
         "policy-violation"},
        {"<stream:stream to='a.example'" + rest + "<message><stream:stream/></message>",
         "bad-format"},
        {"<stream:stream to='other.example'" + rest, "host-unknown"},
        {"<stream:stream" + rest, "improper-addressing"},
        {"<stream:stream to='a.example' version='1.0' xmlns='jabber:client' "
         "xmlns:stream='http://example.org/other'>",
         "invalid-namespace"},
        {"<stream to='a.example' version='1.0' xmlns='jabber:client'>", "invalid-namespace"},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]>", "restricted-xml"},
        {"<!-- hello -->", "restricted-xml"},
        {std::string("\0\1\2", 3), "bad-format"}};
    for (const auto& [bytes, condition] : cases) {
        const auto client = connect();
        client->say(bytes);
        EXPECT_TRUE(client->is_cut()) << bytes.substr(0, 200);
        EXPECT_NE(client->heard.find("<" + condition + " "), std::string::npos)
            << bytes.substr(0, 200) << '\n'
            << client->heard;
        EXPECT_TRUE(client->heard.ends_with("</stream:stream>"));
    }
    EXPECT_TRUE(until([&] { return node_->sessions() == 0; }));
}

TEST_F(NodeTest, RefusesWhatMayNotComeBeforeBinding) {
    for (const std::string& bytes :
         {std::string("<message to='a.example'/>"), std::string("<presence/>"),
          std::string("<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")}) {
        const auto client = logged_in();
        client->say(bytes);
        EXPECT_TRUE(client->hears("<not-authorized ")) << bytes;
        EXPECT_TRUE(client->is_cut());
    }
}

TEST_F(NodeTest, RefusesBadStanzasOfABoundSession) {
    std::string deep;
    for (int i = 0; i < 200; ++i) deep += "<a>";
    const std::vector<std::pair<std::string, std::string>> cases{
        {"<message>" + deep, "policy-violation"},
        {"<message>" + std::string(300 * 1024, 'x'), "policy-violation"},
        {"<presence from='romeo@a.example/x'/>", "invalid-from"},
        {"<note xmlns='jabber:client'/>", "unsupported-stanza-type"},
        {"<r xmlns='urn:xmpp:sm:3'/>", "unsupported-stanza-type"},
        {"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>",
         "unsupported-stanza-type"},
        {"<message xmlns='jabber:server'/>", "unsupported-stanza-type"}};
    for (const auto& [bytes, condition] : cases) {
        const auto client = bound();
        client->say(bytes);
        EXPECT_TRUE(client->hears("<" + condition + " ")) << bytes.substr(0, 100);
        EXPECT_TRUE(client->is_cut());
    }
    const std::vector<std::pair<std::string, std::string>> answered{
        {"<message to='a@@b' id='1'/>", "<jid-malformed "},
        {"<iq type='get' id='1'/>", "<bad-request "},
        {"<iq type='wrong' id='1' to='a.example'><x xmlns='y'/></iq>", "<bad-request "},
        {"<iq type='get' id='1' to='a.example'><x xmlns='y'/></iq>", "<service-unavailable "},
        {"<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "<error "},
        {"<message to='romeo@elsewhere.example'><body>x</body></message>",
         "<remote-server-not-found "},
        {"<iq type='get' id='1' to='a.example'><ping xmlns='urn:xmpp:ping'/></iq>",
         "type='result'"}};
    const auto client = bound();
    for (const auto& [bytes, answer] : answered) {
        client->say(bytes);
        EXPECT_TRUE(client->hears(answer)) << bytes << client->heard;
    }
}

TEST_F(NodeTest, SaysWhyItCannotListenAndWhatHelps) {
    const auto why = [this](const core::Endpoint& address) {
        auto settings = ::test::node_settings("n2");
        settings.node.listen = address;
        const auto node = Node::create(loop_, settings, {});
        return node ? std::string() : node.error();
    };
    const core::Endpoint taken = start(::test::node_settings("n3"))->local();
    EXPECT_EQ(why(taken), "node n2 cannot listen on " + taken.to_string() +
                              ": Address already in use; is another server using this port?");
    EXPECT_EQ(why(*core::Endpoint::parse("192.0.2.1:5222")),
              "node n2 cannot listen on 192.0.2.1:5222: Cannot assign requested address; this "
              "machine has no such address");
}

TEST_F(NodeTest, TakesConnectionsOfTrustedProxiesAlone) {
    auto settings = ::test::node_settings("n2");
    settings.node.proxy = conf::NodeProxy::required;
    settings.node.trusted_proxies = {*core::AddressBlock::parse("10.0.0.0/8")};
    const Node* strict = start(settings);
    const auto stranger = connect(strict);
    EXPECT_TRUE(stranger->is_cut());
    EXPECT_TRUE(stranger->heard.empty());

    settings.node.name = "n3";
    settings.node.trusted_proxies = {*core::AddressBlock::parse("127.0.0.1")};
    const Node* trusting = start(settings);
    const auto without_header = connect(trusting);
    without_header->say(NodeClient::header());
    EXPECT_TRUE(without_header->is_cut());
    EXPECT_TRUE(without_header->heard.empty());
    const auto with_header = connect(trusting);
    with_header->say("PROXY TCP4 192.0.2.7 192.0.2.8 5000 5222\r\n" + NodeClient::header());
    EXPECT_TRUE(with_header->hears("</stream:features>"));
    const auto header_to_open_node = connect();
    header_to_open_node->say("PROXY TCP4 192.0.2.7 192.0.2.8 5000 5222\r\n");
    EXPECT_TRUE(header_to_open_node->hears("<bad-format "));
}

}  // namespace
}  // namespace backend
