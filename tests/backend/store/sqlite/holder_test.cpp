// Aim: the operator hears which process keeps the database from the others.

#include "backend/store/sqlite/holder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "backend/store/sqlite/database.h"
#include "tests/support/temp_dir.h"

namespace backend {
namespace {

TEST(SqliteHolder, IsTheProcessWithTheLockOfTheWriter) {
    constexpr std::string_view kLocks =
        "1: POSIX  ADVISORY  READ 21 08:01:77 124 124\n"
        "2: FLOCK  ADVISORY  WRITE 22 08:01:77 0 EOF\n"
        "3: POSIX  ADVISORY  WRITE 23 08:01:78 120 120\n"
        "4: OFDLCK ADVISORY  WRITE -1 08:01:77 120 120\n"
        "5: POSIX  ADVISORY  WRITE 4711 08:01:77 120 120\n"
        "5: -> POSIX  ADVISORY  WRITE 24 08:01:77 120 120\n";
    EXPECT_EQ(sqlite_writer(kLocks, 77), 4711);
    EXPECT_EQ(sqlite_writer(kLocks, 78), 23);
    EXPECT_EQ(sqlite_writer(kLocks, 7), std::nullopt);
}

TEST(SqliteHolder, OfABrokenOrForeignListIsNobody) {
    for (const std::string_view locks :
         {"", "\n\n", "5: POSIX", "5: POSIX  ADVISORY  WRITE 0 08:01:77 120 120",
          "5: POSIX  ADVISORY  WRITE x 08:01:77 120 120"})
        EXPECT_EQ(sqlite_writer(locks, 77), std::nullopt) << locks;
}

TEST(SqliteHolder, IsSeenWhileItWrites) {
    const ::test::TempDir folder;
    const auto path = folder.file("state.db");
    EXPECT_EQ(sqlite_holder(path), "");
    const auto database = SqliteDatabase::open(path);
    ASSERT_TRUE(database);
    EXPECT_EQ(sqlite_holder(path), "");
    database.value()->begin(SqliteDatabase::Sync::none,
                            std::chrono::steady_clock::now() + SqliteDatabase::kPatience);
    EXPECT_EQ(sqlite_holder(path),
              "process " + std::to_string(::getpid()) + " works and keeps " + path);
    EXPECT_TRUE(database.value()->commit());
    EXPECT_EQ(sqlite_holder(path), "");
}

}  // namespace
}  // namespace backend
