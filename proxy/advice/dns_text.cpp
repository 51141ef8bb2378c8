#include "proxy/advice/dns_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "proxy/advice/settings_text.h"

namespace proxy {

namespace {

constexpr std::string_view kZoneComment = ";";

void add_host_meta(SettingsText& text, const DomainRecords& records, std::string_view xrd) {
    text.blank().note(
        fmt::format("Web clients ask https://{}/.well-known/host-meta (and host-meta.json). The "
                    "web server of that name has to answer as we do:",
                    records.domain));
    while (!xrd.empty()) {
        const std::size_t end = std::min(xrd.find('\n'), xrd.size());
        text.note(xrd.substr(0, end));
        xrd.remove_prefix(std::min(end + 1, xrd.size()));
    }
}

}  // namespace

std::string records_text(const DomainRecords& records, const HostMeta& host_meta) {
    SettingsText text(kZoneComment);
    text.note(records.domain + ":");
    for (const std::string& line : records.zone) text.line(line);
    if (records.target == kUnknownHost)
        text.note(
            fmt::format("Put the name of this proxy in place of {}: --host NAME", kUnknownHost));
    if (records.zone.empty()) text.note("no listener is for XMPP clients: no records");
    text.blank();
    for (const RecordFinding& finding : records.findings)
        text.note(
            fmt::format("{}: {}: {}", to_string(finding.state), finding.service, finding.what));
    if (!host_meta.xrd.empty()) add_host_meta(text, records, host_meta.xrd);
    return text.text();
}

}  // namespace proxy
