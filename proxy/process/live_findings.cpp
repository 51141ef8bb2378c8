#include "proxy/process/live_findings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "conf/findings.h"

namespace proxy {

namespace {

/// How an event that may matter here is told; all others are none of ours.
struct Telling {
    std::string_view event;
    conf::Severity severity;
    std::string_view words;  // empty: its detail is enough
};
constexpr std::array kTellings{
    Telling{"backend_state", conf::Severity::error, "serves nobody"},
    Telling{"backend_settings", conf::Severity::error, ""},
    Telling{"pool_strangers", conf::Severity::error, "its backends are strangers"},
    Telling{"service_empty", conf::Severity::error, "DNS names no server of this service"},
    Telling{"members_refused", conf::Severity::error, "DNS names too many servers"},
    Telling{"dns_problem", conf::Severity::error, "DNS does not tell who serves it"},
    Telling{"sasl_differs", conf::Severity::warning, "offers other logins than the pool's others"},
    Telling{"bindings_cannot_hold", conf::Severity::warning, "its channel binding cannot hold"},
    Telling{"account_incomparable", conf::Severity::warning, "accounts cannot be compared"},
    Telling{"user_refused", conf::Severity::warning, "refuses a header that names the user"},
    Telling{"routed_by_domain", conf::Severity::warning, "users do not choose the backend"},
};

const Telling* telling_of(std::string_view event) {
    const auto found = std::ranges::find(kTellings, event, &Telling::event);
    return found == kTellings.end() ? nullptr : &*found;
}

std::string place_of(std::string_view pool, std::string_view backend) {
    std::string place = fmt::format("pool.{}", pool);
    if (!backend.empty()) place += fmt::format(".backend {}", conf::in_quotes(backend));
    return place;
}

std::string place_of(const core::LogRecord& line) {
    const std::string_view pool = line.value("pool");
    if (pool.empty()) return std::string(line.value("name"));
    return place_of(pool, line.value("backend"));
}

std::string words_of(const Telling& telling, const core::LogRecord& line) {
    std::string words(telling.words);
    const auto append = [&words](std::string_view more) {
        if (!more.empty()) words.append(words.empty() ? "" : ": ").append(more);
    };
    append(line.value("domain"));
    append(line.value("detail"));
    append(line.value("why"));
    // The word of a log's field says too little for a reader, but more than nothing.
    if (words == telling.words) {
        std::string reason(line.value("reason"));
        std::ranges::replace(reason, '_', ' ');
        append(reason);
    }
    // Nothing was known before, so nothing goes on to count.
    if (line.event != "dns_problem" && line.event != "members_refused")
        append(line.value("effect"));
    return words;
}

}  // namespace

bool LiveFindings::note(const core::LogRecord& line) {
    const bool is_news =
        line.severity == core::Severity::warn || line.severity == core::Severity::error;
    const Telling* telling = is_news ? telling_of(line.event) : nullptr;
    if (telling == nullptr) return false;
    const bool is_trial = line.event == "backend_settings";
    const std::string topic(is_trial ? "backend_state" : line.event);
    const auto [at, is_new] =
        by_subject_.try_emplace(place_of(line) + ' ' + topic, problems_.size());
    const std::string remedy(line.value("remedy"));
    if (is_new) {
        add(telling->severity, place_of(line), words_of(*telling, line), remedy);
    } else if (is_trial) {
        conf::Problem& known = problems_[at->second];
        known.what += "; " + std::string(line.value("detail"));
        known.hint = remedy;
    }
    return true;
}

void LiveFindings::add(conf::Severity severity, std::string where, std::string what,
                       std::string hint) {
    conf::Problem made;
    made.line = 0;
    made.severity = severity;
    made.file = file_;
    made.where = std::move(where);
    made.what = std::move(what);
    made.hint = std::move(hint);
    problems_.push_back(std::move(made));
}

void LiveFindings::note_silent(const std::vector<PoolStatus>& pools, std::chrono::seconds waited) {
    for (const PoolStatus& pool : pools)
        for (const BackendStatus& each : pool.backends)
            if (each.health == balancer::HealthMachine::State::unknown)
                add(conf::Severity::error, place_of(pool.name, each.name),
                    fmt::format("no answer in {} s", waited.count()),
                    "check that the server runs, and whether a firewall drops what we send");
}

}  // namespace proxy
