#include "backend/store/sqlite/store.h"

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <filesystem>

#include "tests/backend/store/sqlite/on_file.h"
#include "tests/backend/store/store_suite.h"
#include "tests/support/run_loop.h"
#include "tests/support/temp_dir.h"

using namespace backend;
using namespace std::chrono_literals;
using test::SqliteOnFile;

namespace {

class SqliteUnderTest : public test::EngineUnderTest {
public:
    std::unique_ptr<Store> attach(core::EventLoop& loop, NodeName name,
                                  StoreEvents& events) override {
        if (!engine_) engine_ = open();
        return std::make_unique<SqliteStore>(engine_, loop, std::move(name), events);
    }
    void advance(std::chrono::milliseconds time) override { now_ms_ += time.count(); }

protected:
    std::shared_ptr<SqliteEngine> open() {
        auto opened = SqliteEngine::open(folder_.file("state.db"), [this] {
            return std::chrono::system_clock::time_point(std::chrono::milliseconds(now_ms_));
        });
        EXPECT_TRUE(opened.has_value()) << opened.error();
        return std::move(opened).value();
    }

private:
    const test::TempDir folder_;
    std::atomic<std::int64_t> now_ms_{1'700'000'000'000};
    std::shared_ptr<SqliteEngine> engine_;
};

/// Each node has an engine of its own on the same file, as nodes of several processes have.
class SqliteApart final : public SqliteUnderTest {
public:
    std::unique_ptr<Store> attach(core::EventLoop& loop, NodeName name,
                                  StoreEvents& events) override {
        return std::make_unique<SqliteStore>(open(), loop, std::move(name), events);
    }
};

using test::kAnna;
const SessionRef kSession = test::ref(kAnna, "secret-of-anna");

Commit commit_of(std::vector<Write> writes, Epoch epoch = 1) {
    return {.session = kSession, .epoch = epoch, .handled = {}, .writes = std::move(writes)};
}

void run_sql(const std::string& path, const char* sql) {
    sqlite3* raw = nullptr;
    constexpr int kFlags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    ASSERT_EQ(sqlite3_open_v2(path.c_str(), &raw, kFlags, "unix"), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(raw);
    sqlite3_close(raw);
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreSuite, testing::Values(test::EngineMaker([] {
                             return std::make_unique<SqliteUnderTest>();
                         })));
INSTANTIATE_TEST_SUITE_P(SqliteApart, StoreSuite, testing::Values(test::EngineMaker([] {
                             return std::make_unique<SqliteApart>();
                         })));

TEST(SqliteEngine, MakesFilesThatOnlyItsUserReads) {
    const test::TempDir folder;
    const auto path = folder.file("state.db");
    SqliteOnFile engine(path);
    test::TestNode node(engine, "a");
    ASSERT_TRUE(node.add_account(kAnna));
    for (const auto& each : {path, path + "-wal", path + "-shm", path + "-turn"}) {
        struct stat facts {};
        ASSERT_EQ(::stat(each.c_str(), &facts), 0) << each;
        EXPECT_EQ(facts.st_mode & 0777, 0600U) << each;
    }
}

TEST(SqliteEngine, SaysWhyAFileCannotBeUsed) {
    const test::TempDir folder;
    const auto newer = folder.file("newer.db");
    run_sql(newer, "PRAGMA user_version = 4");
    EXPECT_EQ(SqliteEngine::open(newer).error(),
              newer + ": its version is 4, this program knows versions to 3");
    const auto foreign = folder.file("foreign.db");
    run_sql(foreign, "CREATE TABLE recipes (name TEXT)");
    EXPECT_EQ(SqliteEngine::open(foreign).error(), foreign + ": a database of another program");
    const auto text = folder.file("text.db");
    FILE* file = std::fopen(text.c_str(), "w");
    for (int i = 0; i < 1000; ++i) std::fputs("this is no database\n", file);
    std::fclose(file);
    EXPECT_EQ(SqliteEngine::open(text).error(), text + ": file is not a database");
    const auto nowhere = folder.file("missing/state.db");
    EXPECT_EQ(SqliteEngine::open(nowhere).error(), nowhere + ": No such file or directory");
}

TEST(SqliteEngine, TakesOverTheFilesOfEarlierVersions) {
    const test::TempDir folder;
    const auto path = folder.file("state.db");
    {
        SqliteOnFile engine(path);
        test::TestNode node(engine, "a");
        node.add_account(kAnna);
        node.open(kSession, "phone");
        node.commit(commit_of({EnableSm{true, 60s}, Enqueue{kSession, "m1"}}));
    }
    run_sql(path,
            "DROP TABLE lives; DROP TABLE mail; DROP TABLE secrets; ALTER TABLE sessions DROP "
            "COLUMN welcome;"
            "ALTER TABLE sessions DROP COLUMN welcome_bytes; PRAGMA user_version = 1");
    SqliteOnFile engine(path);
    test::TestNode node(engine, "a");
    const auto taken = node.take(kSession, TakeReason::resume);
    ASSERT_TRUE(std::holds_alternative<TakenSession>(taken));
    EXPECT_EQ(std::get<TakenSession>(taken).queue.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<Done>(
        node.commit(commit_of({Welcome{}, Enqueue{kSession, "m2"}}, 2))));
}

TEST(SqliteEngine, KeepsEverythingOverARestartAndOrphansAllSessions) {
    const test::TempDir folder;
    const auto path = folder.file("state.db");
    const auto plain = test::ref(kAnna, "plain");
    {
        SqliteOnFile engine(path);
        test::TestNode node(engine, "a");
        ASSERT_TRUE(node.add_account(kAnna));
        ASSERT_TRUE(std::holds_alternative<Done>(node.open(kSession, "phone")));
        ASSERT_TRUE(std::holds_alternative<Done>(node.open(plain, "desk")));
        Route route;
        route.presence = "<presence/>";
        route.priority = 5;
        route.directed = {"x@example.org"};
        Commit all = commit_of({EnableSm{true, 300s}, PutRoute{route}, Enqueue{kSession, "1"},
                                Enqueue{kSession, "2"}, Trim{1}});
        all.handled = 9;
        ASSERT_TRUE(std::holds_alternative<Done>(node.commit(std::move(all))));
    }
    SqliteOnFile engine(path);
    test::TestNode node(engine, "a");
    EXPECT_TRUE(node.find_account(kAnna).has_value());
    const auto expired = node.find_expired();
    ASSERT_EQ(expired.size(), 1U);
    EXPECT_TRUE(expired[0] == plain);
    EXPECT_TRUE(std::holds_alternative<Fenced>(node.commit(commit_of({}))));
    const auto outcome = node.take(kSession, TakeReason::resume);
    ASSERT_TRUE(std::holds_alternative<TakenSession>(outcome));
    const auto& taken = std::get<TakenSession>(outcome);
    EXPECT_EQ(taken.record.handled, 9U);
    EXPECT_EQ(taken.record.epoch, 2U);
    EXPECT_EQ(taken.record.route.presence, "<presence/>");
    EXPECT_EQ(taken.record.route.priority, 5);
    EXPECT_EQ(taken.record.route.directed, std::vector<std::string>{"x@example.org"});
    ASSERT_EQ(taken.queue.size(), 1U);
    EXPECT_EQ(taken.queue[0].number, 2U);
    EXPECT_EQ(taken.queue[0].bytes, "2");
}

TEST(SqliteEngine, NothingConfirmedIsLostWhenItIsKilled) {
    const test::TempDir folder;
    const auto path = folder.file("state.db");
    std::uint64_t confirmed_before = 0;
    for (int life = 0; life < 5; ++life) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        const pid_t child = ::fork();
        if (child == 0) {
            SqliteOnFile engine(path);
            test::TestNode node(engine, "a");
            Epoch epoch = 1;
            if (life == 0) {
                node.add_account(kAnna);
                node.open(kSession, "phone");
                node.commit(commit_of({EnableSm{true, 300s}}));
            } else {
                auto taken = node.take(kSession, TakeReason::resume);
                epoch = std::get<TakenSession>(taken).record.epoch;
                const auto& queue = std::get<TakenSession>(taken).queue;
                if (!queue.empty()) node.commit(commit_of({Trim{queue.back().number - 1}}, epoch));
            }
            for (;;) {
                const auto outcome = node.commit(commit_of({Enqueue{kSession, "m"}}, epoch));
                const char byte = std::holds_alternative<Done>(outcome) ? 'd' : 'x';
                if (::write(ends[1], &byte, 1) != 1) ::_exit(1);
            }
        }
        ::close(ends[1]);
        std::uint64_t confirmed = 0;
        char byte = 0;
        while (confirmed < 100 && ::read(ends[0], &byte, 1) == 1 && byte == 'd') ++confirmed;
        ::kill(child, SIGKILL);
        while (::read(ends[0], &byte, 1) == 1 && byte == 'd') ++confirmed;
        ::close(ends[0]);
        ::waitpid(child, nullptr, 0);
        ASSERT_GE(confirmed, 100U);

        SqliteOnFile engine(path);
        test::TestNode node(engine, "a");
        const auto outcome = node.take(kSession, TakeReason::resume);
        ASSERT_TRUE(std::holds_alternative<TakenSession>(outcome));
        const auto& queue = std::get<TakenSession>(outcome).queue;
        ASSERT_FALSE(queue.empty());
        // One more may have been saved and not have been confirmed any more.
        EXPECT_GE(queue.back().number, confirmed_before + confirmed);
        EXPECT_LE(queue.back().number, confirmed_before + confirmed + 1);
        for (std::size_t i = 1; i < queue.size(); ++i)
            EXPECT_EQ(queue[i].number, queue[i - 1].number + 1);
        confirmed_before = queue.back().number;
    }
}

TEST(SqliteEngine, ConfirmsNothingIntoAFileThatIsGone) {
    const test::TempDir folder;
    SqliteOnFile engine(folder.file("state.db"));
    test::TestNode node(engine, "a");
    node.add_account(kAnna);
    node.open(kSession, "phone");
    std::filesystem::rename(folder.file("state.db"), folder.file("moved.db"));
    EXPECT_TRUE(
        std::holds_alternative<StoreError>(node.commit(commit_of({Enqueue{kSession, "m"}}))));
    std::filesystem::rename(folder.file("moved.db"), folder.file("state.db"));
    EXPECT_TRUE(std::holds_alternative<Done>(node.commit(commit_of({Enqueue{kSession, "m"}}))));
    EXPECT_EQ(node.queued(kSession).size(), 1U);
}

TEST(SqliteEngine, AFullDiskConfirmsNothingAndIsSurvived) {
    // A limit on the size of files stands for the full disk: writes beyond it fail.
    const test::TempDir folder;
    const pid_t child = ::fork();
    if (child == 0) {
        ::signal(SIGXFSZ, SIG_IGN);
        SqliteOnFile engine(folder.file("state.db"));
        test::TestNode node(engine, "a");
        node.add_account(kAnna);
        node.open(kSession, "phone");
        const std::string stanza(100'000, 'm');
        const rlimit limit{1'000'000, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &limit);
        int done = 0;
        while (std::holds_alternative<Done>(node.commit(commit_of({Enqueue{kSession, stanza}}))))
            if (++done > 15) ::_exit(1);
        const auto again = node.commit(commit_of({Enqueue{kSession, stanza}}));
        if (!std::holds_alternative<StoreError>(again)) ::_exit(2);
        const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &none);
        if (!std::holds_alternative<Done>(node.commit(commit_of({Enqueue{kSession, "small"}}))))
            ::_exit(3);
        const auto taken = node.take(kSession, TakeReason::resume);
        if (!std::holds_alternative<TakenSession>(taken)) ::_exit(4);
        const auto& queue = std::get<TakenSession>(taken).queue;
        if (queue.size() != static_cast<std::size_t>(done) + 1) ::_exit(5);
        if (queue.back().bytes != "small") ::_exit(6);
        ::_exit(node.queued(kSession).size() == queue.size() ? 0 : 7);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SqliteStore, RefusesWhatIsTooMuchInItsPlaceInTheOrder) {
    SqliteUnderTest engine;
    test::TestNode node(engine, "a");
    ASSERT_TRUE(node.add_account(kAnna));
    std::vector<bool> refused;
    constexpr std::size_t kAsked = SqliteStore::kWaitingRequests + 10;
    for (std::size_t i = 0; i < kAsked; ++i)
        node.store().read_vcard(kAnna, [&](Store::Answer<std::string> answer) {
            refused.push_back(std::holds_alternative<StoreError>(answer));
        });
    ASSERT_TRUE(test::run_until(node.loop(), [&] { return refused.size() == kAsked; }));
    for (std::size_t i = 0; i < kAsked; ++i)
        EXPECT_EQ(refused[i], i + 1 >= SqliteStore::kWaitingRequests + 1) << i;
    node.renew_lease();
}
