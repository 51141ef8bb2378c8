#pragma once
// News for nodes of other processes on the same database: written with what they tell of, read by
// the process of the node they are for, which deletes them later. A queued stanza is not copied:
// its number is enough. The engine's thread only.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "backend/store/records.h"
#include "backend/store/sqlite/lives.h"

namespace backend {

/// What happened to a session that a node owns (StoreEvents in backend/store/store.h).
struct SqliteQueued {
    SessionRef session;
    Epoch epoch;
    std::vector<QueuedStanza> stanzas;
};
struct SqliteTaken {
    SessionRef session;
    Epoch old_epoch;
};
struct SqliteMustEnd {
    SessionRef session;
    std::string condition;
};
using SqliteEvent = std::variant<SqliteQueued, SqliteTaken, SqliteMustEnd>;

/// Adds a stanza to an event that is about the same queue; false: it is not, the stanza is as it
/// was.
bool append(SqliteEvent& event, const SessionRef& session, Epoch epoch, QueuedStanza& stanza);

class SqliteMail {
public:
    explicit SqliteMail(SqliteDatabase& database);

    /// `session`: the row in whose queue the stanza is.
    void queued(NodeLife to, const SessionRef& ref, Epoch epoch, std::int64_t session,
                std::uint64_t number);
    void taken(NodeLife to, const SessionRef& ref, Epoch old_epoch);
    void must_end(NodeLife to, const SessionRef& ref, std::string_view condition);

    /// All that has come for a node since the last reading that ended with keep(), in the order in
    /// which it happened.
    std::vector<SqliteEvent> read(NodeLife life);
    /// What was read has been heard, and what was written is there: for these processes.
    std::set<std::uint64_t> keep();
    /// Nothing of that is so.
    void undo();
    /// Deletes what has been heard.
    void delete_heard();

private:
    /// What else a piece of mail says, as its kind needs it.
    struct Details {
        Epoch epoch = 0;
        std::int64_t session = 0;
        std::uint64_t number = 0;
        std::string_view condition = {};
    };
    void put(int kind, NodeLife to, const SessionRef& ref, const Details& details);

    /// Numbers of the mail of one node.
    struct Place {
        std::int64_t read = 0;
        std::int64_t heard = 0;
    };

    std::map<NodeLife, Place> places_;
    std::set<std::uint64_t> written_to_;  // processes

    SqliteStatement put_;
    SqliteStatement find_;
    SqliteStatement delete_;
};

}  // namespace backend
