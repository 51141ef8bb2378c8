#pragma once
// The log of a test in a file of its own, to be read at its end.

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/log.h"
#include "tests/support/temp_dir.h"

namespace test {

/// Lines logged while this lives go to file().
class LogInFile {
public:
    LogInFile() {
        if (!core::start_log({.file = file_})) throw std::runtime_error("no log");
    }
    ~LogInFile() { core::stop_log(); }
    LogInFile(const LogInFile&) = delete;
    LogInFile& operator=(const LogInFile&) = delete;

    const std::filesystem::path& file() const { return file_; }

    /// Ends the log. What came, each line from its severity on: "info  started version=...".
    std::vector<std::string> end() { return end_and_read(file_); }
    /// The same of a file that was this one before something renamed it.
    std::vector<std::string> end_and_read(const std::filesystem::path& file) {
        core::stop_log();
        std::ifstream input(file);
        std::vector<std::string> all;
        for (std::string line; std::getline(input, line);)
            all.push_back(line.substr(line.find(' ') + 1));
        return all;
    }

private:
    const TempDir folder_;
    const std::filesystem::path file_ = folder_.path() / "log";
};

}  // namespace test
