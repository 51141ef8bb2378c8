#pragma once
// The store of one node on the embedded engine: turns calls into requests, lets those of one turn
// of the loop travel together, and keeps the callbacks until the answers come. Loop thread.

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "backend/store/silence.h"
#include "backend/store/sqlite/engine.h"
#include "backend/store/store.h"
#include "core/event_loop.h"
#include "core/handle.h"

namespace backend {

class SqliteStore final : public Store {
public:
    /// How much may wait for answers. Beyond it a request is not even asked: its answer is
    /// `not_asked`, in its place in the order. A single one may be larger.
    static constexpr std::size_t kWaitingRequests = 20'000;
    static constexpr std::size_t kWaitingBytes = 64 * 1024 * 1024;

    /// Loop, name and events are the node's and outlive the store. When the store is destroyed, the
    /// node's lease is over at once.
    SqliteStore(std::shared_ptr<SqliteEngine> engine, core::EventLoop& loop, NodeName name,
                StoreEvents& events);
    ~SqliteStore() override;

    void find_account(std::string user, On<Answer<std::optional<Account>>> on_found) override;
    void put_account(Account account, On<Answer<Done>> on_done) override;
    void remove_account(std::string user, On<Answer<bool>> on_removed) override;
    void list_accounts(On<Answer<std::vector<std::string>>> on_listed) override;
    void read_users(std::vector<Wanted> users,
                    On<Answer<std::vector<UserSnapshot>>> on_read) override;
    void read_vcard(std::string user, On<Answer<std::string>> on_read) override;
    void open_session(SessionRef session, std::string resource,
                      On<CommitOutcome> on_opened) override;
    void take_session(SessionRef session, TakeReason reason,
                      On<std::variant<TakenSession, TakeFailure>> on_taken) override;
    void commit(Commit commit, On<CommitOutcome> on_done) override;
    void share_secret(std::string name, SharedSecret fresh,
                      On<Answer<SharedSecret>> on_shared) override;
    void renew_lease(On<Answer<Done>> on_done) override;
    void find_expired(std::size_t most, On<Answer<std::vector<SessionRef>>> on_found) override;
    std::optional<core::TimePoint> silent_since() const override { return silence_.since(); }
    std::string about_silence() const override { return engine_->holder(); }

private:
    struct Waiting {
        std::function<void(SqliteRequest&)> answer;
        std::size_t bytes = 0;
        std::unique_ptr<SqliteRequest> refused;  // answered, but not before those in front of it
    };

    template <class Value>
    void ask(typename SqliteQuestion<Value>::Work work, On<Value> on_answer, std::size_t bytes = 0,
             bool says_alive = false);
    void send();
    void receive(std::vector<SqliteNews> news);
    void note_answers(const std::vector<SqliteNews>& news);
    void answer(SqliteRequest& request);
    void hear(SqliteEvent& event);

    std::shared_ptr<SqliteEngine> engine_;
    StoreEvents& events_;
    std::shared_ptr<SqliteDoor> door_;
    core::Event send_event_;
    std::vector<SqliteEngine::Asked> asked_;  // in this turn of the loop
    std::deque<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    StoreSilence silence_;
};

}  // namespace backend
