// Several processes on one database of the embedded store: what holds of them beyond the suite that
// every store keeps (store_suite.h), which runs with an engine for each node, too.

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "backend/store/sqlite/store.h"
#include "tests/backend/node/slow_disk.h"
#include "tests/backend/store/sqlite/on_file.h"
#include "tests/backend/store/store_suite.h"
#include "tests/support/run_loop.h"
#include "tests/support/temp_dir.h"

using namespace backend;
using namespace std::chrono_literals;
using test::commit_of;
using test::is;
using test::SqliteOnFile;

namespace {

using test::kAnna;
using test::kBert;

/// Somebody who keeps the database to himself, as a process that is stopped in the middle of it.
class Hog {
public:
    Hog(const std::string& path, const char* how) {
        EXPECT_EQ(sqlite3_open_v2(path.c_str(), &raw_, SQLITE_OPEN_READWRITE, nullptr), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(raw_, how, nullptr, nullptr, nullptr), SQLITE_OK);
    }
    ~Hog() { sqlite3_close(raw_); }
    Hog(const Hog&) = delete;
    Hog& operator=(const Hog&) = delete;
    void let_go() { sqlite3_exec(raw_, "COMMIT", nullptr, nullptr, nullptr); }

private:
    sqlite3* raw_ = nullptr;
};

/// Waits until somebody has the turn, so that nobody else is before him when the database is free.
bool becomes_next(const std::string& path) {
    const core::Fd turn(::open((path + "-turn").c_str(), O_RDWR | O_CLOEXEC));
    const auto deadline = core::Clock::now() + 10s;
    while (core::Clock::now() < deadline) {
        if (::flock(turn.get(), LOCK_EX | LOCK_NB) != 0) return errno == EWOULDBLOCK;
        ::flock(turn.get(), LOCK_UN);
        std::this_thread::yield();
    }
    return false;
}

/// A process with the node "a" and two sessions of anna's, of which one can be resumed.
class Process {
public:
    /// Forks before anybody here opens the database: SQLite must not be carried over a fork.
    Process(const std::string& path, const SessionRef& resumable, const SessionRef& plain) {
        EXPECT_EQ(::pipe(orders_), 0);
        EXPECT_EQ(::pipe(reports_), 0);
        child_ = ::fork();
        if (child_ == 0) serve(path, resumable, plain);
    }
    ~Process() {
        kill();
        for (const int end : {orders_[0], orders_[1], reports_[0], reports_[1]}) ::close(end);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// Returns when the sessions are there.
    void start() const {
        char byte = 0;
        EXPECT_EQ(::write(orders_[1], "g", 1), 1);
        EXPECT_EQ(::read(reports_[0], &byte, 1), 1);
    }
    void kill() {
        if (child_ <= 0) return;
        ::kill(child_, SIGKILL);
        ::waitpid(std::exchange(child_, -1), nullptr, 0);
    }

private:
    [[noreturn]] void serve(const std::string& path, const SessionRef& resumable,
                            const SessionRef& plain) const {
        char byte = 0;
        if (::read(orders_[0], &byte, 1) != 1) ::_exit(1);
        SqliteOnFile engine(path);
        test::TestNode a(engine, "a");
        a.open(resumable, "phone");
        a.commit(commit_of(resumable, {EnableSm{true, 300s}}));
        a.open(plain, "tablet");
        if (::write(reports_[1], &byte, 1) != 1) ::_exit(1);
        for (;;) {
            a.renew_lease();
            ::usleep(500'000);
        }
    }

    int orders_[2];
    int reports_[2];
    pid_t child_ = -1;
};

class SqliteProcesses : public testing::Test {
protected:
    SqliteProcesses() {
        EXPECT_TRUE(b_.add_account(kAnna));
        EXPECT_TRUE(b_.add_account(kBert));
        EXPECT_TRUE(is<Done>(b_.open(bert_, "desk")));
    }

    const SessionRef anna_ = test::ref(kAnna, "anna-1");
    const SessionRef plain_ = test::ref(kAnna, "anna-2");
    const SessionRef bert_ = test::ref(kBert, "bert-1");
    const test::TempDir folder_;
    const std::string path_ = folder_.file("state.db");
    Process process_{path_, anna_, plain_};
    SqliteOnFile engine_{path_};
    test::TestNode b_{engine_, "b"};
};

}  // namespace

TEST_F(SqliteProcesses, AnyResumesASessionOfAProcessThatWasKilled) {
    process_.start();
    process_.kill();
    // What is sent before anybody has noticed is kept.
    ASSERT_TRUE(is<Done>(b_.commit(commit_of(bert_, {Enqueue{anna_, "m1"}}))));
    const auto taken = b_.take(anna_, TakeReason::resume);
    ASSERT_TRUE(is<TakenSession>(taken));
    ASSERT_EQ(std::get<TakenSession>(taken).queue.size(), 1U);
    EXPECT_EQ(std::get<TakenSession>(taken).queue[0].bytes, "m1");
}

TEST_F(SqliteProcesses, AKilledProcessIsNoticedWithinFiveSeconds) {
    process_.start();
    EXPECT_TRUE(b_.find_expired().empty());
    process_.kill();
    const auto killed = core::Clock::now();
    auto expired = b_.find_expired();
    while (expired.empty() && core::Clock::now() - killed < 6s) {
        ::usleep(50'000);
        b_.renew_lease();
        expired = b_.find_expired();
    }
    EXPECT_LT(core::Clock::now() - killed, 5s);
    ASSERT_EQ(expired.size(), 1U);  // the other one can be resumed
    EXPECT_TRUE(expired[0] == plain_);
}

TEST_F(SqliteProcesses, ANodeThatStartsAgainEndsItsFormerLifeAtOnce) {
    process_.start();
    process_.kill();
    SqliteOnFile engine(path_);
    test::TestNode a(engine, "a");
    ASSERT_EQ(a.find_expired().size(), 1U);
    EXPECT_TRUE(is<TakenSession>(a.take(plain_, TakeReason::expire)));
}

TEST_F(SqliteProcesses, AStoppedProcessWakesUpFencedAndHearsWhatItHasMissed) {
    SqliteOnFile engine(path_);
    test::TestNode a(engine, "a");
    ASSERT_TRUE(is<Done>(a.open(anna_, "phone")));
    ASSERT_TRUE(is<Done>(a.commit(commit_of(anna_, {EnableSm{true, 300s}}))));
    a.heard();
    // Its loop does not turn.
    ASSERT_TRUE(is<Done>(b_.commit(commit_of(bert_, {Enqueue{anna_, "m1"}}))));
    ASSERT_TRUE(is<TakenSession>(b_.take(anna_, TakeReason::resume)));
    ASSERT_TRUE(is<Done>(b_.commit(commit_of(bert_, {Enqueue{anna_, "m2"}}))));
    EXPECT_TRUE(is<Fenced>(a.commit(commit_of(anna_, {Enqueue{bert_, "late"}}))));
    const auto heard = a.heard();
    ASSERT_EQ(heard.size(), 2U);
    EXPECT_EQ(heard[0].what, test::Heard::What::queued);
    EXPECT_EQ(heard[1].what, test::Heard::What::taken);
    ASSERT_EQ(b_.queued(anna_).size(), 1U);
}

TEST_F(SqliteProcesses, ANodeIsWokenByWhatAnotherProcessWrites) {
    SqliteOnFile engine(path_);
    test::TestNode a(engine, "a");
    ASSERT_TRUE(is<Done>(a.open(anna_, "phone")));
    ASSERT_TRUE(is<Done>(b_.commit(commit_of(bert_, {Enqueue{anna_, "m"}}))));
    const auto sent = core::Clock::now();
    ASSERT_TRUE(test::run_until(a.loop(), [&] { return a.has_heard(); }));
    EXPECT_LT(core::Clock::now() - sent, 1s);
}

TEST_F(SqliteProcesses, NothingIsLostDoubledOrReorderedBetweenBusyOnes) {
    constexpr int kMessages = 300;
    SqliteOnFile engine(path_);
    test::TestNode a(engine, "a");
    ASSERT_TRUE(is<Done>(a.open(anna_, "phone")));
    // b never pauses, and each gets its turn all the same.
    std::atomic<bool> is_done = false;
    std::thread busy([&] {
        for (int i = 0; i < kMessages || !is_done; ++i) {
            std::vector<Write> writes;
            if (i < kMessages) writes.push_back(Enqueue{anna_, std::to_string(i)});
            writes.push_back(PutVcard{kBert, std::to_string(i)});
            ASSERT_TRUE(is<Done>(b_.commit(commit_of(bert_, std::move(writes)))));
        }
    });
    std::chrono::nanoseconds longest{0};
    for (int i = 0; i < kMessages; ++i) {
        const auto asked = core::Clock::now();
        EXPECT_TRUE(is<Done>(a.commit(commit_of(anna_, {PutVcard{kAnna, "v"}}))));
        longest = std::max<std::chrono::nanoseconds>(longest, core::Clock::now() - asked);
    }
    is_done = true;
    busy.join();
    EXPECT_LT(longest, 2s);
    const auto queued = a.queued(anna_);
    ASSERT_EQ(queued.size(), static_cast<std::size_t>(kMessages));
    for (int i = 0; i < kMessages; ++i) {
        const auto& stanza = queued[static_cast<std::size_t>(i)];
        EXPECT_EQ(stanza.bytes, std::to_string(i));
        EXPECT_EQ(stanza.number, static_cast<std::uint64_t>(i) + 1);
    }
}

TEST(SqliteDatabase, WhoWaitsIsNextHoweverBusyAnotherOneIs) {
    const test::TempDir folder;
    const auto path = folder.file("state.db");
    const auto busy = SqliteDatabase::open(path);
    const auto patient = SqliteDatabase::open(path);
    ASSERT_TRUE(busy.has_value() && patient.has_value());
    std::atomic<bool> is_done = false;
    std::atomic<unsigned> rounds = 0;
    // It comes back before anybody who sleeps a little has seen the lock free.
    std::thread never_pauses([&] {
        while (!is_done) {
            busy.value()->begin(SqliteDatabase::Sync::none, core::Clock::now() + 10s);
            ::usleep(2'000);  // a slow disk
            EXPECT_TRUE(busy.value()->commit());
            ++rounds;
        }
    });
    std::vector<unsigned> missed;
    while (missed.size() < 15) {
        unsigned before = rounds;
        while (rounds == before) std::this_thread::yield();  // or we would be the busy one
        before = rounds;
        patient.value()->begin(SqliteDatabase::Sync::none, core::Clock::now() + 10s);
        missed.push_back(rounds - before);
        EXPECT_TRUE(patient.value()->commit());
    }
    is_done = true;
    never_pauses.join();
    // Once with the turn, dozens of times without. The median, for the machine may stop us before
    // we get in line.
    std::nth_element(missed.begin(), missed.begin() + 7, missed.end());
    EXPECT_LE(missed[7], 10U);
}

TEST_F(SqliteProcesses, WaitsForOneThatHoldsTheDatabase) {
    Hog hog(path_, "BEGIN IMMEDIATE");
    std::thread later([&] {
        EXPECT_TRUE(becomes_next(path_));
        hog.let_go();
    });
    EXPECT_TRUE(is<Done>(b_.commit(commit_of(bert_, {PutVcard{kBert, "v"}}))));
    later.join();
}

TEST_F(SqliteProcesses, WhatWaitsForOneThatStaysIsRefusedInTime) {
    constexpr auto kPatience = 2'000ms;
    SqliteOnFile engine(path_, kPatience);
    SqliteOnFile rivals(path_, kPatience);
    test::TestNode c(engine, "c");
    test::TestNode rival(rivals, "rival");
    c.renew_lease();
    rival.renew_lease();
    Hog hog(path_, "BEGIN IMMEDIATE");

    // Two processes ask all the time, and each request has a patience of its own.
    constexpr int kTimes = 30;
    std::vector<int> refused;
    core::Clock::duration longest{0};
    for (int i = 0; i < kTimes; ++i) {
        const auto on_answer = [&, i, asked = core::Clock::now()](const auto& answer) {
            longest = std::max(longest, core::Clock::now() - asked);
            EXPECT_EQ(std::get<StoreError>(answer), StoreError::not_asked);
            refused.push_back(i);
        };
        rival.store().renew_lease([](const auto&) {});
        rival.loop().run_once();
        if (i % 3 == 0)
            c.store().renew_lease(on_answer);
        else
            c.store().list_accounts(on_answer);
        const auto pause = core::Clock::now() + 100ms;
        test::run_until(c.loop(), [&] { return core::Clock::now() >= pause; });
    }
    EXPECT_TRUE(c.store().silent_since());
    ASSERT_TRUE(test::run_until(c.loop(), [&] { return refused.size() == kTimes; }));
    EXPECT_TRUE(std::is_sorted(refused.begin(), refused.end()));
    // A lease and a round that waited one behind the other, and behind those of the rival, took
    // three times as long.
    EXPECT_LT(longest, kPatience + 1'500ms);
    EXPECT_TRUE(c.store().silent_since()) << "to refuse is no answer";

    hog.let_go();
    EXPECT_EQ(c.list_accounts().size(), 2U);
    EXPECT_FALSE(c.store().silent_since());
}

TEST_F(SqliteProcesses, OneThatIsStoppedInTheLineHoldsNobodyUp) {
    const core::Fd turn(::open((path_ + "-turn").c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(turn.get(), LOCK_EX), 0);
    const auto began = core::Clock::now();
    for (int i = 0; i < 5; ++i)
        EXPECT_TRUE(is<Done>(b_.commit(commit_of(bert_, {PutVcard{kBert, "v"}}))));
    EXPECT_LT(core::Clock::now() - began, 8s) << "the line is waited for once";
}

TEST_F(SqliteProcesses, WhoCouldNotReachTheDatabaseDoesNotJudgeOthersByTheirSilence) {
    SqliteOnFile engine(path_);
    test::TestNode a(engine, "a");
    ASSERT_TRUE(is<Done>(a.open(anna_, "phone")));
    engine_.advance(4'500ms);  // nobody has renewed a lease, as far as b can see
    b_.renew_lease();
    EXPECT_TRUE(b_.find_expired().empty());
}

TEST(SqliteEngine, WaitsForTheDiskBeforeItConfirmsAndNotForALease) {
    auto& disk = test::SlowDisk::install();
    const test::TempDir folder;
    SqliteOnFile engine(folder.file("state.db"));
    test::TestNode node(engine, "a");
    ASSERT_TRUE(node.add_account(kAnna));
    const SessionRef session = test::ref(kAnna, "anna-1");
    ASSERT_TRUE(is<Done>(node.open(session, "phone")));
    for (int i = 0; i < 3; ++i) {
        const int before = disk.syncs;
        node.renew_lease();
        EXPECT_EQ(disk.syncs, before);
        ASSERT_TRUE(is<Done>(node.commit(commit_of(session, {PutVcard{kAnna, "v"}}))));
        EXPECT_EQ(disk.syncs, before + 1);
    }
}

TEST(SqliteEngine, RefusesAFileThatAnotherProgramHolds) {
    const test::TempDir folder;
    const auto path = folder.file("state.db");
    { const SqliteOnFile engine(path); }
    const Hog hog(path, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT");
    const auto opened = SqliteEngine::open(path);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error(), path + ": held by another process; end it, or wait until it is done");
}
