#include "proxy/admin/views.h"

#include <fmt/format.h>

#include <algorithm>

#include "conf/terminal_text.h"
#include "conf/units.h"
#include "conf/words.h"
#include "proxy/admin/text_table.h"
#include "proxy/pools/drain_watch.h"

namespace proxy {

namespace {

using balancer::AdminState;
using HealthState = balancer::HealthMachine::State;
using Align = TextTable::Align;

constexpr std::size_t kTableIndent = 2;
constexpr std::size_t kDetailIndent = 4;
constexpr std::size_t kStatusIndent = 10;  // of the values in the head of status
constexpr std::size_t kMostLiveLines = 10;

std::string age_since(std::chrono::system_clock::time_point then, ViewTime now) {
    return age_text(std::chrono::duration_cast<std::chrono::seconds>(now.wall - then));
}

/// Live, and in brackets that of the file where it differs.
std::string weight_words(const BackendStatus& backend) {
    if (backend.weight == backend.file_weight) return fmt::to_string(backend.weight);
    return fmt::format("{} [{}]", backend.weight, backend.file_weight);
}

std::string check_words(const BackendStatus& backend) {
    return backend.last_check.count() == 0 ? "-" : conf::time_text(backend.last_check);
}

std::string sessions_words(const BackendStatus& backend) {
    if (backend.max_sessions == 0) return fmt::to_string(backend.sessions);
    return fmt::format("{}/{}", backend.sessions, backend.max_sessions);
}

std::string health_words(const BackendStatus& backend) {
    switch (backend.health) {
        case HealthState::unknown: return "not checked yet";
        case HealthState::up: return "up";
        case HealthState::down: return "down";
        case HealthState::ejected: return "ejected";
    }
    return {};
}

bool is_out(const BackendStatus& backend) {
    return backend.health == HealthState::down || backend.health == HealthState::ejected;
}

/// Without the cause.
std::string short_state(const BackendStatus& backend, ViewTime now) {
    const auto age = state_age(backend, now);
    const std::string since = age ? " " + age_text(*age) : "";
    if (backend.admin != AdminState::ready) {
        std::string words =
            backend.admin == AdminState::drain ? drain_words(backend.sessions) : "maintenance";
        words += backend.admin == AdminState::drain && backend.sessions != 0 && age
                     ? fmt::format(" ({})", age_text(*age))
                     : since;
        return words + (is_out(backend) ? ", " + health_words(backend) : "");
    }
    if (is_out(backend)) return health_words(backend) + since;
    std::string words = backend.health == HealthState::up && backend.ramp < balancer::kFullRamp
                            ? fmt::format("slow start {}%", backend.ramp)
                            : health_words(backend);
    if (backend.weight == 0) words += ", takes no new sessions";
    return words;
}

/// What to do about it stands in the log.
std::string warning_words(const BackendStatus& backend) {
    return fmt::format("{} {}: see bindings_cannot_hold in the log", backend.name, backend.warning);
}

std::string pool_head(const PoolStatus& pool) {
    std::string text =
        fmt::format("\npool {}: {}\n", conf::printable(pool.name), balance_words(pool.balance));
    if (pool.is_panicking) {
        text += wrapped("too few backends are healthy: their health is ignored", kTableIndent);
    }
    if (pool.slowed_sessions > 0) {
        const auto time = std::chrono::ceil<std::chrono::seconds>(pool.slowed_time);
        text += wrapped(fmt::format("{} slowed by [limits.rate], for {} in all",
                                    counted(pool.slowed_sessions, "session"), age_text(time)),
                        kTableIndent);
    }
    for (const ServiceStatus& service : pool.services) {
        text +=
            wrapped(fmt::format("srv {}: {}{}{}", service.name, counted(service.records, "record"),
                                service.problem.empty() ? "" : "; last answer: ", service.problem),
                    kTableIndent);
    }
    if (pool.backends.empty()) text += "  no backends\n";
    return text;
}

/// Of a pool with a login rate.
std::string line_words(const PoolStatus& pool, const BackendStatus& backend) {
    return fmt::format("at most {} logins a second; {} wait, {} told to come back", pool.login_rate,
                       backend.logins_waiting, backend.logins_told_back);
}

/// One line per backend, and below them why those that are down are down.
std::string pool_table(const PoolStatus& pool, ViewTime now) {
    TextTable table({{"BACKEND", Align::left, true},
                     {"WEIGHT", Align::right},
                     {"SESSIONS", Align::right},
                     {"LOGINS", Align::right},
                     {"CHECK", Align::right},
                     {"STATE", Align::left, true}},
                    kTableIndent);
    std::string causes;
    for (const BackendStatus& backend : pool.backends) {
        table.add({backend.name, weight_words(backend), sessions_words(backend),
                   fmt::to_string(backend.logins), check_words(backend),
                   short_state(backend, now)});
        if (!backend.warning.empty()) causes += wrapped(warning_words(backend), kTableIndent);
        if (backend.logins_waiting > 0 || backend.logins_told_back > 0)
            causes += wrapped(backend.name + ": " + line_words(pool, backend), kTableIndent);
        if (backend.failure.empty()) continue;
        causes += wrapped(
            fmt::format("{} is {}: {}", backend.name, health_words(backend), backend.failure),
            kTableIndent);
    }
    return table.text() + causes;
}

/// All about one backend.
std::string backend_text(const PoolStatus& pool, const BackendStatus& backend, ViewTime now) {
    std::string text = wrapped(MemberName{pool.name, backend.name}.text(), 0);
    text += wrapped(state_words(backend, now), kTableIndent);
    if (!backend.cause.empty() && backend.cause != backend.failure) {
        text += wrapped("last change: " + backend.cause, kDetailIndent);
    }
    if (!backend.warning.empty()) text += wrapped(warning_words(backend), kDetailIndent);
    text += wrapped(
        fmt::format("{}, priority {}, weight {}{}", backend.address, backend.priority,
                    backend.weight,
                    backend.weight == backend.file_weight
                        ? ""
                        : fmt::format(" ({} says {})", backend.is_from_dns ? "DNS" : "the file",
                                      backend.file_weight)),
        kDetailIndent);
    text += wrapped(
        fmt::format("{}{}, {} since the start, {}", counted(backend.sessions, "session"),
                    backend.max_sessions == 0 ? "" : fmt::format(" of {}", backend.max_sessions),
                    counted(backend.logins, "login"),
                    backend.last_check.count() == 0
                        ? "no check has passed yet"
                        : "last check took " + conf::time_text(backend.last_check)),
        kDetailIndent);
    if (pool.login_rate > 0) text += wrapped(line_words(pool, backend), kDetailIndent);
    return text;
}

/// What the operator has set, and how long it counts.
std::vector<std::string> live_lines(const ServerStatus& status) {
    const std::vector<LiveMember> members = live_members(status.pools);
    if (members.empty()) return {};
    std::vector<std::string> lines;
    for (std::size_t i = 0; i < std::min(members.size(), kMostLiveLines); ++i)
        lines.push_back(live_words(members[i]));
    if (members.size() > kMostLiveLines)
        lines.push_back(fmt::format("and {} more", members.size() - kMostLiveLines));
    lines.push_back("the operator set this, and it counts; " + keeping_words(status.keeping));
    return lines;
}

/// "12 resumed, 2 item-not-found", without those that are 0.
std::string counts_text(const auto& counts, const auto& kinds) {
    std::string text;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (counts[i] == 0) continue;
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[i], to_string(kinds[i]));
    }
    return text;
}

