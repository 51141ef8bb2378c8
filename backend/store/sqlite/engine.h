#pragma once
// The embedded store: one database and its thread, for all nodes of a process. The thread takes
// what all nodes have asked since its last round, does it in one transaction, saves it with one
// sync, and only then hands answers and events to the loops, one task for each. So commits share
// the cost of the disk, and nobody hears of what is not saved. Shared by the stores of its nodes.
//
// Several processes of a machine may share the database. Their rounds follow each other, and what
// happens to the sessions of another process's nodes is left in the database as mail, with which
// the next round of that process begins.

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "backend/store/sqlite/bell.h"
#include "backend/store/sqlite/door.h"
#include "backend/store/sqlite/mail.h"
#include "backend/store/sqlite/request.h"
#include "core/result.h"

namespace backend {

class SqliteEngine final : private SqliteListener {
public:
    /// Wall time, for leases and resume times. Called from the engine's thread.
    using WallClock = std::function<std::chrono::system_clock::time_point()>;

    /// Opens or creates the database at `path`. The error says in words why that cannot be.
    /// What was asked waits for the database for `patience`, while another process keeps it.
    static core::Result<std::shared_ptr<SqliteEngine>, std::string> open(
        const std::string& path, WallClock clock = &std::chrono::system_clock::now,
        std::chrono::milliseconds patience = SqliteDatabase::kPatience);
    /// Does what was asked before, and ends the thread. Its stores are gone.
    ~SqliteEngine();

    // For the stores.
    /// Numbers one more life of a node, unlike all others. Any thread.
    NodeLife begin_life();
    struct Asked {
        std::shared_ptr<SqliteDoor> from;
        std::unique_ptr<SqliteRequest> what;
        bool says_alive = false;     // renews the node's lease, before all else, and asks no more
        core::TimePoint until = {};  // how long it waits for its round; ask() says it
    };
    /// Takes over what was asked, in order. Any thread.
    void ask(std::vector<Asked> asked);
    /// Who keeps the database from us, in words for the log; empty: nobody that can be seen. Any
    /// thread.
    std::string holder() const;

private:
    SqliteEngine(std::unique_ptr<SqliteDatabase> database, std::string path, SqliteBell bell,
                 std::uint64_t process, WallClock clock, std::chrono::milliseconds patience);

    void run();
    /// Does what is in `round`. What is left there waits: another process keeps the database.
    void do_round(std::vector<Asked>& round);
    /// Renews leases and deletes mail that was read: in a transaction of its own, for a disk that
    /// takes nothing must not keep the others from reading. False: it could not begin.
    bool keep_house(const std::vector<Asked>& round, core::TimePoint until);
    /// Waits for the database. False: another process keeps it.
    bool begin(SqliteDatabase::Sync sync, core::TimePoint until);
    /// Runs everything and saves it. The error: nothing of it is saved.
    std::optional<StoreError> save(std::vector<Asked>& round);
    /// Makes the round's news say that nothing of it has happened.
    void fail(std::vector<Asked>& round, StoreError error);
    /// Refuses what has waited for too long.
    void refuse_late(std::vector<Asked>& round);
    /// The news go to their nodes.
    void tell();
    std::int64_t now_ms() const;

    void queued(NodeLife owner, const SqliteSession& session, QueuedStanza stanza) override;
    void taken(NodeLife owner, const SqliteSession& session, Epoch old_epoch) override;
    void must_end(NodeLife owner, const SqliteSession& session,
                  std::string_view condition) override;

    std::unique_ptr<SqliteDatabase> database_;
    const std::string path_;
    SqliteBell bell_;
    WallClock clock_;
    const std::chrono::milliseconds patience_;
    SqliteLedger ledger_;
    SqliteMail mail_;
    std::map<NodeLife, std::weak_ptr<SqliteDoor>> doors_;  // the engine's thread
    std::map<NodeLife, std::vector<SqliteNews>> news_;     // of the round; the engine's thread
    bool may_have_mail_ = true;                            // the engine's thread

    std::mutex mutex_;
    std::vector<Asked> asked_;  // guarded by mutex_
    bool is_ending_ = false;    // guarded by mutex_
    NodeLife last_life_;        // guarded by mutex_
    std::thread thread_;
};

}  // namespace backend
