#pragma once
// One event, one line, key=value or JSON. A record is built on the caller's thread and handed to a
// bounded asynchronous sink; when the sink is full, lines are dropped and counted, so that logging never
// blocks a loop. Any thread after start_log(); before it, lines go to standard error at once.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace core {

enum class Severity : std::uint8_t { debug, info, warn, error };

struct LogSettings {
    Severity least = Severity::info;
    bool json = false;
    std::filesystem::path file;  // empty: standard error
};

/// Opens the sink. Throws std::runtime_error when the file cannot be opened (called from main only).
void start_log(const LogSettings& settings);
void set_log_severity(Severity least);
bool is_logged(Severity severity) noexcept;
/// Flushes what was accepted and closes the sink.
void stop_log();
/// Lines that the full sink refused since the start.
std::uint64_t dropped_log_lines() noexcept;

/// One line in the making; emitted when destroyed. `Log(Severity::info, "session_routed").with("pool", name);`
/// There is no overload for Secret on purpose. Values are escaped; keys are literals of ours.
class Log {
public:
    Log(Severity severity, std::string_view event);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    Log& with(std::string_view key, std::string_view value);
    Log& with(std::string_view key, const char* value) { return with(key, std::string_view(value)); }
    Log& with(std::string_view key, std::int64_t value);
    Log& with(std::string_view key, std::uint64_t value);
    Log& with(std::string_view key, int value) { return with(key, static_cast<std::int64_t>(value)); }
    Log& with(std::string_view key, unsigned value) { return with(key, static_cast<std::uint64_t>(value)); }
    Log& with(std::string_view key, double value);
    Log& with(std::string_view key, bool value);

private:
    std::string line_;
    Severity severity_;
    bool wanted_;
};

/// `value` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_quoted(std::string_view value);

}  // namespace core