/// "of juliet@example.org on main/a".
std::string filter_words(const SessionFilter& filter) {
    std::string text;
    if (!filter.user.empty()) text += " of " + filter.user;
    if (!filter.backend.empty()) text += " on " + MemberName{filter.pool, filter.backend}.text();
    return text;
}

}  // namespace

std::string_view balance_words(conf::Balance balance) {
    return conf::word_of<conf::Balance>(conf::kBalances, balance);
}

std::optional<std::chrono::seconds> state_age(const BackendStatus& backend, ViewTime now) {
    if (backend.since == core::TimePoint{}) return std::nullopt;
    return std::chrono::duration_cast<std::chrono::seconds>(now.steady - backend.since);
}

std::string state_words(const BackendStatus& backend, ViewTime now) {
    return short_state(backend, now) +
           (backend.failure.empty() ? "" : fmt::format(": {}", backend.failure));
}

std::string status_text(const ServerStatus& status, ViewTime now) {
    std::string text =
        fmt::format("stanzagate {}, up {}, {}\n", status.version, age_since(status.started, now),
                    counted(status.workers, "worker"));
    const auto field = [&text](std::string_view name, std::string_view value) {
        std::string lines = wrapped(value, kStatusIndent);
        text += lines.replace(0, name.size(), name);
    };
    field("config", fmt::format("{}, loaded {} ago", status.config_file,
                                age_since(status.config_loaded, now)));
    if (!status.last_reload_problem.empty()) {
        field("reload", "refused since then: " + status.last_reload_problem);
    }
    for (const ListenerStatus& listener : status.listeners) {
        field("listen", fmt::format("{} {}", listener.address, listener.kind));
    }
    field("sessions", fmt::format("{} of at most {}; {} failed since the start", status.sessions,
                                  status.session_limit, counted(status.failed_logins, "login")));
    if (const core::TlsTally& tls = status.work.tls; tls.open_compact + tls.open_openssl > 0)
        field("tls", fmt::format("{} with compact records, {} with OpenSSL's",
                                 counted(tls.open_compact, "connection"), tls.open_openssl));
    if (const auto& [waiting, shed, gave_up] = status.entrance; waiting + shed + gave_up > 0)
        field("entrance", fmt::format("{} waiting; {} turned away and {} gave up since the start",
                                      waiting, shed, gave_up));
    std::string refused;
    for (const NamedCount& each : status.refused)
        if (each.count > 0)
            refused += fmt::format("{}{} {}", refused.empty() ? "" : ", ", each.count, each.name);
    if (!refused.empty()) field("refused", refused);
    std::string routed;
    for (std::size_t i = 0; i < kRoutedBy.size(); ++i)
        routed +=
            fmt::format("{}{} by {}", i == 0 ? "" : ", ", status.routed[i],
                        kRoutedBy[i] == RoutedBy::remembered ? "memory" : to_string(kRoutedBy[i]));
    field("routed", routed);
    if (const std::string resumes = counts_text(status.resumes, kResumeResults); !resumes.empty())
        field("resumes", resumes);
    if (const std::string doors = counts_text(status.side_doors, kSideDoors); !doors.empty())
        field("cut", doors + ": ways of backends past this process");
    if (status.hedges.begun > 0)
        field("beside", fmt::format("{} tried another backend beside a silent one; it served {}",
                                    counted(status.hedges.begun, "session"), status.hedges.won));
    for (const OldProcess& old : status.old_processes)
        field("old",
              fmt::format("process {} of version {} has {} yet; {} can resume and will move",
                          old.pid, old.version, counted(old.sessions, "session"), old.resumable));
    for (const std::string& line : live_lines(status)) field("live", line);
    for (const PoolStatus& pool : status.pools) {
        text += pool_head(pool);
        if (!pool.backends.empty()) text += pool_table(pool, now);
    }
    return text;
}

