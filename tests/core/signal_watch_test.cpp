// Aim: the first signal to stop leaves time, the second does not, and SIGHUP opens the log anew and
// says what it could not open.

#include "core/signal_watch.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>

#include "core/log.h"
#include "tests/support/run_loop.h"
#include "tests/support/temp_dir.h"

namespace core {
namespace {

namespace fs = std::filesystem;

class SignalWatchTest : public testing::Test {
protected:
    SignalWatchTest() {
        start_log({.file = log_});
        watch_.emplace(loop_, SignalWatch::Events{.on_stop = [this] { ++stops_; },
                                                  .on_hang_up = [this] { ++hang_ups_; }});
    }
    ~SignalWatchTest() override { stop_log(); }

    static void send(int signal) { ::kill(::getpid(), signal); }
    bool hear(const int& count, int wanted) {
        return test::run_until(loop_, [&] { return count == wanted; });
    }
    static std::string logged_in(const fs::path& file) {
        stop_log();
        std::ostringstream all;
        all << std::ifstream(file).rdbuf();
        return all.str();
    }

    const test::TempDir folder_;
    const fs::path log_ = folder_.path() / "log";
    const fs::path old_ = folder_.path() / "log.1";
    EventLoop loop_;
    std::optional<SignalWatch> watch_;
    int stops_ = 0;
    int hang_ups_ = 0;
};

TEST_F(SignalWatchTest, TheFirstOneAsksAndTheSecondOneStopsTheLoop) {
    send(SIGTERM);
    ASSERT_TRUE(hear(stops_, 1));
    send(SIGINT);
    loop_.run();  // returns
    EXPECT_EQ(stops_, 1);
    EXPECT_EQ(hang_ups_, 0);
}

TEST_F(SignalWatchTest, SighupOpensTheLogAnewFirst) {
    fs::rename(log_, old_);
    send(SIGHUP);
    ASSERT_TRUE(hear(hang_ups_, 1));
    EXPECT_TRUE(fs::exists(log_));
    EXPECT_EQ(logged_in(log_), "");
    EXPECT_EQ(stops_, 0);
}

TEST_F(SignalWatchTest, ALogThatCannotBeOpenedIsToldWithTheRemedyInTheOldOne) {
    fs::rename(log_, old_);
    fs::create_directory(log_);
    send(SIGHUP);
    ASSERT_TRUE(hear(hang_ups_, 1));
    const std::string lines = logged_in(old_);
    EXPECT_NE(lines.find("log_not_reopened why="), std::string::npos) << lines;
    EXPECT_NE(lines.find("remedy=\"mend it and send SIGHUP again"), std::string::npos);
}

TEST_F(SignalWatchTest, NobodyNeedsToListenForSighup) {
    watch_.emplace(loop_, SignalWatch::Events{.on_stop = [this] { ++stops_; }, .on_hang_up = {}});
    send(SIGHUP);
    send(SIGTERM);
    EXPECT_TRUE(hear(stops_, 1));
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
