#pragma once
// A node over a store that answers as the test says, and its clients.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>

#include "tests/backend/node/node_under_test.h"
#include "tests/backend/node/scripted_store.h"

namespace backend::test {

using ::test::NodeClient;
using ::test::ScriptedStore;

class NodeSessionTest : public testing::Test {
protected:
    void start(Node::Settings settings = ::test::node_settings("n1")) {
        auto node =
            Node::create(loop_, settings, [this](core::EventLoop&, NodeName, StoreEvents& events) {
                auto store = std::make_unique<ScriptedStore>();
                store_ = store.get();
                events_ = &events;
                store->accounts[::test::kUser] = make_account(::test::kUser, ::test::kPassword);
                return store;
            });
        ASSERT_TRUE(node) << node.error();
        node_ = std::move(node).value();
    }
    bool until(const std::function<bool()>& holds) { return ::test::run_until(loop_, holds); }
    std::unique_ptr<NodeClient> connect() {
        return std::make_unique<NodeClient>(loop_, node_->local());
    }
    /// A client with a session that can be resumed.
    std::unique_ptr<NodeClient> bound() {
        auto client = connect();
        EXPECT_TRUE(client->log_in());
        client->ask_to_bind("balcony");
        EXPECT_TRUE(until([this] { return !store_->openings.empty(); }));
        ref_ = store_->answer_opening(Done{});
        EXPECT_TRUE(client->hears("</bind></iq>"));
        client->say("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
        EXPECT_TRUE(until([this] { return !store_->commits.empty(); }));
        store_->answer_commit(Done{});
        EXPECT_TRUE(client->hears("<enabled ") && client->hears("/>"));
        client->heard.clear();
        return client;
    }
    /// The next commit, with all that must be read for it.
    Commit& next_commit() {
        EXPECT_TRUE(until([this] {
            while (!store_->readings.empty()) store_->answer_reading();
            return !store_->commits.empty();
        }));
        return store_->commits.front().commit;
    }
    template <class What>
    static bool has(const Commit& commit) {
        return std::any_of(commit.writes.begin(), commit.writes.end(),
                           [](const Write& write) { return std::holds_alternative<What>(write); });
    }
    TakenSession session_of(bool is_resumable, Epoch epoch = 2) {
        TakenSession taken;
        taken.record.ref = {::test::kUser, SessionId("sm-id")};
        taken.record.resource = "balcony";
        taken.record.epoch = epoch;
        taken.record.has_sm = taken.record.is_resumable = is_resumable;
        return taken;
    }
    static constexpr auto kMessage =
        "<message to='romeo@a.example' type='chat'><body>x</body></message>";
    static constexpr auto kResume = "<resume xmlns='urn:xmpp:sm:3' previd='sm-id' h='0'/>";

    core::EventLoop loop_;
    ScriptedStore* store_ = nullptr;
    StoreEvents* events_ = nullptr;
    SessionRef ref_;
    std::unique_ptr<Node> node_;
};

}  // namespace backend::test
