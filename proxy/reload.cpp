#include "proxy/reload.h"

#include <cstdint>
#include <utility>

#include "conf/difference.h"
#include "conf/load.h"
#include "core/log.h"

namespace proxy {

namespace {

/// Of a problem shown with its line of the file, what fits in a line of the log.
std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

}  // namespace

void Configurations::use(std::shared_ptr<const conf::Config> config,
                         std::chrono::system_clock::time_point now) {
    if (in_use == nullptr) {
        started_with = config;
        started = now;
    }
    in_use = std::move(config);
    loaded = now;
    refused.reset();
    why_refused.clear();
}

ReadAgain read_again(const std::filesystem::path& file) {
    conf::Examined examined = conf::examine(file);
    ReadAgain read;
    for (const conf::Problem& problem : examined.problems) {
        read.problems.push_back(problem.to_string());
        if (!read.refusal && problem.severity == conf::Severity::error)
            read.refusal = problem.summary();
    }
    read.config = std::make_shared<const conf::Config>(std::move(examined.config));
    return read;
}

void note_differences(const Configurations& before, const conf::Config& next,
                      ReloadResult& result) {
    result.changes = conf::difference(*before.in_use, next).changes;
    result.needs_restart = conf::difference(*before.started_with, next).needs_restart;
}

namespace {

void log_refusal(const std::string& file, const std::string& why, bool names_problems) {
    core::Log line(core::Severity::error, "reload_refused");
    line.with("config", file)
        .with("why", why)
        .with("effect", "the configuration of before is still running");
    if (names_problems) line.with("remedy", "repair what config_problem names, and save");
}

}  // namespace

void log_reload(const Configurations& after, const ReloadResult& result) {
    const std::string file = after.in_use->file.string();
    if (!result.is_applied) {
        log_refusal(file, after.why_refused, !result.problems.empty());
        for (const std::string& problem : result.problems)
            core::Log(core::Severity::error, "config_problem").with("what", first_line(problem));
        return;
    }
    for (const std::string& change : result.changes)
        core::Log(core::Severity::info, "config_changed").with("what", change);
    for (const std::string& change : result.needs_restart)
        core::Log(core::Severity::warn, "restart_needed")
            .with("what", change)
            .with("remedy", "restart stanzagate when it suits; resumable sessions come back");
    core::Log(core::Severity::info, "reloaded")
        .with("config", file)
        .with("changes", static_cast<std::uint64_t>(result.changes.size()));
}

}  // namespace proxy
