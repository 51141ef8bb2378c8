#pragma once
// Nodes on one loop that the test turns, all on one SQLite file whose disk can be made slow, full
// or broken, and clients that speak to them over TCP.

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/store/sqlite/store.h"
#include "tests/backend/node/node_under_test.h"
#include "tests/backend/node/slow_disk.h"
#include "tests/support/temp_dir.h"

namespace backend {

/// One node and one account before each test.
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
        auto node = Node::create(
            loop_, settings, [this](core::EventLoop& loop, NodeName name, StoreEvents& events) {
                auto store = std::make_unique<SqliteStore>(engine_, loop, std::move(name), events);
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
    std::unique_ptr<::test::NodeClient> connect(const Node* node = nullptr) {
        return std::make_unique<::test::NodeClient>(loop_,
                                                    (node == nullptr ? node_ : node)->local());
    }
    std::unique_ptr<::test::NodeClient> logged_in(const Node* node = nullptr) {
        auto client = connect(node);
        EXPECT_TRUE(client->log_in());
        return client;
    }
    std::unique_ptr<::test::NodeClient> bound(const std::string& resource = "balcony") {
        auto client = logged_in();
        client->ask_to_bind(resource);
        EXPECT_TRUE(client->hears("</bind></iq>"));
        return client;
    }
    /// Its SM id.
    std::string enable(::test::NodeClient& client) {
        client.say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        EXPECT_TRUE(client.hears("<enabled ") && client.hears("id='"));
        EXPECT_TRUE(until([&] {
            return client.hears_nothing(std::chrono::milliseconds(1)) || !client.heard.empty();
        }));
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

}  // namespace backend
