#pragma once
// What SqliteLedger asks of each table of the database, as prepared statements. What they mean is
// said there; users and sessions have theirs in SqliteUsers. The engine's thread only.

#include "backend/store/sqlite/database.h"

namespace backend {

struct SqliteAccounts {
    explicit SqliteAccounts(SqliteDatabase& database);
    SqliteStatement find;
    SqliteStatement put;
    SqliteStatement remove;
    SqliteStatement list;
};

struct SqliteRoster {
    explicit SqliteRoster(SqliteDatabase& database);
    SqliteStatement find;
    SqliteStatement put;
    SqliteStatement remove;
    SqliteStatement remove_all;  // of a user, as in all that follow
};

struct SqliteBlocks {
    explicit SqliteBlocks(SqliteDatabase& database);
    SqliteStatement put;
    SqliteStatement remove;
};

struct SqliteVcards {
    explicit SqliteVcards(SqliteDatabase& database);
    SqliteStatement find;
    SqliteStatement put;
    SqliteStatement remove;
};

struct SqliteSecrets {
    explicit SqliteSecrets(SqliteDatabase& database);
    SqliteStatement put;  // unless it is there
    SqliteStatement find;
};

struct SqliteOfflineMessages {
    explicit SqliteOfflineMessages(SqliteDatabase& database);
    SqliteStatement add;
    SqliteStatement find;
    SqliteStatement remove_all;
};

struct SqliteQueue {
    explicit SqliteQueue(SqliteDatabase& database);
    SqliteStatement add;
    SqliteStatement find;  // behind a number
    SqliteStatement sum;   // bytes up to a number
    SqliteStatement trim;
};

/// Sessions whose time is over.
struct SqliteOver {
    explicit SqliteOver(SqliteDatabase& database);
    SqliteStatement expired;  // detached ones
    SqliteStatement lapsed;   // those of a life without a lease
};

}  // namespace backend
