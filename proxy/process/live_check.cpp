#include "proxy/process/live_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "balancer/load_board.h"
#include "conf/findings.h"
#include "core/certificate_store.h"
#include "core/event_loop.h"
#include "core/listener.h"
#include "core/log.h"
#include "core/timer.h"
#include "proxy/pools/pool_control.h"
#include "proxy/process/process_limits.h"

namespace proxy {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLook = 100ms;
constexpr std::chrono::seconds kLongest{30};
/// Two checks of each backend: accounts are compared by two answers.
constexpr std::chrono::milliseconds kBetweenChecks = 500ms;

/// The same servers, judged by their first answer.
std::shared_ptr<const conf::Config> hurried(const conf::Config& config) {
    auto made = std::make_shared<conf::Config>(config);
    for (conf::Pool& pool : made->pools) {
        pool.health.checks = true;
        pool.health.every = kBetweenChecks;
        pool.health.jitter = 0;
        pool.health.rise = 1;
        pool.health.fall = 1;
        pool.health.passive_failures = 0;
    }
    return made;
}

/// Problems out of what the control loop has to say.
class LiveFindings {
public:
    explicit LiveFindings(const conf::Config& config) : file_(config.file) {}

    void note(const core::LogRecord& line) {
        if (line.severity != core::Severity::warn && line.severity != core::Severity::error) return;
        last_ = core::Clock::now();
        if (line.event == "pool_panic") return;  // what follows from the others
        conf::Problem made;
        made.line = 0;
        made.severity = is_fatal(line.event) ? conf::Severity::error : conf::Severity::warning;
        made.file = file_;
        made.where = where(line);
        made.what = what(line);
        made.hint = line.value("remedy");
        // Of one backend the last word counts: what a trial has found is more than that it is down.
        const std::string subject = made.where + " " + std::string(topic(line.event));
        const auto [at, is_new] = by_subject_.try_emplace(subject, problems_.size());
        if (is_new) {
            problems_.push_back(std::move(made));
        } else if (line.event == "backend_settings") {
            conf::Problem& known = problems_[at->second];
            known.what += "; " + std::string(line.value("detail"));
            known.hint = line.value("remedy");
        }
    }
    void add(conf::Severity severity, std::string where, std::string what, std::string hint) {
        conf::Problem made;
        made.line = 0;
        made.severity = severity;
        made.file = file_;
        made.where = std::move(where);
        made.what = std::move(what);
        made.hint = std::move(hint);
        problems_.push_back(std::move(made));
    }
    core::TimePoint last() const { return last_; }
    std::vector<conf::Problem> take() { return std::move(problems_); }

private:
    static bool is_fatal(std::string_view event) {
        static const std::set<std::string_view> kFatal{"backend_state", "backend_settings",
                                                       "pool_strangers", "service_empty"};
        return kFatal.contains(event);
    }
    static std::string_view topic(std::string_view event) {
        return event == "backend_settings" ? "backend_state" : event;
    }
    static std::string where(const core::LogRecord& line) {
        const std::string pool(line.value("pool"));
        const std::string_view backend = line.value("backend");
        if (pool.empty()) return std::string(line.value("name"));
        return backend.empty() ? "pool." + pool
                               : fmt::format("pool.{}.backend {}", pool, conf::in_quotes(backend));
    }
    static std::string what(const core::LogRecord& line) {
        std::string words;
        const auto append = [&](std::string_view more) {
            if (!more.empty()) words += (words.empty() ? "" : ": ") + std::string(more);
        };
        if (line.event == "backend_state") {
            append("serves nobody");
        } else {
            append(line.event);
        }
        append(line.value("reason"));
        append(line.value("detail"));
        append(line.value("why"));
        append(line.value("effect"));
        return words;
    }

    std::filesystem::path file_;
    std::vector<conf::Problem> problems_;
    std::map<std::string, std::size_t> by_subject_;
    core::TimePoint last_ = core::Clock::now();
};

std::size_t unknown_backends(const std::vector<PoolStatus>& pools) {
    std::size_t count = 0;
    for (const PoolStatus& pool : pools)
        count += static_cast<std::size_t>(
            std::count_if(pool.backends.begin(), pool.backends.end(), [](const auto& each) {
                return each.health == balancer::HealthMachine::State::unknown;
            }));
    return count;
}

/// Lines go to the findings while it lives.
class Diversion {
public:
    explicit Diversion(LiveFindings& to) {
        core::divert_log([&to](const core::LogRecord& line) { to.note(line); });
    }
    ~Diversion() { core::divert_log(nullptr); }
    Diversion(const Diversion&) = delete;
    Diversion& operator=(const Diversion&) = delete;
};

/// Trials and comparisons follow the first check: nothing more is expected when all have been
/// silent for as long as one takes.
std::chrono::milliseconds quiet_time(const conf::Config& config) {
    std::chrono::milliseconds longest = 2 * kBetweenChecks;
    for (const conf::Pool& pool : config.pools)
        longest = std::max(longest, pool.health.timeout + 2 * kBetweenChecks);
    return longest;
}

void look_at_servers(const conf::Config& config, LiveFindings& findings,
                     const std::function<void(std::string_view)>& on_wait) {
    core::EventLoop loop;
    balancer::LoadBoard loads(1);
    PoolControl control(loop, loads, [](const Routing&) {});
    std::shared_ptr<const core::CertificateStore> certificates;
    if (auto loaded = core::CertificateStore::load(config.tls.cert_dir)) certificates = *loaded;
    auto plan = control.plan(hurried(config), certificates);
    if (!plan) {
        findings.add(conf::Severity::error, "", plan.error(), "");
        return;
    }
    const core::TimePoint end = core::Clock::now() + kLongest;
    const std::chrono::milliseconds quiet = quiet_time(config);
    core::TimePoint told = core::Clock::now();
    core::Timer look(loop, [&] {
        const core::TimePoint now = core::Clock::now();
        const std::size_t unknown = unknown_backends(control.status());
        const bool is_quiet = now - findings.last() > quiet;
        if (now >= end || (unknown == 0 && is_quiet)) return loop.stop();
        if (now - told >= 1s) {
            told = now;
            on_wait(unknown > 0 ? fmt::format("{} backends have not answered yet", unknown)
                                : "comparing, and trying other settings");
        }
        look.start(kLook);
    });
    control.adopt(std::move(plan).value());
    look.start(kLook);
    loop.run();
}

}  // namespace

std::vector<conf::Problem> live_check(const conf::Config& config,
                                      const std::function<void(std::string_view)>& on_wait) {
    LiveFindings findings(config);
    const Diversion diversion(findings);
    if (auto enough = enough_descriptors(config, worker_count(config)); !enough)
        findings.add(conf::Severity::error, "limits", enough.error(), "");
    look_at_servers(config, findings, on_wait);
    return findings.take();
}

}  // namespace proxy
