// Aim: a node with its store and clients on real sockets: what it refuses and in which words, what
// two nodes make of one session, and that a slow, full or broken disk neither blocks it nor makes
// it say more than is saved.

#include "backend/node.h"

#include <gtest/gtest.h>

#include "backend/sqlite_engine.h"
#include "tests/backend/node_under_test.h"
#include "tests/backend/slow_disk.h"
#include "tests/support/temp_dir.h"

namespace backend {
namespace {

using namespace std::chrono_literals;
using ::test::NodeClient;

class NodeTest : public testing::Test {
protected:
    NodeTest() {
        ::test::SlowDisk::install().heal();
        auto engine = SqliteEngine::open(folder_.file("state.db"));
        EXPECT_TRUE(engine) << engine.error();
        engine_ = std::move(engine).value();
        node_ = start("n1");
        add_account();
    }
    ~NodeTest() override {
        ::test::SlowDisk::install().heal();
        nodes_.clear();
        engine_.reset();
    }

    Node* start(const std::string& name) { return start(::test::node_settings(name)); }
    Node* start(const Node::Settings& settings) {
        auto node = Node::create(loop_, settings,
                                 [this](core::EventLoop& loop, NodeName name, StoreEvents& events) {
                                     auto store = engine_->attach(loop, std::move(name), events);
                                     store_ = store.get();
                                     return store;
                                 });
        EXPECT_TRUE(node) << node.error();
        return nodes_.emplace_back(std::move(node).value()).get();
    }
    void add_account() {
        bool is_done = false;
        store_->put_account(test::make_account(::test::kUser, ::test::kPassword),
                            [&](const auto&) { is_done = true; });
        EXPECT_TRUE(until([&] { return is_done; }));
    }
    std::size_t routes() {
        std::optional<std::size_t> count;
        store_->read_users({{.user = ::test::kUser}}, [&](auto answer) {
            count = std::get<std::vector<UserSnapshot>>(answer).front().routes.size();
        });
        EXPECT_TRUE(until([&] { return count.has_value(); }));
        return *count;
    }
    bool until(const std::function<bool()>& holds) { return ::test::run_until(loop_, holds); }
    std::unique_ptr<NodeClient> connect(const Node* node = nullptr) {
        return std::make_unique<NodeClient>(loop_, (node == nullptr ? node_ : node)->local());
    }
    std::unique_ptr<NodeClient> logged_in(const Node* node = nullptr) {
        auto client = connect(node);
        EXPECT_TRUE(client->log_in());
        return client;
    }
    std::unique_ptr<NodeClient> bound(const std::string& resource = "balcony") {
        auto client = logged_in();
        client->ask_to_bind(resource);
        EXPECT_TRUE(client->hears("</bind></iq>"));
        return client;
    }
    /// Its SM id.
    std::string enable(NodeClient& client) {
        client.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        EXPECT_TRUE(client.hears("<enabled ") && client.hears("id='"));
        EXPECT_TRUE(until([&] { return client.hears_nothing(1ms) || !client.heard.empty(); }));
        const std::string id = client.heard.substr(0, client.heard.find('\''));
        client.heard.clear();
        return id;
    }
    static std::string resume(const std::string& id, int h = 0) {
        return "<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='" + std::to_string(h) + "'/>";
    }

    static constexpr auto kToSelf =
        "<message to='juliet@a.example/balcony' type='chat'><body>x</body></message>";

