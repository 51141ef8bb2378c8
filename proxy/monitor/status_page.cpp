#include "proxy/monitor/status_page.h"

#include <fmt/format.h>

#include <vector>

#include "core/quoted_text.h"
#include "proxy/admin/text_table.h"
#include "proxy/monitor/html.h"
#include "proxy/monitor/readiness.h"

namespace proxy {

namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

// Words and marks say what colours say.
constexpr std::string_view kHead = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>stanzagate</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta http-equiv="refresh" content="10">
<style>
:root{--fg:#1d2733;--dim:#56616e;--bg:#fff;--line:#d8dee6;--good:#11682c;--bad:#a8221b;--curve:#1f5fa8}
@media (prefers-color-scheme:dark){:root{--fg:#e4e9ef;--dim:#9aa7b5;--bg:#141a21;--line:#323c48;
--good:#6fd08c;--bad:#ff8f87;--curve:#7db6f2}}
body{font:15px/1.45 system-ui,sans-serif;color:var(--fg);background:var(--bg);max-width:70rem;margin:0 auto;
padding:1rem}
h1{font-size:1.3rem;margin:0}h2{font-size:1.05rem;margin:1.6rem 0 .4rem}
p{overflow-wrap:anywhere}p{margin:.2rem 0}.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad);font-weight:600}
.curves{display:grid;grid-template-columns:repeat(auto-fit,minmax(16rem,1fr));gap:.8rem;margin-top:1rem}
figure{margin:0;display:flex;flex-direction:column;justify-content:end}figcaption{font-size:.85rem;color:var(--dim)}
svg{width:100%;height:3.5rem;border-bottom:1px solid var(--line)}
polyline{fill:none;stroke:var(--curve);stroke-width:1.5;vector-effect:non-scaling-stroke}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.25rem .8rem .25rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;font-size:.85rem;color:var(--dim)}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
</style></head><body>
)";

std::string age_of(std::chrono::system_clock::time_point since, const Monitored& what) {
    return age_text(duration_cast<seconds>(what.now.wall - since));
}

std::string header(const Monitored& what) {
    const ServerStatus& status = what.status;
    const std::string why = why_not_ready(what);
    std::string text = fmt::format(
        "<h1>stanzagate {}</h1>\n<p>{}</p>\n<p class=\"dim\">up {}, configuration {} of {} "
        "ago</p>\n",
        html_text(status.version),
        why.empty() ? "<span class=\"good\">&#10003; ready</span>"
                    : "<span class=\"bad\">&#10007; not ready: " + html_text(why) + "</span>",
        age_of(status.started, what), html_text(status.config_file),
        age_of(status.config_loaded, what));
    if (!status.last_reload_problem.empty())
        text += fmt::format("<p class=\"bad\">&#9888; the last reload was refused: {}</p>\n",
                            html_text(status.last_reload_problem));
    const std::size_t drift = live_members(status.pools).size();
    if (drift > 0)
        text += fmt::format("<p>&#9888; {} differ from the file</p>\n",
                            html_text(counted(drift, "live setting")));
    for (const OldProcess& old : status.old_processes)
        text += fmt::format("<p>process {} of version {} was replaced, and has {} yet</p>\n",
                            old.pid, html_text(old.version), counted(old.sessions, "session"));
    return text;
}

std::string curves(const LastHour& hour) {
    const std::vector<LastHour::Sample> samples = hour.samples();
    const auto curve = [&](std::string_view name, std::string_view unit, auto member) {
        std::vector<double> values;
        values.reserve(samples.size());
        for (const auto& sample : samples) values.push_back(sample.*member);
        return html_curve(name, unit, values, LastHour::kSamples);
    };
    return "<div class=\"curves\">\n" + curve("sessions", "", &LastHour::Sample::sessions) +
           curve("logins", "/s", &LastHour::Sample::logins) +
           curve("failed logins", "/s", &LastHour::Sample::failed) +
           curve("stanzas", "/s", &LastHour::Sample::stanzas) +
           curve("slowest check", " ms", &LastHour::Sample::answer_ms) + "</div>\n";
}

std::string backend_row(const BackendStatus& backend, const Monitored& what) {
    const bool is_good = backend.health == balancer::HealthMachine::State::up &&
                         backend.admin == balancer::AdminState::ready;
    return fmt::format(
        "<tr><td>{}</td><td>{}</td><td class=\"{}\">{} {}</td><td class=\"n\">{}{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}{}</td><td class=\"n\">{}</td></tr>\n",
        html_text(backend.name), html_text(backend.address), is_good ? "good" : "bad",
        is_good ? "&#10003;" : "&#10007;", html_text(state_words(backend, what.now)),
        backend.weight,
        backend.weight == backend.file_weight ? "" : fmt::format(" (file {})", backend.file_weight),
        backend.sessions, backend.logins,
        backend.logins_waiting == 0 ? "" : fmt::format(" ({} wait)", backend.logins_waiting),
        backend.last_check.count() == 0 ? "-" : fmt::format("{} ms", backend.last_check.count()));
}

