#include "backend/store/sqlite/tables.h"

namespace backend {

SqliteAccounts::SqliteAccounts(SqliteDatabase& database)
    : find(database,
           "SELECT sha1_salt, sha1_iterations, sha1_stored, sha1_server, sha256_salt,"
           " sha256_iterations, sha256_stored, sha256_server"
           " FROM accounts JOIN users ON user = id WHERE jid = ?"),
      put(database,
          "INSERT OR REPLACE INTO accounts (user, sha1_salt, sha1_iterations, sha1_stored,"
          " sha1_server, sha256_salt, sha256_iterations, sha256_stored, sha256_server)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      remove(database, "DELETE FROM accounts WHERE user = ?"),
      list(database, "SELECT jid FROM accounts JOIN users ON user = id ORDER BY jid") {}

SqliteRoster::SqliteRoster(SqliteDatabase& database)
    : find(database,
           "SELECT jid, name, groups, subscription, ask, approved, pending_in, is_listed,"
           " changed_at FROM roster WHERE user = ?"),
      put(database,
          "INSERT OR REPLACE INTO roster (user, jid, name, groups, subscription, ask,"
          " approved, pending_in, is_listed, changed_at)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      remove(database, "DELETE FROM roster WHERE user = ? AND jid = ?"),
      remove_all(database, "DELETE FROM roster WHERE user = ?") {}

SqliteBlocks::SqliteBlocks(SqliteDatabase& database)
    : put(database, "INSERT OR REPLACE INTO blocks (user, jids) VALUES (?, ?)"),
      remove(database, "DELETE FROM blocks WHERE user = ?") {}

SqliteVcards::SqliteVcards(SqliteDatabase& database)
    : find(database, "SELECT bytes FROM vcards JOIN users ON user = id WHERE jid = ?"),
      put(database, "INSERT OR REPLACE INTO vcards (user, bytes) VALUES (?, ?)"),
      remove(database, "DELETE FROM vcards WHERE user = ?") {}

SqliteSecrets::SqliteSecrets(SqliteDatabase& database)
    : put(database, "INSERT OR IGNORE INTO secrets (name, bytes) VALUES (?, ?)"),
      find(database, "SELECT bytes FROM secrets WHERE name = ?") {}

SqliteOfflineMessages::SqliteOfflineMessages(SqliteDatabase& database)
    : add(database, "INSERT INTO offline (user, number, stanza) VALUES (?, ?, ?)"),
      find(database, "SELECT stanza FROM offline WHERE user = ? ORDER BY number"),
      remove_all(database, "DELETE FROM offline WHERE user = ?") {}

SqliteQueue::SqliteQueue(SqliteDatabase& database)
    : add(database, "INSERT INTO queue (session, number, stanza) VALUES (?, ?, ?)"),
      find(database,
           "SELECT number, stanza FROM queue WHERE session = ? AND number > ? ORDER BY number"),
      sum(database, "SELECT sum(length(stanza)) FROM queue WHERE session = ? AND number <= ?"),
      trim(database, "DELETE FROM queue WHERE session = ? AND number <= ?") {}

SqliteOver::SqliteOver(SqliteDatabase& database)
    : expired(database,
              "SELECT jid, secret FROM sessions JOIN users ON users.id = user"
              " WHERE expires_at <= ? ORDER BY expires_at LIMIT ?"),
      lapsed(database,
             "SELECT jid, secret FROM sessions JOIN users ON users.id = user"
             " WHERE owner = ? AND expires_at IS NULL AND resume_ms <= ? LIMIT ?") {}

}  // namespace backend
