// Aim: lines are broken where somebody looks at them, and nowhere else.

#include "core/terminal.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace core {
namespace {

TEST(Terminal, FilesAndPipesAreNone) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    EXPECT_EQ(terminal_columns(ends[1]), 0U);
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_EQ(terminal_columns(-1), 0U);
}

TEST(Terminal, ItsWindowCountsUpTo80Columns) {
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    ASSERT_GE(master, 0);
    ASSERT_EQ(::grantpt(master), 0);
    ASSERT_EQ(::unlockpt(master), 0);
    const int terminal = ::open(::ptsname(master), O_RDWR | O_NOCTTY);
    ASSERT_GE(terminal, 0);
    for (const auto& [window, columns] :
         {std::pair<unsigned short, std::size_t>{0, 80}, {200, 80}, {80, 80}, {60, 60}, {10, 40}}) {
        winsize size{};
        size.ws_col = window;
        ASSERT_EQ(::ioctl(terminal, TIOCSWINSZ, &size), 0);
        EXPECT_EQ(terminal_columns(terminal), columns) << window;
    }
    ::close(terminal);
    ::close(master);
}

}  // namespace
}  // namespace core
