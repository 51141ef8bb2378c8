#pragma once
// What a store is asked, done on the database: the meaning of backend/store/store.h without
// threads, loops or transactions. Time comes as an argument. The engine's thread only.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/store/sqlite/lives.h"
#include "backend/store/sqlite/tables.h"
#include "backend/store/sqlite/users.h"
#include "backend/store/store.h"

namespace backend {

/// Hears what happens to the sessions of a node. It counts only once the round is saved.
class SqliteListener {
public:
    virtual void queued(NodeLife owner, const SqliteSession& session, QueuedStanza stanza) = 0;
    virtual void taken(NodeLife owner, const SqliteSession& session, Epoch old_epoch) = 0;
    virtual void must_end(NodeLife owner, const SqliteSession& session,
                          std::string_view condition) = 0;

protected:
    ~SqliteListener() = default;
};

/// Who asks, and when: milliseconds since 1970.
struct Asking {
    NodeLife node = 0;
    const NodeName& name;
    std::int64_t now_ms = 0;
};

class SqliteLedger {
public:
    SqliteLedger(SqliteDatabase& database, SqliteListener& listener);

    /// To be called when a transaction begins: forgets what other processes may have changed since
    /// the last one. True: they have.
    bool catch_up(std::int64_t now_ms);
    /// The same question, at any time.
    bool has_missed_something();

    /// Also the beginning of a life, and so the end of the node's former ones.
    void renew_lease(const Asking& asking);
    void end_life(NodeLife node, std::int64_t now_ms);
    SqliteLives& lives() { return lives_; }

    std::optional<Account> find_account(const std::string& user);
    Done put_account(const Asking& asking, const Account& account);
    bool remove_account(const Asking& asking, const std::string& user);
    std::vector<std::string> list_accounts();

    std::vector<UserSnapshot> read_users(const std::vector<Store::Wanted>& wanted);
    std::string read_vcard(const std::string& user);
    SharedSecret share_secret(const std::string& name, const SharedSecret& fresh);

    CommitOutcome open_session(const Asking& asking, const SessionRef& ref, std::string resource);
    std::variant<TakenSession, TakeFailure> take_session(const Asking& asking,
                                                         const SessionRef& ref, TakeReason reason);
    CommitOutcome commit(const Asking& asking, Commit commit);
    std::vector<SessionRef> find_expired(const Asking& asking, std::size_t most);

    /// To be called when a round is complete, before and after it is saved; or when it is undone.
    void flush() { users_.flush(); }
    void saved() { users_.age(); }
    void undone();

private:
    struct Room;     // what the queues will hold
    struct Checker;  // one commit before it is begun
    struct Applier;  // and on its way

    std::int64_t data_version();
    bool has_ended_life(const SqliteSession& session, std::int64_t now_ms) const;
    bool is_expired(const SqliteSession& session, std::int64_t now_ms) const;
    /// None: all conditions of the commit hold.
    std::optional<CommitOutcome> check(const SqliteSession& session,
                                       const std::vector<Write>& writes);
    static bool welcomes(const SqliteSession& session, const std::vector<Write>& writes);
    void enqueue(SqliteSession& session, std::string stanza);
    void move_offline(SqliteSession& session);
    void trim(SqliteSession& session, std::uint64_t up_to);
    void end_other(const Asking& asking, SqliteSession& session, std::string_view condition);
    Roster read_roster(const SqliteUser& user);
    std::vector<QueuedStanza> read_queue(const SqliteSession& session);

    SqliteListener& listener_;
    SqliteUsers users_;
    SqliteLives lives_;
    std::optional<std::int64_t> seen_version_;  // of the data; none: nothing we know is certain
    std::int64_t caught_up_ms_ = 0;             // when, the last time

    SqliteStatement data_version_;
    SqliteAccounts accounts_;
    SqliteRoster roster_;
    SqliteBlocks blocks_;
    SqliteVcards vcards_;
    SqliteSecrets secrets_;
    SqliteOfflineMessages offline_;
    SqliteQueue queue_;
    SqliteOver over_;
};

}  // namespace backend
