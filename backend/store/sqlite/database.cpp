#include "backend/store/sqlite/database.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace backend {

namespace {

/// Kept in the file (PRAGMA user_version). A later one is reached by the steps between.
constexpr int kSchemaVersion = 3;

/// Each step makes the schema of its number + 1 out of that of its number.
constexpr const char* kSchemaSteps[kSchemaVersion] = {R"(
CREATE TABLE users (                     -- has a row while there is an account or a session
    id INTEGER PRIMARY KEY, jid BLOB NOT NULL UNIQUE,
    routes_version INTEGER NOT NULL, roster_version INTEGER NOT NULL);
CREATE TABLE accounts (
    user INTEGER PRIMARY KEY,
    sha1_salt BLOB, sha1_iterations INTEGER, sha1_stored BLOB, sha1_server BLOB,
    sha256_salt BLOB, sha256_iterations INTEGER, sha256_stored BLOB, sha256_server BLOB);
CREATE TABLE roster (
    user INTEGER, jid BLOB, name BLOB, groups BLOB, subscription INTEGER, ask INTEGER,
    approved INTEGER, pending_in BLOB, is_listed INTEGER, changed_at INTEGER,
    PRIMARY KEY (user, jid)) WITHOUT ROWID;
CREATE TABLE blocks (user INTEGER PRIMARY KEY, jids BLOB);
CREATE TABLE vcards (user INTEGER PRIMARY KEY, bytes BLOB);
CREATE TABLE offline (
    user INTEGER, number INTEGER, stanza BLOB, PRIMARY KEY (user, number)) WITHOUT ROWID;
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, user INTEGER NOT NULL, secret BLOB NOT NULL UNIQUE,
    resource BLOB NOT NULL,
    owner INTEGER NOT NULL,              -- a node's life; 0: none
    epoch INTEGER, has_sm INTEGER, is_resumable INTEGER, resume_ms INTEGER,
    counted_from INTEGER, handled INTEGER, is_inactive INTEGER,
    trimmed INTEGER, last INTEGER, queue_bytes INTEGER,
    expires_at INTEGER,                  -- ms since 1970; NULL: it has an owner
    UNIQUE (user, resource));
CREATE INDEX sessions_by_owner ON sessions (owner);
CREATE INDEX sessions_by_end ON sessions (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE routes (
    session INTEGER PRIMARY KEY, node BLOB, priority INTEGER, presence BLOB,
    wants_roster INTEGER, wants_blocks INTEGER, carbons INTEGER, directed BLOB);
CREATE TABLE queue (                     -- small rows, cut off by range at the front
    session INTEGER, number INTEGER, stanza BLOB, PRIMARY KEY (session, number)) WITHOUT ROWID;
)",
                                                      R"(
CREATE TABLE secrets (name BLOB PRIMARY KEY, bytes BLOB) WITHOUT ROWID;
ALTER TABLE sessions ADD COLUMN welcome INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN welcome_bytes INTEGER NOT NULL DEFAULT 0;
)",
                                                      R"(
CREATE TABLE lives (                     -- nodes that live, in all processes
    life INTEGER PRIMARY KEY, name BLOB NOT NULL, lease INTEGER NOT NULL);
CREATE TABLE mail (                      -- for nodes of other processes than the one that wrote it
    number INTEGER PRIMARY KEY AUTOINCREMENT, life INTEGER NOT NULL, kind INTEGER NOT NULL,
    user BLOB, secret BLOB, epoch INTEGER, session INTEGER, queued INTEGER, condition BLOB);
CREATE INDEX mail_by_life ON mail (life, number);
UPDATE sessions SET owner = 0,           -- before, all nodes were of one process, which has ended
    expires_at = ifnull(expires_at, unixepoch() * 1000 + resume_ms) WHERE owner <> 0;
)"};

/// FULL: a commit is confirmed to clients as saved, so it must be on the disk, not only in the
/// page cache, when the machine loses power; one sync serves a whole round. Pages of the queue are
/// written again and again, so a log of 16 MiB spares most of their copies into the database.
constexpr const char* kSettings = R"(
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
PRAGMA wal_autocheckpoint = 4000;
PRAGMA journal_size_limit = 33554432;
PRAGMA cache_size = -8192;
PRAGMA temp_store = MEMORY;
)";

/// Makes an empty file that only its owner reads. An existing one is left alone, unopened: closing
/// it again would give up the locks which this process holds on it (POSIX).
std::string create_private(const std::string& path) {
    const core::Fd made(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (made || errno == EEXIST) return {};
    return std::system_category().message(errno);
}

/// How long the database may be held by another process while it is opened.
constexpr int kOpeningPatienceMs = 2'000;

StoreError error_of(int code) {
    switch (code & 0xff) {
        case SQLITE_FULL:
        case SQLITE_READONLY:
        case SQLITE_PERM: return StoreError::full;
        case SQLITE_BUSY: return StoreError::not_asked;  // only who begins may find it so
        case SQLITE_IOERR:
        case SQLITE_LOCKED:
        case SQLITE_CANTOPEN:
        case SQLITE_NOMEM: return StoreError::unavailable;
        default: return StoreError::broken;
    }
}

}  // namespace

core::Result<std::unique_ptr<SqliteDatabase>, std::string> SqliteDatabase::open(
    const std::string& path) {
    if (const auto problem = create_private(path); !problem.empty())
        return core::fail(path + ": " + problem);
    sqlite3* raw = nullptr;
    const int code =
        sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
    std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(raw));
    if (code != SQLITE_OK) return core::fail(path + ": " + sqlite3_errstr(code));
    sqlite3_busy_timeout(raw, kOpeningPatienceMs);
    if (const auto problem = database->prepare_schema(); !problem.empty())
        return core::fail(path + ": " + problem);
    auto turn = SqliteTurn::open(path + "-turn");
    if (!turn) return core::fail(turn.error());
    database->turn_ = std::move(turn).value();
    sqlite3_busy_handler(
        raw,
        [](void* self, int tries) -> int {
            return static_cast<SqliteDatabase*>(self)->has_patience(tries);
        },
        database.get());
    return database;
}

