#include "proxy/advice/dns_records.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace proxy {

namespace {

constexpr std::size_t kZoneColumns = 80;
/// What a new record gets beside port and target.
constexpr std::uint16_t kNewPriority = 0;
constexpr std::uint16_t kNewWeight = 5;

/// RFC 6120 section 14.5; XEP-0368 section 3.
struct ServiceKind {
    std::string_view label;
    bool direct_tls;
};
constexpr std::array kServiceKinds{ServiceKind{"_xmpp-client._tcp.", false},
                                   ServiceKind{"_xmpps-client._tcp.", true}};

using Ports = std::set<std::uint16_t>;

Ports ports_of(const conf::Config& config, bool direct_tls) {
    Ports ports;
    for (const conf::Listen& listen : config.listen) {
        const bool is_direct = listen.kind == conf::ListenKind::c2s_tls ||
                               (listen.kind == conf::ListenKind::web && listen.xmpp);
        if (direct_tls ? is_direct : listen.kind == conf::ListenKind::c2s)
            ports.insert(listen.address.port());
    }
    return ports;
}

std::string zone_line(std::string_view service, const dns::SrvRecord& record) {
    const std::string data =
        fmt::format("{} {} {} {}.", record.priority, record.weight, record.port, record.target);
    std::string line = fmt::format("{}. IN SRV {}", service, data);
    if (line.size() <= kZoneColumns) return line;
    return fmt::format("{}. IN SRV (\n    {} )", service, data);  // RFC 1035 section 5.1
}

std::string shown(const dns::SrvRecord& record) {
    return fmt::format("port {} of {}", record.port, record.target);
}

/// The records of one service of a domain, judged.
class Judgement {
public:
    Judgement(const conf::Config& config, const ServiceKind& kind, std::string service,
              std::string target, bool is_target_wanted, const Published& published)
        : ports_(ports_of(config, kind.direct_tls)),
          other_ports_(ports_of(config, !kind.direct_tls)),
          other_label_(kServiceKinds[kind.direct_tls ? 0 : 1].label),
          service_(std::move(service)),
          target_(std::move(target)),
          is_target_wanted_(is_target_wanted),
          published_(published) {}

    void judge(DomainRecords& into) {
        const auto answer = published_.services.find(service_);
        if (answer == published_.services.end()) {
            unanswered(dns::Problem::timeout);
        } else if (!answer->second) {
            unanswered(answer->second.error());
        } else {
            judge(*answer->second);
        }
        into.zone.insert(into.zone.end(), zone_.begin(), zone_.end());
        into.findings.insert(into.findings.end(), findings_.begin(), findings_.end());
    }

private:
    void judge(const dns::SrvSet& set) {
        if (set.service == dns::Service::not_offered && !ports_.empty())
            add(RecordState::no_service,
                "the target is \".\": clients are told that there is no such service");
        for (const dns::SrvRecord& record : set.records) judge(record);
        for (const std::uint16_t port : ports_) {
            if (covered_.contains(port)) continue;
            propose(port);
            if (set.service != dns::Service::not_offered) add(RecordState::missing, missing(port));
        }
    }

    void judge(const dns::SrvRecord& record) {
        if (!ports_.contains(record.port)) return add(RecordState::wrong_port, stray(record));
        if (!is_target_wanted_ || record.target == target_) covered_.insert(record.port);
        zone_.push_back(zone_line(service_, record));
        judge_target(record);
    }

    void judge_target(const dns::SrvRecord& record) {
        if (const auto problem = problem_of(record.target); !problem) {
            add(RecordState::right, shown(record));
        } else if (is_absence(*problem)) {
            add(RecordState::no_address,
                fmt::format("{}, which has no address: publish A or AAAA", shown(record)));
        } else {
            add(RecordState::unknown, fmt::format("{}, whose address DNS does not tell ({})",
                                                  shown(record), to_string(*problem)));
        }
    }

    void unanswered(dns::Problem problem) {
        for (const std::uint16_t port : ports_) propose(port);
        add(RecordState::unknown, fmt::format("DNS does not answer ({})", to_string(problem)));
    }

    std::string missing(std::uint16_t port) const {
        std::string words = fmt::format("no record for port {}", port);
        if (!is_target_wanted_) return words;
        words += " of " + target_;
        const auto problem = problem_of(target_);
        if (problem && is_absence(*problem)) words += ", which has no address: publish A or AAAA";
        return words;
    }

