// Aim: the admin socket is where the configuration says, whatever happens to its file, and whoever
// asked on the one of before gets an answer.

#include "proxy/admin/door.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "core/unix_socket.h"
#include "tests/proxy/admin/fake_admin_target.h"
#include "tests/support/certificates.h"

namespace proxy {
namespace {

namespace fs = std::filesystem;

class AdminDoorTest : public testing::Test {
protected:
    bool open(const fs::path& path) { return door_.open({.socket = path}).has_value(); }
    bool can_enter(const fs::path& path) const { return core::connect_unix(path).has_value(); }
    /// The other side has closed.
    bool is_cut(const core::Fd& connection) const {
        char byte = 0;
        return ::recv(connection.get(), &byte, 1, MSG_DONTWAIT) == 0;
    }

    const test::TempDir folder_;
    const fs::path here_ = folder_.path() / "here.sock";
    const fs::path there_ = folder_.path() / "there.sock";
    core::EventLoop loop_;
    FakeAdminTarget target_;
    AdminDoor door_{loop_, target_};
};

TEST_F(AdminDoorTest, IsShutUntilItIsConfigured) {
    EXPECT_TRUE(open(""));
    EXPECT_FALSE(can_enter(here_));
    EXPECT_TRUE(open(here_));
    EXPECT_TRUE(can_enter(here_));
    EXPECT_TRUE(open(""));
    door_.close_replaced();
    EXPECT_FALSE(fs::exists(here_));
}

TEST_F(AdminDoorTest, StaysAsItIsWhenNothingHasChanged) {
    ASSERT_TRUE(open(here_));
    const core::Fd waiting = core::connect_unix(here_).value();
    ASSERT_TRUE(open(here_));
    door_.close_replaced();
    loop_.run_once();
    EXPECT_FALSE(is_cut(waiting));
    EXPECT_TRUE(can_enter(here_));
}

TEST_F(AdminDoorTest, MovesAndLetsTheOldOneAnswerFirst) {
    ASSERT_TRUE(open(here_));
    const core::Fd waiting = core::connect_unix(here_).value();
    loop_.run_once();
    ASSERT_TRUE(open(there_));
    EXPECT_TRUE(can_enter(there_));
    EXPECT_FALSE(is_cut(waiting));
    door_.close_replaced();
    EXPECT_TRUE(is_cut(waiting));
    EXPECT_FALSE(fs::exists(here_));
    EXPECT_TRUE(can_enter(there_));
}

TEST_F(AdminDoorTest, OpensAgainWhereItsFileIsGone) {
    ASSERT_TRUE(open(here_));
    fs::remove(here_);
    ASSERT_TRUE(open(here_));
    door_.close_replaced();
    EXPECT_TRUE(can_enter(here_));
}

TEST_F(AdminDoorTest, StaysOpenWhereTheOtherPlaceIsNoGood) {
    ASSERT_TRUE(open(here_));
    test::write_file(there_, "no socket");
    const auto opened = door_.open({.socket = there_});
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().find(there_.string()), std::string::npos);
    EXPECT_TRUE(can_enter(here_));
    EXPECT_TRUE(open(here_));
}

}  // namespace
}  // namespace proxy
