// Aim: one event is one line whatever its values hold, lines reach the file, and a flood is
// counted, not waited for.

#include "core/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <regex>
#include <sstream>
#include <thread>
#include <vector>

#include "core/endpoint.h"
#include "tests/support/temp_dir.h"

namespace core {
namespace {

/// A log file of its own for each test; the log is stopped at the end.
class LogTest : public ::testing::Test {
protected:
    ~LogTest() override {
        stop_log();
        set_log_level(Severity::info);
    }

    void start(bool json = false, Severity least = Severity::info) {
        ASSERT_TRUE(start_log({.least = least, .json = json, .file = file_}).has_value());
    }
    std::vector<std::string> lines() {
        stop_log();
        std::ifstream input(file_);
        std::vector<std::string> all;
        for (std::string line; std::getline(input, line);) all.push_back(line);
        return all;
    }
    /// The only line, without its time.
    std::string line() {
        const auto all = lines();
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? "" : all.front();
    }

    const test::TempDir folder_;
    const std::filesystem::path file_ = folder_.path() / "log";
};

TEST_F(LogTest, WritesTextLineWithUtcMilliseconds) {
    start();
    Log(Severity::info, "session_routed")
        .with("session", "w0-12")
        .with("peer", Endpoint::parse("192.0.2.7:50122")->to_string())
        .with("ms", 12)
        .with("tls", true);
    const std::regex shape(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info  session_routed )"
                           R"(session=w0-12 peer=192\.0\.2\.7:50122 ms=12 tls=true)");
    const std::string found = line();
    EXPECT_TRUE(std::regex_match(found, shape)) << found;
}

TEST_F(LogTest, TimeIsNow) {
    start();
    // std::time() may lag behind by a tick of the kernel.
    const auto now = [] {
        return std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
    };
    const auto before = now();
    Log(Severity::warn, "tick");
    const std::string found = line();
    std::tm parts{};
    ASSERT_NE(::strptime(found.c_str(), "%Y-%m-%dT%H:%M:%S", &parts), nullptr);
    const auto logged = ::timegm(&parts);
    EXPECT_GE(logged, before);
    EXPECT_LE(logged, now());
}

TEST_F(LogTest, WritesOneJsonObjectPerLine) {
    start(/*json=*/true);
    Log(Severity::error, "session_end")
        .with("reason", "say \"no\"\n")
        .with("seconds", 3812.5)
        .with("stanzas", std::uint64_t{18446744073709551615U})
        .with("delta", std::int64_t{-3})
        .with("resumed", false)
        .with("nothing", std::nan(""));
    const std::string found = line();
    EXPECT_TRUE(found.starts_with("{\"ts\":\"20")) << found;
    EXPECT_TRUE(found.ends_with(
        "Z\",\"level\":\"error\",\"event\":\"session_end\",\"reason\":\"say \\\"no\\\"\\n\","
        "\"seconds\":3812.5,\"stanzas\":18446744073709551615,\"delta\":-3,"
        "\"resumed\":false,\"nothing\":null}"))
        << found;
}

TEST_F(LogTest, NewlinesInValuesNeverStartLines) {
    start();
    Log(Severity::info, "stream_header")
        .with("to", "a.example\n2026-01-01T00:00:00.000Z info  forged x=1\r\n");
    EXPECT_TRUE(
        line().ends_with(R"(to="a.example\n2026-01-01T00:00:00.000Z info  forged x=1\r\n")"));
}

TEST_F(LogTest, CanBeDivertedAsWhatItIsMadeOf) {
    start();
    std::vector<LogRecord> got;
    divert_log([&](const LogRecord& line) { got.push_back(line); });
    Log(Severity::warn, "event").with("text", "a b\n").with("number", -7).with("flag", true);
    Log(Severity::debug, "too_quiet");
    divert_log(nullptr);
    Log(Severity::info, "after");
    ASSERT_EQ(got.size(), 1U);
    EXPECT_EQ(got[0].severity, Severity::warn);
    EXPECT_EQ(got[0].event, "event");
    EXPECT_EQ(got[0].value("text"), "a b\n");
    EXPECT_EQ(got[0].value("number"), "-7");
    EXPECT_EQ(got[0].value("flag"), "true");
    EXPECT_EQ(got[0].value("none"), "");
    EXPECT_NE(line().find(" after"), std::string::npos);
}

TEST_F(LogTest, FiltersBySeverity) {
    start(false, Severity::warn);
    Log(Severity::info, "quiet").with("x", 1);
    Log(Severity::warn, "loud");
    set_log_level(Severity::debug);
    Log(Severity::debug, "detail");
    set_log_level(Severity::error);
    Log(Severity::warn, "quiet_again");
    const auto found = lines();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_NE(found[0].find(" warn  loud"), std::string::npos);
    EXPECT_NE(found[1].find(" debug detail"), std::string::npos);
}

TEST_F(LogTest, AppendsToAFileThatIsThere) {
    std::ofstream(file_) << "earlier\n";
    start();
    Log(Severity::info, "later");
    const auto found = lines();
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0], "earlier");
}

