#pragma once
// What is typed, in a folder where the smallest file is fine: what came of it, and what the running
// process would have been asked.

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "proxy/process/command_line.h"
#include "tests/support/temp_dir.h"

namespace proxy {

/// A folder with a certificate for example.org, so that the smallest file is fine.
class CommandLine : public ::testing::Test {
protected:
    struct Answer {
        int code;
        std::string out;
        std::string err;
    };
    using Words = std::vector<std::string>;

    CommandLine() {
        namespace fs = std::filesystem;
        const fs::path certificates = folder_.path() / "certs/example.org";
        fs::create_directories(certificates);
        for (const char* name : {"fullchain.pem", "privkey.pem"}) {
            std::ofstream(certificates / name) << "pem\n";
            fs::permissions(certificates / name, fs::perms::owner_read | fs::perms::owner_write);
        }
    }

    std::string file(const std::string& text) {
        const std::string path = folder_.file("stanzagate.toml");
        std::ofstream(path) << text;
        return path;
    }

    Answer call(std::vector<std::string> words) {
        words.insert(words.begin(), "stanzagate");
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        std::ostringstream out;
        std::ostringstream err;
        const CommandHandlers handlers{
            .run =
                [this](const conf::Config& config) {
                    started_ = config;
                    return 7;
                },
            .ask =
                [this](const std::filesystem::path& socket, std::string_view request,
                       std::chrono::milliseconds patience) {
                    asked_.push_back({socket, request_words(request), patience});
                    const auto answer = answer_;
                    if (!later_.empty()) {
                        answer_ = later_.front();
                        later_.erase(later_.begin());
                    }
                    return answer;
                },
            .libraries = {"c-ares 1.18.1"},
            .check_keys = [this](const conf::Config&) { return wrong_keys_; },
            .pause = [this](std::chrono::milliseconds time) { paused_.push_back(time); },
            .out = &out,
            .err = &err,
            .out_columns = columns_,
            .err_columns = columns_};
        const int code = run_command_line(static_cast<int>(words.size()), argv.data(), handlers);
        return {code, out.str(), err.str()};
    }

    static std::vector<std::string> request_words(std::string_view request) {
        AdminRequestReader reader;
        EXPECT_EQ(reader.feed(request), AdminRequestReader::State::complete);
        return reader.words();
    }

    struct Asked {
        std::filesystem::path socket;
        std::vector<std::string> words;
        std::chrono::milliseconds patience;
    };

    const test::TempDir folder_;
    std::optional<conf::Config> started_;
    std::size_t columns_ = 0;                // of the terminal; 0: none
    std::vector<conf::Problem> wrong_keys_;  // found by `check`
    std::vector<Asked> asked_;               // of the running process
    core::Result<AdminReply, std::string> answer_ = AdminReply{0, "done\n"};
    std::vector<core::Result<AdminReply, std::string>> later_;  // after the first answer
    std::vector<std::chrono::milliseconds> paused_;
};

}  // namespace proxy
