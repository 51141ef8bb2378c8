#pragma once
// The file that a log is written to. Opened by main's thread, written by the log's; standard
// library and the system only.

#include <filesystem>
#include <string>
#include <string_view>

#include "core/handle.h"
#include "core/result.h"

namespace core {

/// What is wrong with a log's file: in the system's words, and what to do.
struct LogProblem {
    std::string why;
    std::string remedy;
};

/// For appending; made if it is not there, but no folder for it. Never waits for a pipe's reader.
Result<Fd, LogProblem> open_log_file(const std::filesystem::path& file);

/// What to do about an errno of opening or writing a log.
std::string_view remedy_for_log(int error) noexcept;

/// Lines into an open file, each with one call where the system takes it whole.
class LogFile {
public:
    explicit LogFile(Fd file) : file_(std::move(file)) {}

    /// Appends a line and its end. 0, or the errno for which the line is lost, in part maybe; what
    /// follows begins a line of its own all the same.
    int append(std::string_view line);

private:
    Fd file_;
    std::string text_;
    bool is_torn_ = false;  // the last line of the file has no end
};

}  // namespace core
