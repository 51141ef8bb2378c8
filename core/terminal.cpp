#include "core/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

namespace core {

std::size_t terminal_columns(int fd) {
    constexpr std::size_t kLeast = 40;
    constexpr std::size_t kMost = 80;
    if (::isatty(fd) == 0) return 0;
    winsize size{};
    // A terminal that does not tell its width, as a serial line, tells 0.
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return kMost;
    return std::clamp<std::size_t>(size.ws_col, kLeast, kMost);
}

}  // namespace core
