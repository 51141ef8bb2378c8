// Aim: every way in which files come to hold something else is told, once it is over, and what
// nobody asked about is not.

#include "core/file_watch.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/support/run_loop.h"
#include "tests/support/temp_dir.h"

namespace core {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// A folder of its own for each test, and a watch that counts what it tells.
class FileWatchTest : public ::testing::Test {
protected:
    FileWatchTest() { write("conf.toml"); }

    void write(const fs::path& name) { std::ofstream(folder_ / name) << "x"; }
    void make(const fs::path& name) { fs::create_directories(folder_ / name); }
    void link(const fs::path& target, const fs::path& name) {
        fs::create_symlink(target, folder_ / name);
    }
    /// As editors and Kubernetes do it: made beside, then put in place.
    void swap_link(const fs::path& target, const fs::path& name) {
        link(target, name.string() + ".new");
        fs::rename(folder_ / (name.string() + ".new"), folder_ / name);
    }

    void watch_files(std::vector<fs::path> names) { watch(std::move(names), {}); }
    void watch_tree(const fs::path& name) { watch({}, {name}); }
    void watch(std::vector<fs::path> files, std::vector<fs::path> trees) {
        for (fs::path& each : files) each = folder_ / each;
        for (fs::path& each : trees) each = folder_ / each;
        watch_.set_paths({files, trees, {".pem"}});
    }
    /// Turns the loop until a change has been told, and says whether one was.
    bool is_told() {
        const int before = told_;
        return test::run_until(loop_, [&] { return told_ > before; });
    }
    /// Turns the loop until a change that was made now would have been told.
    void let_settle() {
        int seen = 0;
        FileWatch other(
            loop_, [&] { ++seen; }, kTimes);
        other.set_paths({{folder_ / "settled"}, {}, {}});
        write("settled");
        EXPECT_TRUE(test::run_until(loop_, [&] { return seen > 0; }));
    }

    static constexpr WatchTimes kTimes{.quiet = 20ms, .longest = 10s, .retry = 50ms};