    const ::test::TempDir folder_;
    core::EventLoop loop_;
    std::shared_ptr<SqliteEngine> engine_;
    Store* store_ = nullptr;
    std::vector<std::unique_ptr<Node>> nodes_;
    Node* node_ = nullptr;
};

// --- bad input ----------------------------------------------------------------------------------

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

TEST_F(NodeTest, TakesConnectionsOfTrustedProxiesAlone) {
    auto settings = ::test::node_settings("n2");
    settings.node.proxy = conf::NodeProxy::required;
    settings.node.trusted_proxies = {*conf::Network::parse("10.0.0.0/8")};
    const Node* strict = start(settings);
    const auto stranger = connect(strict);
    EXPECT_TRUE(stranger->is_cut());
    EXPECT_TRUE(stranger->heard.empty());

    settings.node.name = "n3";
    settings.node.trusted_proxies = {*conf::Network::parse("127.0.0.1")};
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

// --- sessions -----------------------------------------------------------------------------------

TEST_F(NodeTest, OfTwoNodesThatResumeAtOnceOneSaysSo) {
    const Node* other = start("n2");
    auto first = bound();
    const std::string id = enable(*first);
    first->drop();
    const auto a = logged_in();
    const auto b = logged_in(other);
    a->say(resume(id));
    b->say(resume(id));
    const auto both_know = [](const NodeClient& client) {
        return client.heard.find("<resumed ") != std::string::npos || client.is_closed;
    };
    EXPECT_TRUE(until([&] {
        a->hears_nothing(1ms);
        b->hears_nothing(1ms);
        return both_know(*a) && both_know(*b);
    }));
    EXPECT_NE(a->heard.find("<resumed ") != std::string::npos,
              b->heard.find("<resumed ") != std::string::npos)
        << a->heard << '\n'
        << b->heard;
    EXPECT_NE((a->heard + b->heard).find("<conflict "), std::string::npos);
}

TEST_F(NodeTest, AnotherNodeTakesASessionWhoseNodeIsGone) {
    auto first = bound();
    const std::string id = enable(*first);
    first->say(kToSelf);
    ASSERT_TRUE(first->hears("</message>"));
    nodes_.clear();  // without a goodbye
    node_ = start("n2");
    const auto again = logged_in();
    again->say(resume(id));
    EXPECT_TRUE(again->hears("<resumed xmlns='urn:xmpp:sm:3' previd='" + id + "' h='1'/>"));
    EXPECT_TRUE(again->hears("</message>")) << "it was not acknowledged";
}

TEST_F(NodeTest, WhatIsSentWhileASessionEndsIsNotLost) {
    auto settings = ::test::node_settings("n2");
    const Node* other = start(settings);
    auto leaving = bound();
    enable(*leaving);
    leaving->say("<presence/>");
    ASSERT_TRUE(leaving->hears("<presence"));
    const auto sender = logged_in(other);
    sender->ask_to_bind("chamber");
    ASSERT_TRUE(sender->hears("</bind></iq>"));
    // Messages all the time, and in their midst the session ends.
    constexpr int kMessages = 200;
    std::string all;
    for (int i = 0; i < kMessages; ++i)
        all += "<message to='juliet@a.example' type='chat'><body>m" + std::to_string(i) +
               "</body></message>";
    sender->say(all.substr(0, all.size() / 2));
    ASSERT_TRUE(leaving->hears("m3<"));
    leaving->say("</stream:stream>");
    sender->say(all.substr(all.size() / 2));
    ASSERT_TRUE(leaving->hears("</stream:stream>"));
    leaving->drop();
    // Until then its messages are on their way, and those that follow may be faster.
    ASSERT_TRUE(until([&] { return routes() == 1; }));
    const auto heir = bound("heir");
    heir->say("<presence/>");
    // What was acknowledged is nothing, so all of it comes.
    for (int i = 0; i < kMessages; ++i)
        ASSERT_TRUE(heir->hears("<body>m" + std::to_string(i) + "</body>")) << i;
}

// --- the disk -----------------------------------------------------------------------------------

/// How long the loop was away at most, while `what` held.
class LongestTurn {
public:
    explicit LongestTurn(core::EventLoop& loop) : loop_(loop) {}
    bool until(const std::function<bool()>& holds) {
        return ::test::run_until(loop_, [&] {
            const auto now = core::Clock::now();
            if (last_ != core::TimePoint{}) longest_ = std::max(longest_, now - last_);
            const bool is_over = holds();
            last_ = core::Clock::now();
            return is_over;
        });
    }
    core::Clock::duration longest() const { return longest_; }

private:
    core::EventLoop& loop_;
    core::TimePoint last_{};
    core::Clock::duration longest_{};
};

TEST_F(NodeTest, ASlowDiskHoldsUpAcknowledgementsAndNothingElse) {
    auto& disk = ::test::SlowDisk::install();
    const auto client = bound();
    enable(*client);
    disk.sync_takes_ms = 1'000;
    const int before = disk.syncs;
    client->say(std::string(kToSelf) + "<r xmlns='urn:xmpp:sm:3'/>");
    LongestTurn turns(loop_);
    EXPECT_TRUE(turns.until([&] { return disk.syncs > before; }));
    const auto began = core::Clock::now();
    // Whoever comes meanwhile is answered, and the first one waits.
    const auto newcomer = connect();
    newcomer->say(NodeClient::header());
    EXPECT_TRUE(turns.until([&] {
        newcomer->hears_nothing(0ms);
        return newcomer->heard.find("</stream:features>") != std::string::npos;
    }));
    EXPECT_LT(core::Clock::now() - began, 900ms);
    EXPECT_TRUE(client->hears_nothing(100ms));
    disk.heal();
    EXPECT_TRUE(client->hears("<a xmlns='urn:xmpp:sm:3' h='1'/>"));
    // 10 ms is the promise; the rest is for machines that are busy with other things.
    EXPECT_LT(turns.longest(), 300ms);
    RecordProperty(
        "longest_turn_us",
        std::to_string(
            std::chrono::duration_cast<std::chrono::microseconds>(turns.longest()).count()));
}

TEST_F(NodeTest, ADiskThatTakesNothingAcknowledgesNothingAndIsSurvived) {
    auto& disk = ::test::SlowDisk::install();
    for (const int code : {SQLITE_FULL, SQLITE_READONLY, SQLITE_IOERR_WRITE}) {
        auto client = bound();
        const std::string id = enable(*client);
        client->say(kToSelf);
        ASSERT_TRUE(client->hears("</message>"));
        client->heard.clear();
        disk.write_fails_with = code;
        client->say(std::string(kToSelf) + "<r xmlns='urn:xmpp:sm:3'/>");
        ASSERT_TRUE(client->is_cut());
        EXPECT_NE(client->heard.find("<resource-constraint "), std::string::npos) << client->heard;
        EXPECT_EQ(client->heard.find("h='2'"), std::string::npos) << "that is not saved";
        // Nobody can begin anything now, and is told so.
        const auto newcomer = logged_in();
        newcomer->ask_to_bind("other");
        EXPECT_TRUE(newcomer->hears("<resource-constraint ")) << newcomer->heard;
        disk.heal();
        const auto again = logged_in();
        again->say(resume(id));
        EXPECT_TRUE(again->hears("<resumed ") && again->hears("h='1'/>")) << again->heard;
        again->say(kToSelf);
        EXPECT_TRUE(again->hears("</message>") && again->hears("</message>")) << again->heard;
        again->say("</stream:stream>");
        EXPECT_TRUE(again->is_cut());
    }
}

}  // namespace
}  // namespace backend