TEST_F(LogTest, SaysWhyAFileCannotBeOpened) {
    const auto started = start_log({.file = file_ / "no" / "such.log"});
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().why, "cannot open the log file " + (file_ / "no/such.log").string() +
                                       ": No such file or directory");
    EXPECT_EQ(started.error().remedy,
              "make its folder, or remove [log] file to log to standard error");
    const auto folder = start_log({.file = folder_.path()});
    EXPECT_EQ(folder.error().remedy, "it is a folder: name a file inside it");
}

TEST_F(LogTest, NeverWaitsForAPipesReader) {
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    const auto started = start_log({.file = file_});
    ASSERT_FALSE(started.has_value());
    EXPECT_NE(started.error().remedy.find("a pipe that nobody reads"), std::string::npos);
}

/// What comes on standard error while this lives.
class StandardError {
public:
    explicit StandardError(std::filesystem::path file) : file_(std::move(file)) {
        std::fflush(stderr);
        before_.reset(::dup(STDERR_FILENO));
        const Fd into(::open(file_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600));
        ::dup2(into.get(), STDERR_FILENO);
    }
    ~StandardError() { end(); }
    std::string end() {
        if (before_) ::dup2(before_.get(), STDERR_FILENO);
        before_.reset();
        std::ostringstream all;
        all << std::ifstream(file_).rdbuf();
        return all.str();
    }

private:
    std::filesystem::path file_;
    Fd before_;
};

TEST_F(LogTest, AFullDiskLosesLinesAndSaysSo) {
    StandardError said(folder_.path() / "stderr");
    std::filesystem::create_symlink("/dev/full", file_);
    start();
    for (int i = 0; i < 100; ++i) Log(Severity::info, "line").with("i", i);
    stop_log();
    const std::string words = said.end();
    EXPECT_NE(words.find("error log_not_written file=" + file_.string() +
                         " why=\"No space left on device\" lines_lost=1 "
                         "remedy=\"make room on the disk\""),
              std::string::npos)
        << words;
    EXPECT_EQ(std::count(words.begin(), words.end(), '\n'), 1) << words;
}

/// Files of this process may not become longer than this.
class FileSizeLimit {
public:
    explicit FileSizeLimit(rlim_t most) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit low{.rlim_cur = most, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &low);
    }
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

private:
    rlimit before_{};
};

TEST_F(LogTest, WhereThereIsRoomAgainALineBeginsAnew) {
    LogFile file(*open_log_file(file_));
    {
        const FileSizeLimit limit(10);
        EXPECT_EQ(file.append("short"), 0);
        EXPECT_EQ(file.append("long enough"), EFBIG);
        EXPECT_EQ(file.append("nothing"), EFBIG);
    }
    EXPECT_EQ(file.append("whole"), 0);
    EXPECT_EQ(lines(), (std::vector<std::string>{"short", "long", "whole"}));
}

TEST_F(LogTest, SaysHowManyLinesWereLostOnceItCanWriteAgain) {
    StandardError said(folder_.path() / "stderr");
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    std::signal(SIGPIPE, SIG_IGN);
    Fd reader(::open(file_.c_str(), O_RDONLY | O_NONBLOCK));
    start();
    reader.reset();
    Log(Severity::info, "lost");
    const auto is_told = [&] {
        std::ostringstream all;
        all << std::ifstream(folder_.path() / "stderr").rdbuf();
        return all.str().find("log_not_written") != std::string::npos;
    };
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!is_told() && std::chrono::steady_clock::now() < patience) std::this_thread::yield();
    reader.reset(::open(file_.c_str(), O_RDONLY | O_NONBLOCK));
    Log(Severity::info, "found");
    stop_log();
    char text[4096];
    const auto got = ::read(reader.get(), text, sizeof text);
    ASSERT_GT(got, 0);
    const std::string words(text, static_cast<std::size_t>(got));
    EXPECT_NE(words.find(" info  found\n"), std::string::npos) << words;
    EXPECT_NE(words.find(" log_written_again "), std::string::npos) << words;
    EXPECT_NE(words.find("lines_lost=1"), std::string::npos) << words;
}

TEST_F(LogTest, LinesOfManyThreadsStayWhole) {
    constexpr int kThreads = 4;
    constexpr int kLines = 500;
    start();
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([thread] {
            for (int i = 0; i < kLines; ++i)
                Log(Severity::info, "line").with("thread", thread).with("i", i);
        });
    }
    for (auto& thread : threads) thread.join();
    const auto found = lines();
    EXPECT_EQ(found.size(), static_cast<std::size_t>(kThreads * kLines));
    const std::regex shape(R"(\S+Z info  line thread=\d i=\d+)");
    for (const auto& each : found) EXPECT_TRUE(std::regex_match(each, shape)) << each;
}

