#pragma once
// One suite for all engines of backend::Store: every promise of backend/store.h as a test. An
// engine joins it with one line in its own test file:
//   INSTANTIATE_TEST_SUITE_P(Name, StoreSuite, testing::Values(test::EngineMaker(&make_engine)));

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/store.h"
#include "core/event_loop.h"

namespace test {

/// An engine with an empty store.
class EngineUnderTest {
public:
    virtual ~EngineUnderTest() = default;
    /// A node of this store. It is gone (killed) when the object is destroyed.
    virtual std::unique_ptr<backend::Store> attach(core::EventLoop& loop, backend::NodeName name,
                                                   backend::StoreEvents& events) = 0;
    /// Makes the store's clock say so much more; or waits, where there is no such clock.
    virtual void advance(std::chrono::milliseconds time) = 0;
};
using EngineMaker = std::function<std::unique_ptr<EngineUnderTest>()>;

/// What a node has heard, in order.
struct Heard {
    enum class What { queued, taken, must_end } what{};
    backend::SessionRef session;
    backend::Epoch epoch = 0;
    std::vector<backend::QueuedStanza> stanzas;
    std::string condition;
};

/// A node as tests use it: its own loop, which the test's thread turns, and calls that wait.
class TestNode final : backend::StoreEvents {
public:
    TestNode(EngineUnderTest& engine, std::string name);

    backend::Store& store() { return *store_; }
    core::EventLoop& loop() { return loop_; }
    /// The node is gone from one moment to the next.
    void kill() { store_.reset(); }

    bool add_account(const std::string& user);
    std::optional<backend::Account> find_account(const std::string& user);
    bool remove_account(const std::string& user);
    std::vector<std::string> list_accounts();
    std::vector<backend::UserSnapshot> read(std::vector<backend::Store::Wanted> users);
    backend::UserSnapshot read_one(const std::string& user);
    std::string read_vcard(const std::string& user);
    backend::CommitOutcome open(const backend::SessionRef& session, std::string resource);
    std::variant<backend::TakenSession, backend::TakeFailure> take(
        const backend::SessionRef& session, backend::TakeReason reason);
    backend::CommitOutcome commit(backend::Commit commit);
    void renew_lease();
    std::vector<backend::SessionRef> find_expired(std::size_t most = 100);

    /// What was heard since the last call, after all that was committed before has arrived.
    std::vector<Heard> heard();
    /// The stanzas of heard() for one session, in order.
    std::vector<backend::QueuedStanza> queued(const backend::SessionRef& session);

private:
    void on_queued(const backend::SessionRef& session, backend::Epoch epoch,
                   std::vector<backend::QueuedStanza> stanzas) override;
    void on_taken(const backend::SessionRef& session, backend::Epoch old_epoch) override;
    void on_must_end(const backend::SessionRef& session, std::string_view condition) override;

    core::EventLoop loop_;
    std::unique_ptr<backend::Store> store_;
    std::vector<Heard> heard_;
};

backend::SessionRef ref(const std::string& user, const std::string& id);
backend::Account account(const std::string& user);

}  // namespace test

/// Two nodes and two users before each test.
class StoreSuite : public testing::TestWithParam<test::EngineMaker> {
protected:
    static constexpr auto kAnna = "anna@example.org";
    static constexpr auto kBert = "bert@example.org";

    void SetUp() override;
    /// `session` on `node`, with stream management.
    void open_sm(test::TestNode& node, const backend::SessionRef& session,
                 const std::string& resource,
                 std::chrono::seconds resume_time = std::chrono::seconds(300));
    /// Lets `time` pass while the nodes `alive` say that they live.
    void pass_time(std::chrono::milliseconds time, std::vector<test::TestNode*> alive);

    std::unique_ptr<test::EngineUnderTest> engine_;
    std::unique_ptr<test::TestNode> a_;
    std::unique_ptr<test::TestNode> b_;
    const backend::SessionRef anna_ = test::ref(kAnna, "anna-1");
    const backend::SessionRef bert_ = test::ref(kBert, "bert-1");
};
