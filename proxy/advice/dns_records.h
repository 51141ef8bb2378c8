#pragma once
// What clients have to find in DNS so that they reach the listeners of a configuration: service
// records (RFC 6120 section 3.2.1, XEP-0368) and where to look for BOSH and WebSocket (XEP-0156),
// compared with what is published. Pure: a configuration and answers in, findings and lines of a
// zone out; any thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "dns/problem.h"
#include "dns/srv.h"

namespace proxy {

/// What DNS says now. A name that is not in here got no answer in time.
struct Published {
    template <class Answer>
    using Answers = std::map<std::string, core::Result<Answer, dns::Problem>, std::less<>>;

    Answers<dns::SrvSet> services;               // by "_xmpp-client._tcp.example.org"
    Answers<std::vector<core::Endpoint>> hosts;  // by target
};

enum class RecordState : std::uint8_t {
    right,
    missing,
    wrong_port,  // not listened on for this service
    no_service,  // the target is the root (RFC 2782, "Target"): clients do not even try
    no_address,  // of the target
    unknown,     // DNS did not answer
};
/// "right", "missing", "wrong port", ...
std::string_view to_string(RecordState state);

struct RecordFinding {
    RecordState state = RecordState::right;
    std::string service;  // "_xmpp-client._tcp.example.org"
    std::string what;     // "port 5222 of xmpp.example.org", and what is wrong with it
};

struct DomainRecords {
    std::string domain;
    std::string target;             // of records that are missing
    std::vector<std::string> zone;  // lines of a zone file: what should be published, all of it
    std::vector<RecordFinding> findings;

    bool is_fine() const;
};

/// Whether DNS can be asked for a [domain]: a wildcard and an IP address have no records.
bool has_records(std::string_view domain);
/// Whether a [domain] serves `domain` (A-labels, lower case), a wildcard among them.
bool is_served(const conf::Config& config, std::string_view domain);

/// The two services of a domain, which are to be asked.
std::vector<std::string> services_of(std::string_view domain);

/// `host`: the name under which clients are to reach this proxy; "": that of the records which
/// are published, else kUnknownHost.
DomainRecords domain_records(const conf::Config& config, const std::string& domain,
                             const std::string& host, const Published& published);

/// Where host-meta sends web clients that come to `target`: with the port of the first listener for
/// them, unless it is that of HTTPS; "": no listener serves XMPP over the web.
std::string web_host(const conf::Config& config, const std::string& target);

/// In place of a name that only the operator knows.
inline constexpr std::string_view kUnknownHost = "NAME-OF-THIS-PROXY";

}  // namespace proxy
