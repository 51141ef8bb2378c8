#pragma once
// One event, one line, key=value or JSON. A record is built on the caller's thread and handed to a
// bounded asynchronous sink; when the sink is full, its oldest lines are dropped and counted, so
// that logging never blocks a loop; a line says how many. Any thread after start_log(); before it,
// and after stop_log(), lines go to standard error at once. Times are UTC with milliseconds; no
// colours, so that a journal stays plain.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/log_file.h"
#include "core/result.h"
#include "core/severity.h"

namespace core {

struct LogSettings {
    Severity least = Severity::info;
    bool json = false;
    std::filesystem::path file;  // empty: standard error
};

/// Opens the sink and its thread; a sink that is open is flushed and replaced. When that cannot be
/// done, lines go on where they went before, in the form that is set here. Main's thread.
///
/// A file that cannot be written to any more, as on a full disk, ends nothing: lines are lost and
/// counted. Standard error says so at once and then each minute, and so does the file once it can
/// be written again.
[[nodiscard]] Result<void, LogProblem> start_log(const LogSettings& settings);
/// Lines that begin from now on are logged from this severity up.
void set_log_level(Severity least);
/// Opens the log's file anew, after something has renamed it (logrotate): what was accepted before
/// goes to the old one, nothing is lost. Does nothing for standard error. After a failure the old
/// file stays in use. Waits until the old file's lines are written.
[[nodiscard]] Result<void, LogProblem> reopen_log();
bool is_logged(Severity severity) noexcept;
/// Flushes what was accepted and closes the sink.
void stop_log();
/// Lines that a full sink dropped since the process began.
std::uint64_t dropped_log_lines() noexcept;

/// A line as what it is made of.
struct LogRecord {
    Severity severity{};
    std::string event;
    std::vector<std::pair<std::string, std::string>> fields;

    /// Of this key; "" for none.
    std::string_view value(std::string_view key) const;
};
/// From now on lines go there and nowhere else, on the threads that make them; null: to the sink
/// again. For a program that shows findings in its own way. While one thread logs.
void divert_log(std::function<void(const LogRecord&)> to);

/// "spdlog 1.10.0", for `stanzagate version`.
std::string log_library();

/// One line in the making; emitted when destroyed. There is no overload for Secret on purpose.
/// Values are escaped; events and keys are literals of ours.
///
///     Log(Severity::info, "session_routed").with("session", id).with("backend", name);
///     2026-11-21T10:15:02.114Z info  session_routed session=w0-12 backend=b
///     {"ts":"2026-11-21T10:15:02.114Z","level":"info","event":"session_routed","session":"w0-12",...}
class Log {
public:
    Log(Severity severity, std::string_view event);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    Log& with(std::string_view key, std::string_view value);
    Log& with(std::string_view key, const char* value) {
        return with(key, std::string_view(value));
    }
    Log& with(std::string_view key, std::int64_t value);
    Log& with(std::string_view key, std::uint64_t value);
    Log& with(std::string_view key, int value) {
        return with(key, static_cast<std::int64_t>(value));
    }
    Log& with(std::string_view key, unsigned value) {
        return with(key, static_cast<std::uint64_t>(value));
    }
    Log& with(std::string_view key, double value);
    Log& with(std::string_view key, bool value);
    /// The line as it is, for a caller that writes it elsewhere; it is not logged. Empty when its
    /// severity is not logged.
    std::string take();

private:
    void begin_field(std::string_view key);
    std::string& text();

    std::string line_;
    std::unique_ptr<LogRecord> record_;  // where lines are diverted
    bool wanted_;
    bool json_;
};

}  // namespace core
