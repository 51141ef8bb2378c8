#include "proxy/process/live_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "balancer/load_board.h"
#include "conf/findings.h"
#include "core/certificate_store.h"
#include "core/event_loop.h"
#include "core/listener.h"
#include "core/log.h"
#include "core/timer.h"
#include "core/unix_socket.h"
#include "proxy/pools/pool_control.h"
#include "proxy/process/certificates_in_use.h"
#include "proxy/process/live_findings.h"
#include "proxy/process/process_limits.h"

namespace proxy {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLook = 100ms;
constexpr std::chrono::seconds kLongest{20};
/// Of one check, whatever patience sessions have; so that other settings can be tried, too.
constexpr std::chrono::milliseconds kOfACheck = 5s;
/// Two checks of each backend: accounts are compared by two answers.
constexpr std::chrono::milliseconds kBetweenChecks = 500ms;

/// The same servers, judged by their first answer.
std::shared_ptr<const conf::Config> hurried(const conf::Config& config) {
    auto made = std::make_shared<conf::Config>(config);
    for (conf::Pool& pool : made->pools) {
        pool.health.checks = true;
        pool.health.every = kBetweenChecks;
        pool.health.timeout = std::min(pool.health.timeout, kOfACheck);
        pool.connect_timeout = std::min(pool.connect_timeout, kOfACheck);
        pool.answer_timeout = std::min(pool.answer_timeout, kOfACheck);
        pool.health.jitter = 0;
        pool.health.rise = 1;
        pool.health.fall = 1;
        pool.health.passive_failures = 0;
    }
    return made;
}

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
        core::divert_log([this, &to](const core::LogRecord& line) {
            if (to.note(line)) last_ = core::Clock::now();
        });
    }
    ~Diversion() { core::divert_log(nullptr); }
    Diversion(const Diversion&) = delete;
    Diversion& operator=(const Diversion&) = delete;

    /// When something was found last, or this began.
    core::TimePoint last() const { return last_; }

private:
    core::TimePoint last_ = core::Clock::now();
};

std::string place_of_domain(const std::string& domain) {
    return "domain." + conf::in_quotes(domain);
}

/// Ports of the configuration that are not free. Nobody else may have them but a stanzagate of this
/// configuration, whose admin socket is there.
void look_at_ports(const conf::Config& config, LiveFindings& findings) {
    if (core::connect_unix(config.admin.socket)) return;
    for (const conf::Listen& listen : config.listen) {
        if (auto free = core::Listener::check_free(listen.address); !free)
            findings.add(conf::Severity::error,
                         fmt::format("listen {}", conf::in_quotes(listen.address.to_string())),
                         "cannot be had: " + free.error().message(),
                         "see who listens there: ss -ltnp");
    }
}

/// Domains of the configuration whose clients are shown no certificate, or one that is not theirs.
void look_at_domains(const conf::Config& config, const core::CertificateStore& certificates,
                     LiveFindings& findings) {
    const ShownCertificates shown =
        certificates_in_use(config, certificates, std::chrono::system_clock::now());
    const std::string cert_dir = config.tls.cert_dir.string();
    for (const std::string& domain : shown.without)
        findings.add(conf::Severity::error, place_of_domain(domain),
                     "no certificate covers it: its clients are refused",
                     fmt::format("put one into a folder of its name in {}", cert_dir));
    for (const ShownCertificate& each : shown.certificates)
        for (const std::string& domain : each.unnamed)
            findings.add(
                conf::Severity::error, place_of_domain(domain),
                fmt::format("no certificate covers it: its clients are shown {}, which "
                            "they refuse",
                            each.file),
                fmt::format("put one that names it into a folder of its name in {}", cert_dir));
}

/// Trials and comparisons follow the first check: nothing more is expected when all have been
/// silent for as long as one takes.
std::chrono::milliseconds quiet_time(const conf::Config& config) {
    std::chrono::milliseconds longest = 2 * kBetweenChecks;
    for (const conf::Pool& pool : config.pools)
        longest = std::max(longest, std::min(pool.health.timeout, kOfACheck) + 2 * kBetweenChecks);
    return longest;
}

std::vector<PoolStatus> look_at_servers(const conf::Config& config, LiveFindings& findings,
                                        const Diversion& diversion,
                                        const std::function<void(std::string_view)>& on_wait) {
    core::EventLoop loop;
    balancer::LoadBoard loads(1);
    PoolControl control(loop, loads, [](const Routing&) {});
    std::shared_ptr<const core::CertificateStore> certificates;
    if (auto loaded = core::CertificateStore::load(config.tls.cert_dir)) {
        certificates = *loaded;
        look_at_domains(config, *certificates, findings);
    } else {
        findings.add(conf::Severity::error, "tls",
                     loaded.error().file.string() + ": " + loaded.error().what,
                     "mend the certificate, or take its folder out of cert_dir");
    }
    auto plan = control.plan(hurried(config), certificates);
    if (!plan) {
        findings.add(conf::Severity::error, "", plan.error(), "");
        return {};
    }
    const core::TimePoint end = core::Clock::now() + kLongest;
    const std::chrono::milliseconds quiet = quiet_time(config);
    core::TimePoint told = core::Clock::now();
    core::Timer look(loop, [&] {
        const core::TimePoint now = core::Clock::now();
        const std::size_t unknown = unknown_backends(control.status());
        const bool is_quiet = now - diversion.last() > quiet;
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
    findings.note_silent(control.status(), kLongest);
    return control.status();
}

}  // namespace

LiveLook look_live(const conf::Config& config,
                   const std::function<void(std::string_view)>& on_wait) {
    LiveFindings findings(config.file);
    const Diversion diversion(findings);
    if (auto enough = enough_descriptors(config, worker_count(config)); !enough)
        findings.add(conf::Severity::error, "limits", enough.error(),
                     "the service's LimitNOFILE, or ulimit -n of the shell that starts it");
    look_at_ports(config, findings);
    auto pools = look_at_servers(config, findings, diversion, on_wait);
    return {.problems = findings.take(), .pools = std::move(pools)};
}

}  // namespace proxy
