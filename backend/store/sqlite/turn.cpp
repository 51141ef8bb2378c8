#include "backend/store/sqlite/turn.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <system_error>

namespace backend {

namespace {

/// flock(2) waits without an end, so a timer of the thread sends it a signal that does nothing
/// else. It comes again and again, in case the first one is there before the wait.
class Interruption {
public:
    explicit Interruption(std::chrono::nanoseconds after) {
        [[maybe_unused]] static const bool is_heard = hear();
        sigset_t ours;
        sigemptyset(&ours);
        sigaddset(&ours, signal());
        pthread_sigmask(SIG_UNBLOCK, &ours, &before_);
        sigevent event{};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = signal();
        event._sigev_un._tid = ::gettid();
        is_set_ = ::timer_create(CLOCK_MONOTONIC, &event, &timer_) == 0;
        const auto first = std::max<std::chrono::nanoseconds>(after, kAgain);
        const itimerspec when{.it_interval = spec(kAgain), .it_value = spec(first)};
        is_set_ = is_set_ && ::timer_settime(timer_, 0, &when, nullptr) == 0;
    }
    ~Interruption() {
        if (is_set_) ::timer_delete(timer_);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }
    Interruption(const Interruption&) = delete;
    Interruption& operator=(const Interruption&) = delete;

    bool is_set() const { return is_set_; }

private:
    static constexpr std::chrono::nanoseconds kAgain = std::chrono::milliseconds(20);

    static int signal() { return SIGRTMIN; }
    static bool hear() {
        struct sigaction action {};
        action.sa_handler = [](int) {};  // without SA_RESTART
        return ::sigaction(signal(), &action, nullptr) == 0;
    }
    static timespec spec(std::chrono::nanoseconds time) {
        const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
        return {.tv_sec = seconds.count(), .tv_nsec = (time - seconds).count()};
    }

    sigset_t before_;
    timer_t timer_{};
    bool is_set_ = false;
};

}  // namespace

core::Result<SqliteTurn, std::string> SqliteTurn::open(const std::string& path) {
    core::Fd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!file) return core::fail(path + ": " + std::system_category().message(errno));
    return SqliteTurn(std::move(file));
}

bool SqliteTurn::take(TimePoint until) const {
    if (::flock(file_.get(), LOCK_EX | LOCK_NB) == 0) return true;
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= TimePoint::duration::zero()) return false;
    const Interruption interruption(left);
    if (!interruption.is_set()) return false;
    while (::flock(file_.get(), LOCK_EX) != 0)
        if (errno != EINTR || std::chrono::steady_clock::now() >= until) return false;
    return true;
}

void SqliteTurn::give_back() const {
    ::flock(file_.get(), LOCK_UN);
}

}  // namespace backend