std::string backends_text(const std::vector<PoolStatus>& pools, ViewTime now) {
    std::string text;
    for (const PoolStatus& pool : pools) {
        for (const BackendStatus& backend : pool.backends) {
            text += backend_text(pool, backend, now);
        }
    }
    return text.empty() ? "no backends\n" : text;
}

std::string sessions_text(const SessionFilter& filter, std::string_view pseudonym,
                          const std::vector<SessionFacts>& sessions, std::uint64_t matching) {
    const std::string in_log =
        pseudonym.empty() ? "" : fmt::format("in the log: user={}\n", pseudonym);
    if (sessions.empty())
        return conf::printable("no sessions" + filter_words(filter)) + '\n' + in_log;
    TextTable table({{"ID"},
                     {"USER", Align::left, true},
                     {"BACKEND", Align::left, true},
                     {"CLIENT", Align::left, true},
                     {"STATE"},
                     {"AGE", Align::right}},
                    0);
    for (const SessionFacts& facts : sessions) {
        const std::string domain = facts.domain.empty() ? "-" : "(" + facts.domain + ")";
        table.add({facts.id, facts.user.empty() ? domain : facts.user,
                   facts.backend.empty() ? "-" : MemberName{facts.pool, facts.backend}.text(),
                   facts.peer.to_string(), facts.state, age_text(facts.age)});
    }
    std::string text = table.text();
    if (sessions.size() < matching) {
        text += fmt::format("{} of {} sessions; --limit {} shows more\n", sessions.size(), matching,
                            std::min<std::uint64_t>(matching, kMostSessionsShown));
    } else {
        text += counted(matching, "session") + '\n';
    }
    return text + in_log;
}

}  // namespace proxy
