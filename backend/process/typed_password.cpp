#include "backend/process/typed_password.h"

#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace backend {
namespace {

constexpr char kInterrupt = '\x03';

/// Shows nothing of what is typed while this lives. Ctrl-C ends the line instead of the process,
/// which would leave the terminal without its echo.
class Unseen {
public:
    explicit Unseen(int fd) : fd_(fd) {
        is_changed_ = ::tcgetattr(fd_, &before_) == 0;
        if (!is_changed_) return;
        termios unseen = before_;
        unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHOE | ECHOK | ECHONL | ISIG);
        unseen.c_cc[VEOL] = kInterrupt;
        ::tcsetattr(fd_, TCSAFLUSH, &unseen);
    }
    ~Unseen() {
        if (is_changed_) ::tcsetattr(fd_, TCSAFLUSH, &before_);
    }
    Unseen(const Unseen&) = delete;
    Unseen& operator=(const Unseen&) = delete;

private:
    int fd_;
    termios before_{};
    bool is_changed_ = false;
};

/// A line without its end; nothing when it was given up.
std::optional<Password> read_line(int fd) {
    std::string line;
    for (char byte = 0;;) {
        const ssize_t got = ::read(fd, &byte, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || byte == kInterrupt) return std::nullopt;
        if (byte == '\n') return Password(std::move(line));
        line.push_back(byte);
    }
}

}  // namespace

core::Result<Password, std::string> typed_password(int fd, std::string_view user,
                                                   std::ostream& prompts) {
    const Unseen unseen(fd);
    const auto ask = [&](std::string_view what) {
        prompts << what << ": " << std::flush;
        auto line = read_line(fd);
        prompts << '\n';
        return line;
    };
    auto first = ask("password for " + std::string(user));
    if (!first) return core::fail(std::string("given up: no password was typed"));
    const auto again = ask("the same again");
    if (!again) return core::fail(std::string("given up: no password was typed"));
    if (*first != *again) return core::fail(std::string("the two differ; nothing was changed"));
    return std::move(*first);
}

}  // namespace backend