std::string SqliteDatabase::execute(const char* sql) {
    const int code = sqlite3_exec(raw_.get(), sql, nullptr, nullptr, nullptr);
    if (code == SQLITE_OK) return {};
    if ((code & 0xff) == SQLITE_BUSY)
        return "held by another process; end it, or wait until it is done";
    return sqlite3_errmsg(raw_.get());
}

std::int64_t SqliteDatabase::read_integer(const char* sql) {
    SqliteStatement read(*this, sql);
    return read.next() ? read.integer(0) : 0;
}

std::string SqliteDatabase::prepare_schema() {
    sqlite3_extended_result_codes(raw_.get(), 1);
    if (auto problem = execute(kSettings); !problem.empty()) return problem;
    if (auto problem = execute("BEGIN IMMEDIATE"); !problem.empty()) return problem;
    const auto version = read_integer("PRAGMA user_version");
    const auto tables = read_integer("SELECT count(*) FROM sqlite_schema");
    if (error_) return sqlite3_errmsg(raw_.get());
    if (version == 0 && tables != 0) return "a database of another program";
    if (version < 0 || version > kSchemaVersion)
        return "its version is " + std::to_string(version) + ", this program knows versions to " +
               std::to_string(kSchemaVersion);
    for (auto step = version; step < kSchemaVersion; ++step)
        if (auto problem = execute(kSchemaSteps[step]); !problem.empty()) return problem;
    const auto note = "PRAGMA user_version = " + std::to_string(kSchemaVersion) + "; COMMIT";
    return execute(note.c_str());
}

void SqliteDatabase::begin(Sync sync, std::chrono::steady_clock::time_point until) {
    if (error_) return;
    if (sync != sync_) {
        const char* how =
            sync == Sync::full ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
        const int code = sqlite3_exec(raw_.get(), how, nullptr, nullptr, nullptr);
        if (code != SQLITE_OK) return fail(code);
        sync_ = sync;
    }
    // A busy process would take SQLite's lock again before a sleeping one sees it free. So a
    // process first takes the turn, for which the kernel keeps a line, and only one waits for the
    // lock.
    take_turn(until);
    waits_until_ = until;
    is_beginning_ = true;
    fail(sqlite3_exec(raw_.get(), "BEGIN IMMEDIATE", nullptr, nullptr, nullptr));
    is_beginning_ = false;
    turn_.give_back();
}

/// The line is for fairness alone. So when the one who is next has been stopped, the others go on
/// without it.
void SqliteDatabase::take_turn(std::chrono::steady_clock::time_point until) {
    constexpr std::chrono::milliseconds kInLine{2'000};
    constexpr std::chrono::milliseconds kInStuckLine{20};
    const auto patience = is_line_stuck_ ? kInStuckLine : kInLine;
    is_line_stuck_ = !turn_.take(std::min(until, std::chrono::steady_clock::now() + patience));
}

/// Sleeps a little, as long as there is any.
bool SqliteDatabase::has_patience(int tries) {
    const auto now = std::chrono::steady_clock::now();
    if (tries == 0 && !is_beginning_) waits_until_ = now + kPatience;
    if (now >= waits_until_) return false;
    constexpr int kShortNaps = 50;
    ::usleep(tries < kShortNaps ? 100 : 1'000);
    return true;
}

/// The file at our path is another one, or gone: nobody would find again what is saved here.
bool SqliteDatabase::is_file_gone() const {
    int has_moved = 0;
    sqlite3_file_control(raw_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
    return has_moved != 0;
}

bool SqliteDatabase::commit() {
    if (!error_ && is_file_gone()) fail(SQLITE_CANTOPEN);
    if (!error_) fail(sqlite3_exec(raw_.get(), "COMMIT", nullptr, nullptr, nullptr));
    return !error_;
}

void SqliteDatabase::rollback() {
    // Some errors have rolled back by themselves; a second time is an error without consequence.
    if (sqlite3_get_autocommit(raw_.get()) == 0)
        sqlite3_exec(raw_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    error_.reset();
}

void SqliteDatabase::fail(int code) {
    if (code != SQLITE_OK && !error_) error_ = error_of(code);
}

SqliteStatement::SqliteStatement(SqliteDatabase& database, std::string_view sql)
    : database_(database) {
    sqlite3_stmt* raw = nullptr;
    database_.fail(sqlite3_prepare_v3(database_.raw(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr));
    raw_.reset(raw);
}

bool SqliteStatement::next() {
    if (database_.error()) {
        sqlite3_reset(raw_.get());
        return false;
    }
    const int code = sqlite3_step(raw_.get());
    if (code == SQLITE_ROW) return true;
    sqlite3_reset(raw_.get());
    if (code != SQLITE_DONE) database_.fail(code);
    return false;
}

std::string_view SqliteStatement::bytes(int column) const {
    const void* data = sqlite3_column_blob(raw_.get(), column);
    const int size = sqlite3_column_bytes(raw_.get(), column);
    return {static_cast<const char*>(data), static_cast<std::size_t>(size)};
}

void SqliteStatement::bind(int at, std::string_view blob) {
    // An empty view may have no address, which SQLite would take for NULL.
    sqlite3_bind_blob64(raw_.get(), at, blob.empty() ? "" : blob.data(), blob.size(),
                        SQLITE_STATIC);
}

}  // namespace backend
