#pragma once
// A node of a store as tests use it: calls that wait for their answers, and all that was heard.

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "backend/store/store.h"
#include "core/event_loop.h"
#include "tests/support/run_loop.h"

namespace test {

inline constexpr auto kAnna = "anna@example.org";
inline constexpr auto kBert = "bert@example.org";

/// An engine with an empty store.
class EngineUnderTest {
public:
    virtual ~EngineUnderTest() = default;
    /// A node of this store. It is gone (killed) when the object is destroyed.
    virtual std::unique_ptr<backend::Store> attach(core::EventLoop& loop, backend::NodeName name,
                                                   backend::StoreEvents& events) = 0;
    /// Makes the store's clock say so much more; or waits, where there is no such clock.
    virtual void advance(std::chrono::milliseconds time) = 0;
    /// Does something to the engine that nobody who uses the store may notice, if there is such.
    virtual void disturb() {}
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

    bool has_heard() const { return !heard_.empty(); }
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

// --- how it does that ---------------------------------------------------------------------------

/// Asks and turns the node's loop until the answer is there.
template <class Value, class Ask>
Value wait_for(core::EventLoop& loop, Ask ask) {
    std::optional<Value> answer;
    ask([&](Value value) { answer = std::move(value); });
    EXPECT_TRUE(run_until(loop, [&] { return answer.has_value(); })) << "no answer";
    return answer ? std::move(*answer) : Value{};
}

/// The same for answers that must not be errors here.
template <class Value, class Ask>
Value wait_for_good(core::EventLoop& loop, Ask ask) {
    auto answer = wait_for<backend::Store::Answer<Value>>(loop, std::move(ask));
    EXPECT_TRUE(std::holds_alternative<Value>(answer));
    return std::holds_alternative<Value>(answer) ? std::get<Value>(std::move(answer)) : Value{};
}

inline backend::SessionRef ref(const std::string& user, const std::string& id) {
    return {user, backend::SessionId(id)};
}

inline backend::Account account(const std::string& user) {
    using Stored = decltype(backend::ScramKeys::stored_key);
    using Server = decltype(backend::ScramKeys::server_key);
    return {user,
            {std::string("sa\0lt", 5), 4096, Stored("s1"), Server("v1")},
            {"salt256", 10000, Stored("s256"), Server("v256")}};
}

inline TestNode::TestNode(EngineUnderTest& engine, std::string name)
    : store_(engine.attach(loop_, backend::NodeName(std::move(name)), *this)) {}

inline bool TestNode::add_account(const std::string& user) {
    const auto answer = wait_for<backend::Store::Answer<backend::Done>>(
        loop_, [&](auto on) { store_->put_account(account(user), on); });
    return std::holds_alternative<backend::Done>(answer);
}

inline std::optional<backend::Account> TestNode::find_account(const std::string& user) {
    return wait_for_good<std::optional<backend::Account>>(
        loop_, [&](auto on) { store_->find_account(user, on); });
}

inline bool TestNode::remove_account(const std::string& user) {
    return wait_for_good<bool>(loop_, [&](auto on) { store_->remove_account(user, on); });
}

inline std::vector<std::string> TestNode::list_accounts() {
    return wait_for_good<std::vector<std::string>>(loop_,
                                                   [&](auto on) { store_->list_accounts(on); });
}

inline std::vector<backend::UserSnapshot> TestNode::read(
    std::vector<backend::Store::Wanted> users) {
    return wait_for_good<std::vector<backend::UserSnapshot>>(
        loop_, [&](auto on) { store_->read_users(std::move(users), on); });
}

inline backend::UserSnapshot TestNode::read_one(const std::string& user) {
    auto read_users = read({{.user = user, .roster = true, .blocks = true}});
    EXPECT_EQ(read_users.size(), 1U);
    return read_users.empty() ? backend::UserSnapshot{} : read_users[0];
}

inline std::string TestNode::read_vcard(const std::string& user) {
    return wait_for_good<std::string>(loop_, [&](auto on) { store_->read_vcard(user, on); });
}

inline backend::CommitOutcome TestNode::open(const backend::SessionRef& session,
                                             std::string resource) {
    return wait_for<backend::CommitOutcome>(
        loop_, [&](auto on) { store_->open_session(session, std::move(resource), on); });
}

inline std::variant<backend::TakenSession, backend::TakeFailure> TestNode::take(
    const backend::SessionRef& session, backend::TakeReason reason) {
    return wait_for<std::variant<backend::TakenSession, backend::TakeFailure>>(
        loop_, [&](auto on) { store_->take_session(session, reason, on); });
}

inline backend::CommitOutcome TestNode::commit(backend::Commit commit) {
    return wait_for<backend::CommitOutcome>(
        loop_, [&](auto on) { store_->commit(std::move(commit), on); });
}

inline void TestNode::renew_lease() {
    wait_for_good<backend::Done>(loop_, [&](auto on) { store_->renew_lease(on); });
}

inline std::vector<backend::SessionRef> TestNode::find_expired(std::size_t most) {
    return wait_for_good<std::vector<backend::SessionRef>>(
        loop_, [&](auto on) { store_->find_expired(most, on); });
}

inline std::vector<Heard> TestNode::heard() {
    // An engine may bring events by another way than answers: a few more turns of the loop.
    renew_lease();
    const auto until = core::Clock::now() + std::chrono::milliseconds(20);
    run_until(loop_, [&] { return core::Clock::now() > until; });
    return std::exchange(heard_, {});
}

inline std::vector<backend::QueuedStanza> TestNode::queued(const backend::SessionRef& session) {
    std::vector<backend::QueuedStanza> all;
    for (Heard& each : heard())
        if (each.what == Heard::What::queued && each.session == session)
            std::move(each.stanzas.begin(), each.stanzas.end(), std::back_inserter(all));
    return all;
}

inline void TestNode::on_queued(const backend::SessionRef& session, backend::Epoch epoch,
                                std::vector<backend::QueuedStanza> stanzas) {
    heard_.push_back({Heard::What::queued, session, epoch, std::move(stanzas), {}});
}

inline void TestNode::on_taken(const backend::SessionRef& session, backend::Epoch old_epoch) {
    heard_.push_back({Heard::What::taken, session, old_epoch, {}, {}});
}

inline void TestNode::on_must_end(const backend::SessionRef& session, std::string_view condition) {
    heard_.push_back({Heard::What::must_end, session, 0, {}, std::string(condition)});
}

}  // namespace test
