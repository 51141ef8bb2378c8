#pragma once
// One SQLite database, which other processes of the machine may have open, too, and statements kept
// prepared. Errors stick, as in a stream: after the first one every statement does nothing until
// rollback(). One thread at a time.

#include <sqlite3.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "backend/store/sqlite/turn.h"
#include "backend/store/store.h"
#include "core/handle.h"
#include "core/result.h"

namespace backend {

class SqliteDatabase {
public:
    /// Opens or creates `path` (0600; so are the files beside it) in the newest version of the
    /// schema. The error says in words why that cannot be: held by another process, of a newer
    /// version, not a database, no right.
    static core::Result<std::unique_ptr<SqliteDatabase>, std::string> open(const std::string& path);

    /// Whether what is written survives a loss of power, or only the death of the process.
    enum class Sync { none, full };
    /// Begins to read and write, alone: waits in turn until no other process does. One that keeps
    /// it until then, stopped or on a dead disk, is an error: `not_asked`.
    void begin(Sync sync, std::chrono::steady_clock::time_point until);
    static constexpr std::chrono::milliseconds kPatience{10'000};
    /// False: nothing of the transaction is there, error() says why; rollback() is next.
    bool commit();
    /// Undoes what was done since begin() and forgets the error.
    void rollback();

    /// Why statements do nothing any more; none: all is well.
    std::optional<StoreError> error() const { return error_; }
    /// Notes a result of SQLite that is an error. Only the first one counts.
    void fail(int code);

    sqlite3* raw() const { return raw_.get(); }

private:
    explicit SqliteDatabase(sqlite3* raw) : raw_(raw) {}
    std::string execute(const char* sql);  // what SQLite says about it; empty: done
    std::string prepare_schema();          // the same
    std::int64_t read_integer(const char* sql);
    bool is_file_gone() const;
    bool has_patience(int tries);
    void take_turn(std::chrono::steady_clock::time_point until);

    core::Handle<sqlite3, &sqlite3_close> raw_;
    SqliteTurn turn_;
    bool is_line_stuck_ = false;  // who is next does not go on
    Sync sync_ = Sync::full;
    std::chrono::steady_clock::time_point waits_until_;  // where it does not begin: kPatience
    bool is_beginning_ = false;
    std::optional<StoreError> error_;
};

/// A statement, prepared once. A use is: bind in the order of the question marks, then run() or
/// next() until it is false (or close()).
class SqliteStatement {
public:
    SqliteStatement(SqliteDatabase& database, std::string_view sql);

    /// Starts over: binds these values to the first question marks. Texts and blobs must live until
    /// the last run() or next().
    template <class... Values>
    SqliteStatement& with(const Values&... values) {
        sqlite3_reset(raw_.get());
        int at = 0;
        (bind(++at, values), ...);
        return *this;
    }
    /// Runs a statement without rows.
    void run() {
        while (next()) {
        }
    }
    /// Goes to the next row; false: there is none, or an error.
    bool next();

    /// Ends a use before all rows were read; otherwise the statement would keep its snapshot.
    void close() { sqlite3_reset(raw_.get()); }

    std::int64_t integer(int column) const { return sqlite3_column_int64(raw_.get(), column); }
    bool is_null(int column) const {
        return sqlite3_column_type(raw_.get(), column) == SQLITE_NULL;
    }
    /// A text or blob, valid until the next call on this statement.
    std::string_view bytes(int column) const;
    std::string string(int column) const { return std::string(bytes(column)); }

private:
    void bind(int at, std::int64_t value) { sqlite3_bind_int64(raw_.get(), at, value); }
    void bind(int at, std::uint64_t value) { bind(at, static_cast<std::int64_t>(value)); }
    void bind(int at, int value) { bind(at, static_cast<std::int64_t>(value)); }
    void bind(int at, std::uint32_t value) { bind(at, static_cast<std::int64_t>(value)); }
    void bind(int at, bool value) { bind(at, static_cast<std::int64_t>(value)); }
    void bind(int at, std::string_view blob);
    void bind(int at, const std::string& blob) { bind(at, std::string_view(blob)); }
    template <class Value>
    void bind(int at, const std::optional<Value>& value) {
        if (value)
            bind(at, static_cast<std::int64_t>(*value));
        else
            sqlite3_bind_null(raw_.get(), at);
    }

    SqliteDatabase& database_;
    core::Handle<sqlite3_stmt, &sqlite3_finalize> raw_;
};

}  // namespace backend
