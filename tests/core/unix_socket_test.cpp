// Aim: only our own user can connect from the first moment on; what a dead process left is
// replaced, what a living one uses is not, and nobody's file is removed but our own.

#include "core/unix_socket.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <optional>

#include "tests/support/temp_dir.h"

namespace {

namespace fs = std::filesystem;
using core::UnixListener;

class UnixSocket : public ::testing::Test {
protected:
    UnixListener bound() {
        auto listener = UnixListener::bind(path_, 8);
        EXPECT_TRUE(listener) << listener.error();
        return std::move(listener).value();
    }

    const test::TempDir folder_;
    const fs::path path_ = folder_.path() / "admin.sock";
};

TEST_F(UnixSocket, FileIsForTheOwnerAloneWhateverTheUmask) {
    const mode_t before = ::umask(0);
    const UnixListener listener = bound();
    ::umask(before);
    struct stat found {};
    ASSERT_EQ(::lstat(path_.c_str(), &found), 0);
    EXPECT_TRUE(S_ISSOCK(found.st_mode));
    EXPECT_EQ(found.st_mode & 07777, 0600U);
}

TEST_F(UnixSocket, ConnectsAndKnowsWhoDid) {
    const UnixListener listener = bound();
    const auto client = core::connect_unix(path_);
    ASSERT_TRUE(client);
    const core::Fd server = listener.accept();
    ASSERT_TRUE(server);
    EXPECT_FALSE(listener.accept());
    const auto peer = core::unix_peer(server.get());
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->uid, ::geteuid());
    EXPECT_EQ(peer->pid, ::getpid());
    EXPECT_FALSE(core::unix_peer(-1));
}

TEST_F(UnixSocket, FileGoesWithTheListener) {
    { const UnixListener listener = bound(); }
    EXPECT_FALSE(fs::exists(path_));
    const auto connected = core::connect_unix(path_);
    ASSERT_FALSE(connected);
    EXPECT_EQ(connected.error(), ENOENT);
}

TEST_F(UnixSocket, LeftOverFileIsReplaced) {
    fs::path kept = folder_.path() / "kept.sock";
    {
        const UnixListener dead = bound();
        fs::create_hard_link(path_, kept);  // survives its listener, as after a kill
    }
    fs::rename(kept, path_);
    EXPECT_EQ(core::connect_unix(path_).error(), ECONNREFUSED);
    const UnixListener listener = bound();
    EXPECT_TRUE(core::connect_unix(path_));
}

TEST_F(UnixSocket, SocketOfAnotherProcessStays) {
    const UnixListener first = bound();
    const auto second = UnixListener::bind(path_, 8);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error(),
              path_.string() + ": another process listens there; end it or choose another path");
    EXPECT_TRUE(core::connect_unix(path_));
}

TEST_F(UnixSocket, OtherFilesStay) {
    std::ofstream(path_) << "mine\n";
    const auto listener = UnixListener::bind(path_, 8);
    ASSERT_FALSE(listener);
    EXPECT_NE(listener.error().find("is no socket"), std::string::npos) << listener.error();
    EXPECT_TRUE(fs::is_regular_file(path_));
}

TEST_F(UnixSocket, FileOfASuccessorStays) {
    std::optional<UnixListener> first(bound());
    fs::remove(path_);
    const UnixListener second = bound();
    first.reset();
    EXPECT_TRUE(core::connect_unix(path_));
}

TEST_F(UnixSocket, ASuccessorTakesThePlaceOfOneThatListens) {
    std::optional<UnixListener> first(UnixListener::bind(path_, 1).value());
    const UnixListener second = UnixListener::replace(path_, 1).value();
    EXPECT_EQ(second.path(), path_);
    first.reset();
    EXPECT_TRUE(core::connect_unix(path_));
    EXPECT_TRUE(second.accept());
}

TEST_F(UnixSocket, PathsThatCannotBeAreRefusedInWords) {
    for (const fs::path& path : {fs::path(std::string(108, 'a')), fs::path()}) {
        const auto listener = UnixListener::bind(path, 8);
        ASSERT_FALSE(listener);
        EXPECT_NE(listener.error().find("1 to 107 bytes"), std::string::npos) << listener.error();
        EXPECT_EQ(core::connect_unix(path).error(), ENAMETOOLONG);
    }
    const auto nowhere = UnixListener::bind(folder_.path() / "none/admin.sock", 8);
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().find("No such file"), std::string::npos);
}

}  // namespace