    const test::TempDir temp_;
    const fs::path folder_ = fs::canonical(temp_.path());
    EventLoop loop_;
    int told_ = 0;
    FileWatch watch_{loop_, [this] { ++told_; }, kTimes};
};

TEST_F(FileWatchTest, TellsOfAFileWrittenInPlaceOrReplaced) {
    watch_files({"conf.toml"});
    EXPECT_EQ(watch_.problem(), "");
    write("conf.toml");
    EXPECT_TRUE(is_told());
    write("beside");
    fs::rename(folder_ / "beside", folder_ / "conf.toml");
    EXPECT_TRUE(is_told());
    fs::remove(folder_ / "conf.toml");
    EXPECT_TRUE(is_told());
    write("conf.toml");
    EXPECT_TRUE(is_told());
    fs::permissions(folder_ / "conf.toml", fs::perms::owner_read);
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, KeepsSilentAboutNeighbours) {
    make("certs/a");
    watch({"conf.toml", "ca.pem"}, {"certs"});
    std::ofstream log(folder_ / "x.log");
    log << "line" << std::endl;
    write("admin.sock");
    write("certs/readme");
    write("certs/a/notes.txt");
    let_settle();
    EXPECT_EQ(told_, 0);
}

TEST_F(FileWatchTest, TellsOnceForAFlurry) {
    watch_files({"conf.toml"});
    for (int i = 0; i < 50; ++i) write("conf.toml");
    EXPECT_TRUE(is_told());
    let_settle();
    EXPECT_EQ(told_, 1);
}

TEST_F(FileWatchTest, FlurryThatNeverEndsIsToldAfterTheLongestTime) {
    int told = 0;
    FileWatch watch(loop_, [&] { ++told; }, {.quiet = 10s, .longest = 30ms, .retry = 10s});
    watch.set_paths({{folder_ / "conf.toml"}, {}, {}});
    EXPECT_TRUE(test::run_until(loop_, [&] {
        write("conf.toml");
        return told >= 2;
    }));
}

TEST_F(FileWatchTest, FileMayComeLater) {
    watch_files({"later.pem"});
    EXPECT_EQ(watch_.problem(), "");
    write("later.pem");
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, FollowsLinksToOtherFolders) {
    make("live");
    make("archive");
    write("archive/key1.pem");
    write("archive/key2.pem");
    link("../archive/key1.pem", "live/key.pem");
    watch_files({"live/key.pem"});
    swap_link("../archive/key2.pem", "live/key.pem");  // as certbot renews
    EXPECT_TRUE(is_told());
    write("archive/key2.pem");  // what it leads to now
    EXPECT_TRUE(is_told());
    const int before = told_;
    write("archive/key1.pem");  // and not to this any more
    let_settle();
    EXPECT_EQ(told_, before);
}

TEST_F(FileWatchTest, FollowsLinksInTheMiddleOfAWay) {
    make("..1");
    make("..2");
    write("..1/key.pem");
    write("..2/key.pem");
    link("..1", "..data");
    link("..data/key.pem", "key.pem");
    watch_files({"key.pem"});
    swap_link("..2", "..data");  // as Kubernetes updates a volume
    EXPECT_TRUE(is_told());
    swap_link("..1", "..data");
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, LinksInACircleAreAProblemAndNoLoop) {
    link("b", "a");
    link("a", "b");
    watch_files({"a"});
    EXPECT_NE(watch_.problem(), "");
    fs::remove(folder_ / "a");
    write("a");
    EXPECT_TRUE(is_told());
    EXPECT_EQ(watch_.problem(), "");
}

TEST_F(FileWatchTest, TreeTellsOfFilesAndFoldersBelow) {
    make("certs/a.example");
    write("certs/a.example/fullchain.pem");
    watch_tree("certs");
    write("certs/a.example/fullchain.pem");
    EXPECT_TRUE(is_told());
    write("certs/a.example/privkey-rsa.pem");  // new
    EXPECT_TRUE(is_told());
    make("certs/b.example");
    EXPECT_TRUE(is_told());
    write("certs/b.example/fullchain.pem");  // in a folder that came later
    EXPECT_TRUE(is_told());
    fs::rename(folder_ / "certs/b.example", folder_ / "certs/c.example");
    EXPECT_TRUE(is_told());
    fs::remove_all(folder_ / "certs/c.example");
    EXPECT_TRUE(is_told());
    EXPECT_EQ(watch_.problem(), "");
}

TEST_F(FileWatchTest, TreeFollowsLinksOfFoldersAndFiles) {
    make("certs");
    make("live/a.example");
    make("archive/a.example");
    write("archive/a.example/fullchain1.pem");
    write("archive/a.example/fullchain2.pem");
    link("../../archive/a.example/fullchain1.pem", "live/a.example/fullchain.pem");
    watch_tree("certs");
    link("../live/a.example", "certs/a.example");
    EXPECT_TRUE(is_told());
    swap_link("../../archive/a.example/fullchain2.pem", "live/a.example/fullchain.pem");
    EXPECT_TRUE(is_told());
    write("archive/a.example/fullchain2.pem");
    EXPECT_TRUE(is_told());
    fs::remove(folder_ / "certs/a.example");
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, FolderThatIsReplacedIsWatchedAgain) {
    make("certs/a.example");
    write("certs/a.example/fullchain.pem");
    watch_tree("certs");
    make("next/a.example");
    write("next/a.example/fullchain.pem");
    fs::rename(folder_ / "certs", folder_ / "old");
    fs::rename(folder_ / "next", folder_ / "certs");
    EXPECT_TRUE(is_told());
    write("certs/a.example/fullchain.pem");
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, FolderThatIsDeletedAndMadeAnewIsWatchedAgain) {
    make("deep/certs/a.example");
    write("deep/certs/a.example/fullchain.pem");
    watch_tree("deep/certs");
    fs::remove_all(folder_ / "deep");
    EXPECT_TRUE(is_told());
    EXPECT_NE(watch_.problem(), "");
    make("deep/certs/a.example");
    write("deep/certs/a.example/fullchain.pem");
    EXPECT_TRUE(test::run_until(loop_, [&] { return watch_.problem().empty(); }));
    let_settle();
    write("deep/certs/a.example/fullchain.pem");
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, OtherPathsReplaceThoseBefore) {
    make("other");
    write("other/conf.toml");
    watch_files({"conf.toml"});
    watch_files({"other/conf.toml"});
    write("conf.toml");
    let_settle();
    EXPECT_EQ(told_, 0);
    write("other/conf.toml");
    EXPECT_TRUE(is_told());
}

TEST_F(FileWatchTest, CallbackMaySetPathsOrEndTheWatch) {
    auto watch = std::make_unique<FileWatch>(
        loop_, [] {}, kTimes);
    int told = 0;
    watch = std::make_unique<FileWatch>(
        loop_,
        [&] {
            if (++told == 1) return watch->set_paths({{folder_ / "other.toml"}, {}, {}});
            watch.reset();
        },
        kTimes);
    watch->set_paths({{folder_ / "conf.toml"}, {}, {}});
    write("conf.toml");
    EXPECT_TRUE(test::run_until(loop_, [&] { return told == 1; }));
    write("other.toml");
    EXPECT_TRUE(test::run_until(loop_, [&] { return watch == nullptr; }));
}

TEST_F(FileWatchTest, TreeOfTooManyFilesIsAProblem) {
    make("certs/a");
    watch_tree("certs");
    EXPECT_EQ(watch_.problem(), "");
    for (std::size_t i = 0; i <= FileWatch::kMostEntries; ++i) {
        const fs::path name = folder_ / "certs/a" / std::to_string(i);
        ASSERT_EQ(::mkfifo(name.c_str(), 0600), 0);
    }
    watch_tree("certs");
    EXPECT_NE(watch_.problem().find("too many files"), std::string::npos);
}

}  // namespace
}  // namespace core
