// spdlog carries lines to a file or standard error on a thread of its own; what a line holds is
// made here, because its JSON pattern does not escape (1.10).

#include "core/log.h"

#include <fmt/format.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/version.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iterator>
#include <memory>
#include <mutex>
#include <utility>

#include "core/quoted_text.h"
#include "core/signals_blocked.h"

namespace core {
namespace {

constexpr std::size_t kQueueLines = 8192;  // about 3 MB; a burst above it is dropped, oldest first

/// An open sink. The pool goes first: it writes what is queued and joins its thread, so that the
/// logger is never freed by that thread.
struct Sink {
    std::shared_ptr<spdlog::async_logger> logger;
    std::shared_ptr<spdlog::details::thread_pool> pool;
};

struct State {
    std::mutex guard;
    std::shared_ptr<Sink> sink;        // null: standard error at once
    std::filesystem::path file;        // of the sink; empty: standard error
    std::uint64_t dropped_before = 0;  // by sinks that are closed
    std::uint64_t dropped_told = 0;
};

// Never destroyed: lines may come from threads that outlive main's statics.
State& state() {
    static State& forever = *new State;
    return forever;
}

std::atomic<Severity> least_severity{Severity::info};
std::atomic<bool> writes_json{false};
std::atomic<std::chrono::steady_clock::time_point> next_telling{};

const char* padded_name(Severity severity) {
    constexpr std::array<const char*, 4> kNames{"debug", "info ", "warn ", "error"};
    return kNames[static_cast<std::size_t>(severity)];
}

std::string_view name_of(Severity severity) {
    const std::string_view name = padded_name(severity);
    return name.substr(0, name.find(' '));
}

/// "2026-11-21T10:15:02.114Z". Calendar arithmetic instead of gmtime: no lock, no time zone file.
void append_time(std::string& line, std::chrono::system_clock::time_point now) {
    using namespace std::chrono;
    const auto day = floor<days>(now);
    const year_month_day date{day};
    const hh_mm_ss time{floor<milliseconds>(now - day)};
    fmt::format_to(std::back_inserter(line), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
                   static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                   static_cast<unsigned>(date.day()), time.hours().count(), time.minutes().count(),
                   time.seconds().count(), time.subseconds().count());
}

void write_to_standard_error(std::string_view line) {
    // One call for the whole line, so that lines of several threads do not mix.
    std::string whole(line);
    whole += '\n';
    std::fwrite(whole.data(), 1, whole.size(), stderr);
}

void emit(const std::string& line) {
    std::shared_ptr<Sink> sink;
    {
        const std::lock_guard lock(state().guard);
        sink = state().sink;
    }
    if (sink == nullptr) return write_to_standard_error(line);
    sink->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

/// Puts `next` (null: none) in the place of the open sink and adds what that one dropped to the
/// count. The last owner of the old sink writes what it still holds; a line that is being handed
/// over keeps it open.
void replace_sink(std::shared_ptr<Sink> next, const std::filesystem::path& file) {
    std::shared_ptr<Sink> old;  // declared before the lock: joining its thread happens outside
    const std::lock_guard lock(state().guard);
    old = std::exchange(state().sink, std::move(next));
    state().file = file;
    if (old != nullptr) state().dropped_before += old->pool->overrun_counter();
}

/// The sink's thread alone. Standard error says what cannot be written.
class FileSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
public:
    FileSink(Fd opened, std::filesystem::path file)
        : file_(std::move(opened)), name_(std::move(file)) {}

private:
    static constexpr std::chrono::minutes kTellEvery{1};

    void sink_it_(const spdlog::details::log_msg& line) override {
        const int error = file_.append({line.payload.data(), line.payload.size()});
        if (error != 0) {
            note_lost(error);
        } else if (lost_ != 0) {
            note_written_again();
        }
    }
    void flush_() override {}

    void note_lost(int error) {
        ++lost_;
        const auto now = std::chrono::steady_clock::now();
        if (lost_ > 1 && now < next_telling_) return;
        next_telling_ = now + kTellEvery;
        write_to_standard_error(Log(Severity::error, "log_not_written")
                                    .with("file", name_.string())
                                    .with("why", std::strerror(error))
                                    .with("lines_lost", lost_)
                                    .with("remedy", remedy_for_log(error))
                                    .take());
    }
    void note_written_again() {
        const std::string line = Log(Severity::error, "log_written_again")
                                     .with("file", name_.string())
                                     .with("lines_lost", lost_)
                                     .take();
        if (file_.append(line) != 0) return;
        write_to_standard_error(line);
        lost_ = 0;
    }

    LogFile file_;
    std::filesystem::path name_;
    std::uint64_t lost_ = 0;  // since a line was written
    std::chrono::steady_clock::time_point next_telling_{};
};

Result<std::shared_ptr<Sink>, LogProblem> open_sink(const std::filesystem::path& file) try {
    spdlog::sink_ptr output;
    if (file.empty()) {
        output = std::make_shared<spdlog::sinks::stderr_sink_mt>();
    } else {
        auto opened = open_log_file(file);
        if (!opened) return fail(opened.error());
        output = std::make_shared<FileSink>(std::move(opened).value(), file);
    }
    const SignalsBlocked for_the_thread;
    auto sink = std::make_shared<Sink>();
    sink->pool = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
    sink->logger = std::make_shared<spdlog::async_logger>(
        "stanzagate", std::move(output), sink->pool, spdlog::async_overflow_policy::overrun_oldest);
    sink->logger->set_pattern("%v");
    sink->logger->set_level(
        spdlog::level::trace);  // severities are ours, filtered before a line is made
    sink->logger->flush_on(
        spdlog::level::trace);  // on the sink's thread: a line is in the file when it is written
    return sink;
} catch (const std::exception& failure) {
    return fail(LogProblem{std::string("the log cannot be started: ") + failure.what(),
                           "check how many threads this program may have (TasksMax)"});
}

/// Says how many lines were dropped since the last time; at most once a second, because a log that
/// drops lines has too many already.
void tell_dropped() {
    const auto now = std::chrono::steady_clock::now();
    auto next = next_telling.load(std::memory_order_relaxed);
    if (now < next) return;
    if (!next_telling.compare_exchange_strong(next, now + std::chrono::seconds(1))) return;
    const std::uint64_t dropped = dropped_log_lines();
    std::uint64_t told = 0;
    {
        const std::lock_guard lock(state().guard);
        told = std::exchange(state().dropped_told, dropped);
    }
    if (dropped == told) return;
    Log(Severity::warn, "log_lines_dropped")
        .with("lines", dropped - told)
        .with("remedy", "the reader of the log is too slow; a higher [log] level writes less");
}

std::function<void(const LogRecord&)>& diverted_to() {
    static std::function<void(const LogRecord&)> to;
    return to;
}

}  // namespace

std::string_view LogRecord::value(std::string_view key) const {
    for (const auto& [name, value] : fields)
        if (name == key) return value;
    return {};
}

void divert_log(std::function<void(const LogRecord&)> to) {
    diverted_to() = std::move(to);
}

Result<void, LogProblem> start_log(const LogSettings& settings) {
    set_log_level(settings.least);
    writes_json.store(settings.json, std::memory_order_relaxed);
    auto sink = open_sink(settings.file);
    if (!sink) return fail(sink.error());
    replace_sink(std::move(sink).value(), settings.file);
    return {};
}

Result<void, LogProblem> reopen_log() {
    std::filesystem::path file;
    {
        const std::lock_guard lock(state().guard);
        file = state().file;
    }
    if (file.empty()) return {};
    auto sink = open_sink(file);
    if (!sink) return fail(sink.error());
    replace_sink(std::move(sink).value(), file);
    return {};
}

void set_log_level(Severity least) {
    least_severity.store(least, std::memory_order_relaxed);
}

bool is_logged(Severity severity) noexcept {
    return severity >= least_severity.load(std::memory_order_relaxed);
}

void stop_log() {
    writes_json.store(false, std::memory_order_relaxed);
    replace_sink(nullptr, {});
}

std::uint64_t dropped_log_lines() noexcept {
    const std::lock_guard lock(state().guard);
    const auto& sink = state().sink;
    return state().dropped_before + (sink == nullptr ? 0 : sink->pool->overrun_counter());
}

std::string log_library() {
    return fmt::format("spdlog {}.{}.{}", SPDLOG_VER_MAJOR, SPDLOG_VER_MINOR, SPDLOG_VER_PATCH);
}

Log::Log(Severity severity, std::string_view event)
    : wanted_(is_logged(severity)), json_(writes_json.load(std::memory_order_relaxed)) {
    if (!wanted_) return;
    if (diverted_to() != nullptr) {
        record_ = std::make_unique<LogRecord>(LogRecord{severity, std::string(event), {}});
        return;
    }
    line_.reserve(256);
    if (json_) {
        line_ += "{\"ts\":\"";
        append_time(line_, std::chrono::system_clock::now());
        fmt::format_to(std::back_inserter(line_), "\",\"level\":\"{}\",\"event\":{}",
                       name_of(severity), json_quoted(event));
    } else {
        append_time(line_, std::chrono::system_clock::now());
        fmt::format_to(std::back_inserter(line_), " {} {}", padded_name(severity), event);
    }
}

Log::~Log() {
    if (!wanted_) return;
    if (record_ != nullptr) {
        diverted_to()(*record_);
        return;
    }
    emit(take());
    tell_dropped();
}

std::string Log::take() {
    if (!std::exchange(wanted_, false)) return {};
    if (json_) line_ += '}';
    return std::move(line_);
}

/// Where a value is written to.
std::string& Log::text() {
    return record_ != nullptr ? record_->fields.back().second : line_;
}

void Log::begin_field(std::string_view key) {
    if (record_ != nullptr) {
        record_->fields.emplace_back(key, "");
        return;
    }
    if (json_) {
        line_ += ',';
        line_ += json_quoted(key);
        line_ += ':';
    } else {
        line_ += ' ';
        line_ += key;
        line_ += '=';
    }
}

Log& Log::with(std::string_view key, std::string_view value) {
    if (!wanted_) return *this;
    begin_field(key);
    if (record_ != nullptr) {
        record_->fields.back().second = value;
    } else {
        line_ += json_ ? json_quoted(value) : text_quoted(value);
    }
    return *this;
}

Log& Log::with(std::string_view key, std::int64_t value) {
    if (!wanted_) return *this;
    begin_field(key);
    fmt::format_to(std::back_inserter(text()), "{}", value);
    return *this;
}

Log& Log::with(std::string_view key, std::uint64_t value) {
    if (!wanted_) return *this;
    begin_field(key);
    fmt::format_to(std::back_inserter(text()), "{}", value);
    return *this;
}

Log& Log::with(std::string_view key, double value) {
    if (!wanted_) return *this;
    begin_field(key);
    // JSON has no word for infinity or not-a-number.
    if (json_ && !std::isfinite(value)) {
        text() += "null";
    } else {
        fmt::format_to(std::back_inserter(text()), "{}", value);
    }
    return *this;
}

Log& Log::with(std::string_view key, bool value) {
    if (!wanted_) return *this;
    begin_field(key);
    text() += value ? "true" : "false";
    return *this;
}

}  // namespace core
