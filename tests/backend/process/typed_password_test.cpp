// Aim: a password can be typed, is not shown, and whatever is pressed leaves the terminal as it
// was.

#include "backend/process/typed_password.h"

#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/terminal.h"

namespace backend {
namespace {

class TypedPassword : public testing::Test {
protected:
    core::Result<Password, std::string> typed(std::string_view keys) {
        terminal_.type(keys);
        return typed_password(terminal_.fd(), "romeo@example.org", prompts_);
    }
    void TearDown() override {
        EXPECT_TRUE(terminal_.echoes());
        EXPECT_EQ(terminal_.shown(), "");
    }

    const ::test::Terminal terminal_;
    std::ostringstream prompts_;
};

TEST_F(TypedPassword, IsReadTwiceAndNotShown) {
    const auto password = typed("correct horse\ncorrect horse\n");
    ASSERT_TRUE(password.has_value()) << password.error();
    EXPECT_EQ(password->reveal(), "correct horse");
    EXPECT_EQ(prompts_.str(), "password for romeo@example.org: \nthe same again: \n");
}

TEST_F(TypedPassword, CanBeCorrectedWhileItIsTyped) {
    const auto password = typed(
        "abX\x7f"
        "c\nabc\n");
    ASSERT_TRUE(password.has_value()) << password.error();
    EXPECT_EQ(password->reveal(), "abc");
}

TEST_F(TypedPassword, MustBeTheSameTwice) {
    EXPECT_EQ(typed("secret\nsecrte\n").error(), "the two differ; nothing was changed");
}

TEST_F(TypedPassword, IsGivenUpWithControlCOrD) {
    for (const char* keys : {"sec\x03", "\x03", "\x04", "secret\nsec\x03"})
        EXPECT_EQ(typed(keys).error(), "given up: no password was typed");
}

}  // namespace
}  // namespace backend
