#include "proxy/admin/echo.h"

#include <fmt/format.h>

#include <vector>

#include "conf/terminal_text.h"
#include "conf/units.h"
#include "proxy/admin/command_text.h"
#include "proxy/admin/text_table.h"
#include "proxy/pools/drain_watch.h"
#include "proxy/pools/eviction.h"

namespace proxy {

namespace {

using balancer::AdminState;

constexpr std::size_t kListIndent = 2;

std::string undo_line(const std::string& undo) {
    return undo.empty() ? "" : "undo: " + conf::printable(undo) + '\n';
}

std::string warning_line(const BeforeChange& before) {
    return before.warning.empty() ? "" : wrapped("warning: " + before.warning, 0);
}

std::string there(std::uint32_t sessions) {
    return counted(sessions, "session") + " there";
}

std::string stay(std::uint32_t sessions) {
    return counted(sessions, "session") + (sessions == 1 ? " stays" : " stay");
}

std::string state_change(const StateCommand& command, const BeforeChange& before) {
    const std::string change =
        command.state == before.admin
            ? fmt::format("{}, as before", balancer::to_string(command.state))
            : fmt::format("{} -> {}", balancer::to_string(before.admin),
                          balancer::to_string(command.state));
    switch (command.state) {
        case AdminState::ready:
            return fmt::format("{}; {}, {}", change,
                               before.weight == 0 ? "takes no new sessions, since its weight is 0"
                                                  : "takes new sessions",
                               there(before.sessions));
        case AdminState::drain:
            return fmt::format("{}; takes no new sessions; {}", change,
                               drain_words(before.sessions));
        case AdminState::maintenance:
            return fmt::format(
                "{}; takes no new sessions, {} sent away over {}: {}", change,
                counted(before.sessions, "session") + (before.sessions == 1 ? " is" : " are"),
                conf::time_text(command.over), maintenance_effect(before.resume_anywhere));
    }
    return change;
}

std::string list(std::string_view title, const std::vector<std::string>& lines) {
    if (lines.empty()) return {};
    std::string text = std::string(title) + '\n';
    for (const std::string& line : lines) text += wrapped(line, kListIndent);
    return text;
}

/// As `stanzagate check` prints them: a path stays whole, and the mark stays below its place.
std::string as_checked(const std::vector<std::string>& problems) {
    std::string text;
    for (const std::string& problem : problems) text += problem + '\n';
    return text;
}

std::string_view cause_words(ReloadCause cause) {
    switch (cause) {
        case ReloadCause::saved: return "when a file was saved";
        case ReloadCause::signal: return "on SIGHUP";
        case ReloadCause::command: return "by `stanzagate reload`";
    }
    return {};
}

std::string earlier_text(const EarlierReload& earlier, std::chrono::system_clock::time_point now) {
    const std::string when =
        fmt::format("{} ago, {}",
                    age_text(std::chrono::duration_cast<std::chrono::seconds>(now - earlier.when)),
                    cause_words(earlier.cause));
    if (earlier.changes.empty())
        return wrapped(fmt::format("refused {}: {}", when, earlier.why_refused), 0);
    return list(fmt::format("applied {}:", when), earlier.changes);
}

}  // namespace

std::string undo_of(const WeightCommand& command, const BeforeChange& before) {
    if (command.weight == before.weight) return {};
    return weight_command(command.member, before.weight);
}

std::string undo_of(const StateCommand& command, const BeforeChange& before) {
    if (command.state == before.admin) return {};
    return state_command(command.member, before.admin);
}

std::string weight_text(const WeightCommand& command, const BeforeChange& before,
                        const LiveKeeping& keeping) {
    std::string text = command.weight == before.weight
                           ? fmt::format("weight {}, as before", command.weight)
                           : fmt::format("weight {} -> {}", before.weight, command.weight);
    text += "; ";
    if (command.weight == 0) {
        text += "takes no new sessions, " + stay(before.sessions);
    } else if (before.admin != AdminState::ready) {
        text += fmt::format("takes no new sessions, since it is in {}, {}",
                            balancer::to_string(before.admin), there(before.sessions));
    } else {
        text += there(before.sessions);
    }
    const std::string lasts =
        command.weight == before.file_weight
            ? ""
            : wrapped(fmt::format("the file says {}: this counts until that changes; {}",
                                  before.file_weight, keeping_words(keeping)),
                      0);
    return wrapped(command.member.text() + ": " + text, 0) + lasts + warning_line(before) +
           undo_line(undo_of(command, before));
}

std::string state_text(const StateCommand& command, const BeforeChange& before,
                       const LiveKeeping& keeping) {
    const std::string lasts =
        command.state == AdminState::ready
            ? ""
            : wrapped("this counts until `ready`; " + keeping_words(keeping), 0);
    return wrapped(command.member.text() + ": " + state_change(command, before), 0) + lasts +
           warning_line(before) + undo_line(undo_of(command, before));
}

std::string kick_text(const KickCommand& command, std::uint64_t ended) {
    const std::string whose =
        command.filter.user.empty() ? " " + command.filter.id : " of " + command.filter.user;
    return wrapped(fmt::format("ended {}{}; this cannot be undone, its client may come back",
                               ended == 1 ? "session" : counted(ended, "session"), whose),
                   0);
}

std::string upgrade_text(const Upgraded& upgraded) {
    return wrapped(
        fmt::format("process {} of version {} has taken over; {} at the old one, of these those "
                    "that can resume move within {}",
                    upgraded.pid, upgraded.version, stay(upgraded.sessions),
                    conf::time_text(upgraded.over)),
        0);
}

std::string reload_text(const ReloadResult& result, std::string_view file,
                        std::chrono::system_clock::time_point now) {
    if (!result.is_applied) {
        return as_checked(result.problems) +
               "stanzagate: reload refused, still running the old configuration\n";
    }
    const std::vector<std::string> news = result.news();
    const bool changed_nothing = news.empty() && result.needs_restart.empty();
    std::string text = wrapped(fmt::format("reloaded {}{}", file,
                                           !result.earlier.empty() && news.empty() ? ": nothing new"
                                           : changed_nothing ? ": nothing changed"
                                                             : ""),
                               0);
    for (const EarlierReload& earlier : result.earlier) text += earlier_text(earlier, now);
    text += list("changed:", news) + list("not until a restart:", result.needs_restart) +
            as_checked(result.problems);
    std::vector<std::string> live;
    for (const LiveMember& each : result.live) live.push_back(live_words(each));
    text += list("set live; it counts, a weight until the file's own changes:", live);
    for (const CertificateNews& each : result.certificates)
        if (each.is_warning) text += wrapped("warning: " + advised(each), 0);
    return text;
}

}  // namespace proxy
