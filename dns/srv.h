#pragma once
// Service records (RFC 2782) as values: what a domain says about a service, and the joining of
// STARTTLS and direct TLS into one list (XEP-0368). The draw by which RFC 2782 orders targets is
// not here: policies of the balancer choose among them. Pure; any thread.

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace dns {

struct SrvRecord {
    std::uint16_t priority = 0;  // lower is tried first
    std::uint16_t weight = 0;    // share within its priority
    std::uint16_t port = 0;
    std::string target;       // host name, lower case, without the final dot
    bool direct_tls = false;  // TLS before the first byte of XMPP: the name began with _xmpps-

    friend auto operator<=>(const SrvRecord&, const SrvRecord&) = default;
};

enum class Service : std::uint8_t {
    offered,      // there are records
    not_offered,  // the domain says "no": the only target is the root (RFC 2782, "Target")
    unknown,      // the domain says nothing: no such name, or a name without such records
};

/// All records of a service, sorted, each once.
struct SrvSet {
    Service service = Service::unknown;
    std::vector<SrvRecord> records;  // empty unless offered

    friend bool operator==(const SrvSet&, const SrvSet&) = default;
};

/// Records as they came, the root among their targets as the empty name, made into a set. Beside
/// other targets the root says nothing and is dropped.
SrvSet make_srv_set(std::vector<SrvRecord> records);

/// Both services of a domain as one: records of `direct` are marked `direct_tls`. Only when none
/// has records does a "no" of either count.
SrvSet merge(const SrvSet& starttls, const SrvSet& direct);

}  // namespace dns
