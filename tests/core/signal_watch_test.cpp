// Aim: the first signal to stop leaves time, the second does not, and SIGHUP opens the log anew and
// says what it could not open.

#include "core/signal_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/log_in_file.h"
#include "tests/support/run_loop.h"

namespace core {
namespace {

namespace fs = std::filesystem;

class SignalWatchTest : public testing::Test {
protected:
    bool hear(const int& count, int wanted) {
        return test::run_until(loop_, [&] { return count == wanted; });
    }

    test::LogInFile log_;
    const fs::path old_log_ = log_.file().parent_path() / "log.1";
    EventLoop loop_;
    int stops_ = 0;
    int hang_ups_ = 0;
    SignalWatch watch_{loop_,
                       {.on_stop = [this] { ++stops_; }, .on_hang_up = [this] { ++hang_ups_; }}};
};

TEST_F(SignalWatchTest, TheFirstOneAsksAndTheSecondOneStopsTheLoop) {
    std::raise(SIGTERM);
    ASSERT_TRUE(hear(stops_, 1));
    std::raise(SIGINT);
    loop_.run();  // returns
    EXPECT_EQ(stops_, 1);
    EXPECT_EQ(hang_ups_, 0);
}

TEST_F(SignalWatchTest, SighupOpensTheLogAnewFirst) {
    fs::rename(log_.file(), old_log_);
    std::raise(SIGHUP);
    ASSERT_TRUE(hear(hang_ups_, 1));
    EXPECT_TRUE(fs::exists(log_.file()));
    EXPECT_TRUE(log_.end().empty());
    EXPECT_EQ(stops_, 0);
}

TEST_F(SignalWatchTest, ALogThatCannotBeOpenedIsToldWithTheRemedyInTheOldOne) {
    fs::rename(log_.file(), old_log_);
    fs::create_directory(log_.file());
    std::raise(SIGHUP);
    ASSERT_TRUE(hear(hang_ups_, 1));
    const auto lines = log_.end_and_read(old_log_);
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("warn  log_not_reopened why=")) << lines[0];
    EXPECT_NE(lines[0].find("remedy=\"it is a folder: name a file inside it; then send SIGHUP"),
              std::string::npos)
        << lines[0];
}

TEST_F(SignalWatchTest, Sigusr1OpensTheLogAnewAndDoesNothingElse) {
    fs::rename(log_.file(), old_log_);
    std::raise(SIGUSR1);
    ASSERT_TRUE(test::run_until(loop_, [&] { return fs::exists(log_.file()); }));
    std::raise(SIGTERM);
    ASSERT_TRUE(hear(stops_, 1));
    EXPECT_EQ(hang_ups_, 0);
    EXPECT_TRUE(log_.end().empty());
}

TEST_F(SignalWatchTest, WhatWouldEndTheProcessWithoutALineIsIgnoredWithOne) {
    std::vector<int> signals{SIGUSR2, SIGALRM,   SIGVTALRM, SIGPROF,  SIGIO,
                             SIGPWR,  SIGSTKFLT, SIGXCPU,   SIGRTMIN, SIGRTMAX};
    for (const int signal : signals) std::raise(signal);
    std::raise(SIGXFSZ);
    std::raise(SIGTERM);
    ASSERT_TRUE(hear(stops_, 1));
    const auto lines = log_.end();
    ASSERT_EQ(lines.size(), signals.size());
    const auto is_said = [&](const std::string& line) {
        return std::find(lines.begin(), lines.end(), line) != lines.end();
    };
    for (const char* name : {"SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGPOLL", "SIGPWR",
                             "SIGSTKFLT", "SIGRTMIN+0", "SIGRTMIN+30"})
        EXPECT_TRUE(is_said("warn  signal_ignored signal=" + std::string(name) +
                            " remedy=\"SIGHUP reads the configuration again and opens the log "
                            "anew, SIGUSR1 opens the log anew, SIGTERM stops\""))
            << name;
}

TEST(SignalWatch, WhatComesBeforeItIsHeldForIt) {
    test::LogInFile log;
    hold_signals();
    std::raise(SIGUSR2);
    std::raise(SIGHUP);
    EventLoop loop;
    int hang_ups = 0;
    const SignalWatch watch(loop, {.on_stop = [] {}, .on_hang_up = [&] { ++hang_ups; }});
    EXPECT_TRUE(test::run_until(loop, [&] { return hang_ups == 1; }));
    const auto lines = log.end();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_TRUE(lines[0].starts_with("warn  signal_ignored signal=SIGUSR2 ")) << lines[0];
}

TEST(SignalWatch, NobodyNeedsToListenForSighup) {
    test::LogInFile log;
    EventLoop loop;
    bool is_asked = false;
    const SignalWatch watch(loop, {.on_stop = [&] { is_asked = true; }, .on_hang_up = {}});
    std::raise(SIGHUP);
    std::raise(SIGTERM);
    EXPECT_TRUE(test::run_until(loop, [&] { return is_asked; }));
}

TEST_F(SignalWatchTest, AWriteToAPeerThatIsGoneKillsNobody) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    Fd reader(ends[0]);
    const Fd writer(ends[1]);
    reader.reset();
    EXPECT_EQ(::write(writer.get(), "x", 1), -1);
    EXPECT_EQ(errno, EPIPE);
}

}  // namespace
}  // namespace core
