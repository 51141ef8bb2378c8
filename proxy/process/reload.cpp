#include "proxy/process/reload.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "conf/difference.h"
#include "conf/load.h"
#include "core/log.h"
#include "proxy/admin/command.h"
#include "proxy/pools/pool_log.h"

namespace proxy {

namespace {

/// Of what the operator has set; how much there is stands in the line behind.
constexpr std::size_t kMostLiveLines = 20;

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
    conf::Examined examined = conf::examine(file, conf::KeyFolders::left_alone);
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

std::string_view to_string(ReloadCause cause) {
    switch (cause) {
        case ReloadCause::saved: return "saved";
        case ReloadCause::signal: return "signal";
        case ReloadCause::command: return "command";
    }
    return "unknown";
}

namespace {

void log_refusal(const std::string& file, const std::string& why, bool names_problems) {
    core::Log line(core::Severity::error, "reload_refused");
    line.with("config", file)
        .with("why", why)
        .with("effect", "the old configuration is still running");
    if (names_problems) line.with("remedy", "repair what config_problem names, and save");
}

}  // namespace

void note_live(const std::vector<LiveMember>& before, const std::vector<PoolStatus>& after,
               ReloadResult& result) {
    result.live = live_members(after);
    for (const LiveMember& then : before) {
        if (!then.has_weight()) continue;
        for (const PoolStatus& pool : after) {
            if (pool.name != then.pool) continue;
            for (const BackendStatus& now : pool.backends) {
                if (now.name != then.backend || now.weight == then.weight) continue;
                result.changes.push_back(fmt::format(
                    "{}: weight {} of the file counts in place of {}, which the operator had set",
                    MemberName{pool.name, now.name}.text(), now.weight, then.weight));
            }
        }
    }
}

std::vector<std::string> ReloadResult::news() const {
    std::vector<std::string> lines = changes;
    for (const CertificateNews& each : certificates)
        if (!each.is_warning) lines.push_back(each.text);
    return lines;
}

void note_history(Configurations& after, ReloadResult& result,
                  std::chrono::system_clock::time_point now) {
    ++(result.is_applied ? after.reloads : after.refused_reloads);
    EarlierReload this_one{.when = now, .cause = result.cause, .changes = {}, .why_refused = {}};
    if (!result.is_applied) {
        this_one.why_refused = after.why_refused;
        after.last_refused = std::move(this_one);
        return;
    }
    this_one.changes = result.news();
    if (this_one.changes.empty()) {
        for (const auto& earlier : {after.last_applied, after.last_refused})
            if (earlier) result.earlier.push_back(*earlier);
    } else {
        after.last_applied = std::move(this_one);
        after.last_refused.reset();
    }
}

void log_reload(Configurations& after, const ReloadResult& result) {
    const std::string file = after.in_use->file.string();
    const core::Severity severity =
        result.is_applied ? core::Severity::warn : core::Severity::error;
    if (!result.is_applied) log_refusal(file, after.why_refused, !result.problems.empty());
    for (const std::string& problem : result.problems) {
        // Certificates are renewed more often than the file is changed.
        const auto& told = after.told_problems;
        if (result.is_applied && std::find(told.begin(), told.end(), problem) != told.end())
            continue;
        core::Log(severity, "config_problem").with("what", first_line(problem));
    }
    after.told_problems = result.problems;
    if (!result.is_applied) return;
    for (const std::string& change : result.changes)
        core::Log(core::Severity::info, "config_changed").with("what", change);
    for (const CertificateNews& each : result.certificates) log_certificate(each);
    for (const std::string& change : result.needs_restart)
        core::Log(core::Severity::warn, "restart_needed")
            .with("what", change)
            .with("remedy", "restart stanzagate at a good moment; resumable sessions come back");
    for (std::size_t i = 0; i < std::min(result.live.size(), kMostLiveLines); ++i)
        log_live_differs(result.live[i]);
    core::Log(core::Severity::info, "reloaded")
        .with("config", file)
        .with("cause", to_string(result.cause))
        .with("changes", static_cast<std::uint64_t>(result.news().size()))
        .with("set_live", static_cast<std::uint64_t>(result.live.size()));
}

}  // namespace proxy