    std::string stray(const dns::SrvRecord& record) const {
        std::string words = fmt::format("{} is not listened on", shown(record));
        if (other_ports_.contains(record.port))
            words += fmt::format(" for this, but for {}",
                                 other_label_.substr(0, other_label_.size() - 1));
        return words;
    }

    /// Of a target's address; none: it has one.
    std::optional<dns::Problem> problem_of(const std::string& target) const {
        const auto answer = published_.hosts.find(target);
        if (answer == published_.hosts.end()) return dns::Problem::timeout;
        if (!answer->second) return answer->second.error();
        if (answer->second->empty()) return dns::Problem::no_data;
        return std::nullopt;
    }
    static bool is_absence(dns::Problem problem) {
        return problem == dns::Problem::no_such_name || problem == dns::Problem::no_data;
    }

    void propose(std::uint16_t port) {
        zone_.push_back(
            zone_line(service_, {kNewPriority, kNewWeight, port, target_, /*direct_tls=*/false}));
    }
    void add(RecordState state, std::string what) {
        findings_.push_back({state, service_, std::move(what)});
    }

    Ports ports_;
    Ports other_ports_;
    std::string_view other_label_;
    std::string service_;
    std::string target_;
    bool is_target_wanted_;
    const Published& published_;
    Ports covered_;
    std::vector<std::string> zone_;
    std::vector<RecordFinding> findings_;
};

/// Where records of the domain point to now.
std::string published_target(std::string_view domain, const Published& published) {
    for (const std::string& service : services_of(domain)) {
        const auto answer = published.services.find(service);
        if (answer == published.services.end() || !answer->second) continue;
        if (!answer->second->records.empty()) return answer->second->records.front().target;
    }
    return std::string(kUnknownHost);
}

bool is_wildcard(std::string_view name) {
    return name.starts_with('*');
}

}  // namespace

std::string_view to_string(RecordState state) {
    switch (state) {
        case RecordState::right: return "right";
        case RecordState::missing: return "missing";
        case RecordState::wrong_port: return "wrong port";
        case RecordState::no_service: return "no service";
        case RecordState::no_address: return "no address";
        case RecordState::unknown: return "unknown";
    }
    return {};
}

bool DomainRecords::is_fine() const {
    return std::all_of(findings.begin(), findings.end(), [](const RecordFinding& finding) {
        return finding.state == RecordState::right;
    });
}

bool has_records(std::string_view domain) {
    return !is_wildcard(domain) && !core::Endpoint::from_address(domain, 0);
}

bool is_served(const conf::Config& config, std::string_view domain) {
    const std::size_t dot = domain.find('.');
    const std::string_view parent = dot == domain.npos ? std::string_view() : domain.substr(dot);
    return std::any_of(config.domains.begin(), config.domains.end(), [&](const conf::Domain& each) {
        if (!is_wildcard(each.name)) return each.name == domain;
        return each.name == "*" || each.name.substr(1) == parent;
    });
}

std::vector<std::string> services_of(std::string_view domain) {
    std::vector<std::string> names;
    for (const ServiceKind& kind : kServiceKinds)
        names.push_back(std::string(kind.label).append(domain));
    return names;
}

DomainRecords domain_records(const conf::Config& config, const std::string& domain,
                             const std::string& host, const Published& published) {
    DomainRecords records;
    records.domain = domain;
    records.target = host.empty() ? published_target(domain, published) : host;
    for (const ServiceKind& kind : kServiceKinds) {
        Judgement(config, kind, std::string(kind.label).append(domain), records.target,
                  !host.empty(), published)
            .judge(records);
    }
    return records;
}

std::string web_host(const conf::Config& config, const std::string& target) {
    constexpr std::uint16_t kHttpsPort = 443;
    if (config.web.bosh.empty() && config.web.websocket.empty()) return {};
    for (const conf::Listen& listen : config.listen) {
        if (listen.kind == conf::ListenKind::web && listen.address.port() != kHttpsPort)
            return fmt::format("{}:{}", target, listen.address.port());
        // A proxy that ends TLS in front of us is taken to listen where all do.
        if (listen.kind == conf::ListenKind::web || !listen.trust.empty()) return target;
    }
    return {};
}

}  // namespace proxy
