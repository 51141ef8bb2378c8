#pragma once
// Users with their sessions as rows of the database and as objects over them. Users that were asked
// for lately stay in memory until another process writes to the database: then clear() forgets
// them. Changes of counters are written once per round, however many commits made them. The
// engine's thread only.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "backend/store/records.h"
#include "backend/store/sqlite/database.h"
#include "backend/store/sqlite/lives.h"

namespace backend {

struct SqliteUser;

struct SqliteSession {
    std::int64_t id = 0;
    SqliteUser* user = nullptr;
    Route route;  // with the resource and the session's secret id
    NodeLife owner = 0;
    Epoch epoch = 1;
    bool has_sm = false;
    bool is_resumable = false;
    bool is_inactive = false;
    std::int64_t resume_ms = 0;  // 0 unless it is resumable
    std::uint64_t counted_from = 0;
    std::uint32_t handled = 0;
    std::uint64_t trimmed = 0;  // the queue holds the numbers from trimmed + 1 to last
    std::uint64_t last = 0;
    std::uint64_t queue_bytes = 0;
    std::uint64_t welcome = 0;        // the last number of its welcome (backend/store/store.h)
    std::uint64_t welcome_bytes = 0;  // of its welcome, still in the queue
    std::optional<std::int64_t> expires_at;  // ms since 1970; none: not detached

    std::uint64_t queue_size() const { return last - trimmed; }
    SessionRef ref() const;
};

/// The offline messages of a user, counted.
struct SqliteOffline {
    std::uint64_t stanzas = 0;
    std::uint64_t bytes = 0;
    std::uint64_t last = 0;
};

struct SqliteUser {
    std::int64_t id = 0;
    std::string jid;
    bool has_account = false;
    std::uint64_t routes_version = 0;
    std::uint64_t roster_version = 0;
    std::vector<std::string> blocks;
    std::optional<SqliteOffline> offline;  // none: not counted yet
    std::vector<std::unique_ptr<SqliteSession>> sessions;
};

class SqliteUsers {
public:
    explicit SqliteUsers(SqliteDatabase& database);

    /// Pointers stay good until the next clear() or age(), or the removal of what they name.
    SqliteUser* find(const std::string& jid);
    SqliteSession* find(const SessionRef& ref);
    /// `first_version`: where the versions of a new user begin.
    SqliteUser& find_or_add(const std::string& jid, std::uint64_t first_version);
    SqliteOffline& count_offline(SqliteUser& user);

    /// Null: the id or the resource is taken.
    SqliteSession* add_session(SqliteUser& user, Route route, NodeLife owner);
    /// Session, route and queue. The user, too, if nothing is left of it.
    void remove_session(SqliteSession& session);
    /// Forgets a user who has neither account nor session.
    void remove_if_unused(SqliteUser& user);
    void put_route(SqliteSession& session, Route route);

    /// To be said after each change of the members above, but for those with a call of their own.
    void changed(SqliteSession& session) { changed_sessions_.insert(&session); }
    void changed(SqliteUser& user) { changed_users_.insert(&user); }

    /// Writes what has changed; then the rows are as the objects.
    void flush();
    /// Forgets all objects, also those that were never written: after a rollback.
    void clear();
    /// Forgets users that nobody asked for lately, if there are many. After flush().
    void age();

private:
    using Cache = std::unordered_map<std::string, std::unique_ptr<SqliteUser>>;
    /// Two generations of so many users stay in memory.
    static constexpr std::size_t kGeneration = 20'000;

    std::unique_ptr<SqliteUser> load(const std::string& jid);
    void load_sessions(SqliteUser& user);
    void write_route(const SqliteSession& session);

    Cache young_;
    Cache old_;
    std::unordered_set<SqliteSession*> changed_sessions_;
    std::unordered_set<SqliteUser*> changed_users_;

    SqliteStatement find_user_;
    SqliteStatement add_user_;
    SqliteStatement update_user_;
    SqliteStatement delete_user_;
    SqliteStatement find_blocks_;
    SqliteStatement count_offline_;
    SqliteStatement find_sessions_;
    SqliteStatement find_secret_;
    SqliteStatement add_session_;
    SqliteStatement update_session_;
    SqliteStatement delete_session_;
    SqliteStatement delete_route_;
    SqliteStatement delete_queue_;
    SqliteStatement put_route_;
};

/// Lists of texts as one blob: each text with a NUL behind it (XML has none).
std::string join_texts(const std::vector<std::string>& texts);
std::vector<std::string> split_texts(std::string_view joined);

}  // namespace backend