TEST_F(LogTest, FullSinkDropsOldestLinesAndNeverBlocks) {
    // A pipe that nobody reads: the sink's thread hangs in its write, as on a dead disk.
    constexpr std::uint64_t kFlood = 20'000;
    ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
    const int reader = ::open(file_.c_str(), O_RDONLY | O_NONBLOCK);
    ASSERT_GE(reader, 0);
    const std::uint64_t before = dropped_log_lines();
    start();
    for (std::uint64_t i = 0; i < kFlood; ++i) Log(Severity::info, "flood").with("i", i);
    EXPECT_GT(dropped_log_lines(), before);

    std::string received;
    std::atomic<bool> is_said = false;
    std::atomic<bool> is_over = false;
    // To the end: what is left in the queue may be more than a pipe holds.
    std::thread drain([&] {
        char bytes[4096];
        for (bool is_last = false; !is_last;) {
            is_last = is_over;
            ssize_t count = 0;
            while ((count = ::read(reader, bytes, sizeof bytes)) > 0)
                received.append(bytes, static_cast<std::size_t>(count));
            if (received.find("log_lines_dropped") != std::string::npos) is_said = true;
            std::this_thread::yield();
        }
    });
    // It is said with a line that comes a while later.
    while (!is_said) {
        Log(Severity::info, "next");
        ::usleep(10'000);
    }
    const std::uint64_t dropped = dropped_log_lines() - before;
    stop_log();
    is_over = true;
    drain.join();
    ::close(reader);
    std::uint64_t written = 0;
    std::istringstream lines(received);
    for (std::string line; std::getline(lines, line);) {
        if (line.find(" flood ") != std::string::npos) ++written;
    }
    EXPECT_EQ(written + dropped, kFlood);
    EXPECT_NE(received.find(" lines=" + std::to_string(dropped)), std::string::npos);
    EXPECT_NE(received.find("i=0\n"), std::string::npos);
}

TEST_F(LogTest, LosesNothingWhileTheSinkIsReplaced) {
    constexpr int kLines = 2'000;
    start();
    std::thread writer([] {
        for (int i = 0; i < kLines; ++i) Log(Severity::info, "line").with("i", i);
    });
    for (int i = 0; i < 20; ++i) start();
    writer.join();
    EXPECT_EQ(lines().size(), static_cast<std::size_t>(kLines));
}

TEST_F(LogTest, ReopensAFileThatWasRenamedAndLosesNothing) {
    constexpr int kLines = 2'000;
    const std::filesystem::path rotated = file_.string() + ".1";
    start();
    std::thread writer([] {
        for (int i = 0; i < kLines; ++i) Log(Severity::info, "line").with("i", i);
    });
    std::filesystem::rename(file_, rotated);
    EXPECT_TRUE(reopen_log().has_value());
    writer.join();
    Log(Severity::info, "later");
    const auto fresh = lines();
    ASSERT_FALSE(fresh.empty());
    EXPECT_NE(fresh.back().find("later"), std::string::npos);
    std::ifstream input(rotated);
    std::size_t old = 0;
    for (std::string line; std::getline(input, line);) ++old;
    EXPECT_EQ(old + fresh.size(), static_cast<std::size_t>(kLines) + 1);
}

TEST_F(LogTest, KeepsTheOldFileWhenItCannotBeReopened) {
    const std::filesystem::path rotated = file_.string() + ".1";
    start();
    std::filesystem::rename(file_, rotated);
    std::filesystem::create_directory(file_);  // in the way
    const auto reopened = reopen_log();
    ASSERT_FALSE(reopened.has_value());
    EXPECT_EQ(reopened.error().why,
              "cannot open the log file " + file_.string() + ": Is a directory");
    Log(Severity::info, "still_here");
    stop_log();
    std::ifstream input(rotated);
    std::string line;
    std::getline(input, line);
    EXPECT_NE(line.find("still_here"), std::string::npos);
}

TEST_F(LogTest, ReopeningStandardErrorDoesNothing) {
    EXPECT_TRUE(reopen_log().has_value());
    EXPECT_TRUE(start_log({.least = Severity::error}).has_value());
    EXPECT_TRUE(reopen_log().has_value());
}

TEST_F(LogTest, ReopeningKeepsLevelAndFormat) {
    start(/*json=*/true, Severity::warn);
    EXPECT_TRUE(reopen_log().has_value());
    Log(Severity::info, "quiet");
    Log(Severity::warn, "loud");
    EXPECT_NE(line().find("\"event\":\"loud\""), std::string::npos);
}

}  // namespace
}  // namespace core