std::string pool_part(const PoolStatus& pool, const Monitored& what) {
    std::string text = fmt::format("<h2>Pool {}</h2>\n<p class=\"dim\">{}</p>\n",
                                   html_text(pool.name), balance_words(pool.balance));
    if (pool.is_panicking)
        text += "<p class=\"bad\">&#9888; so few backends are healthy that health is ignored</p>\n";
    for (const ServiceStatus& service : pool.services)
        text +=
            fmt::format("<p class=\"{}\">{}: {}{}</p>\n", service.problem.empty() ? "dim" : "bad",
                        html_text(service.name), counted(service.records, "record"),
                        service.problem.empty() ? "" : ", " + html_text(service.problem));
    text +=
        "<div class=\"wide\"><table><tr><th>backend</th><th>address</th><th>state</th>"
        "<th class=\"n\">weight</th><th class=\"n\">sessions</th><th class=\"n\">logins</th>"
        "<th class=\"n\">check</th></tr>\n";
    for (const BackendStatus& backend : pool.backends) text += backend_row(backend, what);
    return text + "</table></div>\n";
}

template <class Counts, class Kinds>
std::string count_rows(std::string_view what, const Counts& counts, const Kinds& kinds) {
    std::string text;
    for (std::size_t i = 0; i < kinds.size(); ++i)
        if (counts[i] > 0)
            text += fmt::format("<tr><td>{} {}</td><td class=\"n\">{}</td></tr>\n", what,
                                to_string(kinds[i]), counts[i]);
    return text;
}

std::string row(std::string_view what, std::uint64_t count) {
    return fmt::format("<tr><td>{}</td><td class=\"n\">{}</td></tr>\n", what, count);
}

std::string refused_rows(const std::vector<NamedCount>& refused) {
    std::string text;
    for (const NamedCount& each : refused)
        if (each.count > 0)
            text += row(fmt::format("refused: {}", html_text(each.name)), each.count);
    return text;
}

std::string session_part(const ServerStatus& status) {
    return fmt::format(
               "<h2>Sessions</h2>\n<p>{} of {}</p>\n<div class=\"wide\"><table><tr><th>since the "
               "start</th><th class=\"n\">times</th></tr>\n",
               status.sessions, status.session_limit) +
           row("failed logins", status.failed_logins) +
           count_rows("routed by", status.routed, kRoutedBy) +
           count_rows("resumption:", status.resumes, kResumeResults) +
           count_rows("cut from a backend:", status.side_doors, kSideDoors) +
           refused_rows(status.refused) + row("hedged logins", status.hedges.begun) +
           row("turned away", status.entrance.shed) + "</table></div>\n";
}

std::string certificate_part(const Monitored& what) {
    constexpr int kSoon = 14;
    if (what.certificates.empty()) return {};
    std::string text =
        "<h2>Certificates</h2>\n<div class=\"wide\"><table><tr><th>domain</th>"
        "<th class=\"n\">days left</th></tr>\n";
    for (const CertificateExpiry& each : what.certificates) {
        const auto days =
            duration_cast<std::chrono::hours>(each.not_after - what.now.wall).count() / 24;
        text += fmt::format("<tr><td>{}</td><td class=\"n {}\">{}{}</td></tr>\n",
                            html_text(each.domain), days < kSoon ? "bad" : "",
                            days < kSoon ? "&#9888; " : "", days);
    }
    return text + "</table></div>\n";
}

std::string listener_part(const ServerStatus& status) {
    std::string text = "<h2>Listeners</h2>\n<p>";
    for (const ListenerStatus& each : status.listeners)
        text += html_text(each.address) + " <span class=\"dim\">" + html_text(each.kind) +
                "</span><br>\n";
    return text + "</p>\n";
}

}  // namespace

std::string status_page(const Monitored& what, const LastHour& hour) {
    std::string text = std::string(kHead) + header(what) + curves(hour);
    for (const PoolStatus& pool : what.status.pools) text += pool_part(pool, what);
    return text + session_part(what.status) + certificate_part(what) + listener_part(what.status) +
           "</body></html>\n";
}

}  // namespace proxy
