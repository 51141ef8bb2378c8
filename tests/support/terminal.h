#pragma once
// A terminal (pseudo) that a test types at.

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

namespace test {

class Terminal {
public:
    Terminal() {
        keyboard_ = ::posix_openpt(O_RDWR | O_NOCTTY);
        if (keyboard_ < 0 || ::grantpt(keyboard_) != 0 || ::unlockpt(keyboard_) != 0)
            throw std::runtime_error("no pseudo terminal");
        fd_ = ::open(::ptsname(keyboard_), O_RDWR | O_NOCTTY);
        if (fd_ < 0) throw std::runtime_error("no pseudo terminal");
    }
    ~Terminal() {
        if (typist_.joinable()) typist_.join();
        ::close(fd_);
        ::close(keyboard_);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    int fd() const { return fd_; }
    bool echoes() const {
        termios now{};
        return ::tcgetattr(fd_, &now) == 0 && (now.c_lflag & ECHO) != 0;
    }
    /// Types once the terminal has stopped to echo: what is typed before is thrown away.
    void type(std::string_view keys) const {
        if (typist_.joinable()) typist_.join();
        typist_ = std::thread([this, text = std::string(keys)] {
            while (echoes()) std::this_thread::yield();
            if (::write(keyboard_, text.data(), text.size()) < 0) std::abort();
        });
    }
    /// What it has shown so far.
    std::string shown() const {
        std::string all;
        for (pollfd ready{keyboard_, POLLIN, 0}; ::poll(&ready, 1, 0) == 1;) {
            char bytes[256];
            const ssize_t got = ::read(keyboard_, bytes, sizeof bytes);
            if (got <= 0) break;
            all.append(bytes, static_cast<std::size_t>(got));
        }
        return all;
    }

private:
    int keyboard_ = -1;
    int fd_ = -1;
    mutable std::thread typist_;
};

}  // namespace test
