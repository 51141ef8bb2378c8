#pragma once
// The configuration as plain values, immutable once loaded; shared between threads as
// `shared_ptr<const Config>`. `conf/load` makes it from TOML, `conf/check` applies the rules that
// span fields. Defaults stand here, once; the reference in conf/example.toml is tested against
// them. Ranges stand with the reader in conf/load. Values compare, so that a reload can tell what
// changed.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/address_block.h"
#include "core/endpoint.h"
#include "core/severity.h"
#include "xmpp/limits.h"

namespace conf {

/// Clients with STARTTLS; with direct TLS (XEP-0368); over HTTPS (RFC 7395, XEP-0124, forwarded
/// paths); over HTTP in clear, which is sent to HTTPS unless a proxy in front ends TLS.
enum class ListenKind : std::uint8_t { c2s, c2s_tls, web, web_clear };
enum class Balance : std::uint8_t { round_robin, least_sessions, random_two, hash_user, hash_ip };
/// When a session's backend is chosen: once the login has shown its user, or at the stream header.
enum class RouteBy : std::uint8_t { user, domain };
/// Whose weight counts for members that DNS names: that of the record, or that of the file.
enum class SrvWeight : std::uint8_t { dns, file };
enum class ProxyProtocol : std::uint8_t { off, v1, v2 };
enum class BackendTls : std::uint8_t { off, starttls, direct };
/// What logins can be bound to (RFC 5056) although TLS ends here: nothing; all that the client's
/// TLS gives, which the PROXY header carries to the backend; or the certificate, where the backend
/// shows the same one as we do.
enum class ChannelBinding : std::uint8_t { none, told, same_certificate };
/// What a backend sees when its client is lost: TCP ends, or is reset.
enum class OnClientLoss : std::uint8_t { fin, reset };
/// What keeps requests of a forwarded path at one backend: nothing; the client's address; a value
/// in the query (of Jitsi's `room`); the sid of the server's own BOSH.
enum class ForwardSticky : std::uint8_t { none, address, query, bosh_sid };
enum class LogFormat : std::uint8_t { text, json };
enum class TlsVersion : std::uint8_t { v1_2, v1_3 };
/// What opens and seals the TLS records of clients once they are secure: our own, which needs 0.3
/// KiB a session, or OpenSSL, which needs 13.
enum class RecordLayer : std::uint8_t { compact, openssl };

struct Tls {
    std::filesystem::path cert_dir;  // required; holds DOMAIN/{fullchain,privkey}.pem
    TlsVersion min_version = TlsVersion::v1_2;
    RecordLayer record_layer = RecordLayer::compact;
    /// Whose certificate clients are shown that name no domain: that of this one; kNobody:
    /// nobody's, they are refused. Empty: of the first [domain] that has one, unless there is a
    /// `default`.
    std::string default_domain;
    static constexpr const char* kNobody = "none";
    std::filesystem::path ticket_keys;  // shared by proxies; empty: own keys, rotated
    std::chrono::seconds ticket_lifetime{12 * 3600};
    friend bool operator==(const Tls&, const Tls&) = default;
};

struct Listen {
    core::Endpoint address;
    ListenKind kind = ListenKind::c2s;
    int backlog = 4096;  // connections the kernel holds before accept
    bool xmpp = false;   // with `web` alone: direct TLS (XEP-0368) is served on this port, too
    /// Who must begin each connection with a PROXY header; from all others it is taken for a part
    /// of the stream.
    std::vector<core::AddressBlock> accept_proxy;
    /// With `web_clear` alone: proxies that end TLS in front of us. They are served as on `web`,
    /// and their X-Forwarded-For and -Proto are believed.
    std::vector<core::AddressBlock> trust;
    friend bool operator==(const Listen&, const Listen&) = default;
};

/// A domain of the stream header's `to`, in A-label lower case. "*" is the default domain and
/// "*.example.org" any single label in front of example.org.
struct Domain {
    std::string name;
    std::string pool;
    friend bool operator==(const Domain&, const Domain&) = default;
};

struct Backend {
    std::string name;  // unique in its pool; as written in `address` or `srv` when not given
    std::string host;  // IP address without brackets, or host name (A-labels); empty with `srv`
    std::uint16_t port = 5222;
    std::string srv;  // "_xmpp-client._tcp.example.org": stands for all that DNS names; or empty
    std::uint32_t priority = 0;      // the lowest number is the best tier; with `srv` DNS says it
    std::uint32_t weight = 100;      // 0: no new sessions
    std::uint32_t max_sessions = 0;  // 0: no limit
    std::uint32_t connect_rate = 0;  // new sessions a second in the process; 0: no limit
    ProxyProtocol proxy = ProxyProtocol::off;
    ChannelBinding channel_binding = ChannelBinding::none;
    BackendTls tls = BackendTls::off;
    std::filesystem::path ca_file;  // empty: the system's CAs
    bool tls_verify = true;
    OnClientLoss on_client_loss = OnClientLoss::fin;
    friend bool operator==(const Backend&, const Backend&) = default;
};

/// How a pool's backends are judged (balancer/health.h).
struct Health {
    bool checks = true;                        // false: passive signals alone
    std::chrono::milliseconds every{5'000};    // between checks, spread by `jitter`
    std::chrono::milliseconds timeout{3'000};  // of one check, connecting included
    std::uint32_t jitter = 20;                 // percent of `every`, either way; at most 50
    std::uint32_t rise = 2;                    // passed checks in a row until up
    std::uint32_t fall = 3;                    // failed checks in a row until down
    std::uint32_t passive_failures = 5;        // of sessions in a row until ejected; 0: never
    std::chrono::milliseconds passive_window{10'000};  // a longer pause ends a row
    std::chrono::milliseconds eject_first{10'000};     // the first ejection; each next doubles
    std::chrono::milliseconds eject_longest{300'000};  // and up this long, it starts anew
    std::chrono::milliseconds slow_start{30'000};      // to full weight; 0: at once
    std::chrono::milliseconds flap_window{600'000};    // falls so near each other are flapping
    /// Bare JID (prepared) that every backend is asked for, to see that all are one cluster; "".
    std::string account;
    friend bool operator==(const Health&, const Health&) = default;
};

struct Pool {
    std::string name;
    Balance balance = Balance::least_sessions;
    RouteBy route = RouteBy::user;
    SrvWeight srv_weight = SrvWeight::dns;
    bool resume_anywhere = false;  // sessions can be resumed at each backend (XEP-0198)
    bool together = false;         // all devices of a user share a backend
    std::uint32_t panic = 20;  // percent of healthy members below which health is ignored; 0: never
    std::uint32_t login_rate = 0;  // logins a second at each backend, of this process; 0: no limit
    Health health;
    std::vector<Backend> backends;
    std::chrono::milliseconds connect_timeout{3'000};  // per candidate, TCP (and TLS) included
    std::chrono::milliseconds answer_timeout{10'000};  // our stream header to their features
    bool hedge = true;  // the next backend is tried beside one that is silent
    friend bool operator==(const Pool&, const Pool&) = default;
};

/// What one subscriber may take: an IPv4 address, or an IPv6 /64. 0 is no limit.
struct AddressLimits {
    /// Connections that have not logged in; none: three quarters of the places of the process.
    std::optional<std::uint32_t> before_login;
    std::uint32_t sessions = 0;           // logged in
    std::uint32_t new_per_second = 0;     // connections, with a burst of ten seconds
    std::uint32_t failed_logins = 1'000;  // in `failed_window`; then all are refused until its end
    std::chrono::milliseconds failed_window{600'000};
    std::vector<core::AddressBlock> exempt;  // whom nothing of this concerns
    friend bool operator==(const AddressLimits&, const AddressLimits&) = default;
};

/// What a client that has logged in may send in a second; it is read more slowly where it sends
/// more. 0 is no limit.
struct RateLimits {
    std::uint32_t bytes = 0;
    std::uint32_t stanzas = 0;
    std::chrono::milliseconds burst{10'000};  // as much as in this time may come at once
    bool end_floods = false;                  // of presence and iq, in place of reading slowly
    bool is_on() const { return bytes != 0 || stanzas != 0; }
    friend bool operator==(const RateLimits&, const RateLimits&) = default;
};

struct Limits {
    std::chrono::milliseconds login{30'000};          // absolute, from accept to SASL success
    std::chrono::milliseconds registration{300'000};  // instead, from the first iq answered before
    std::chrono::milliseconds handshake{10'000};      // from start of TLS to its end
    std::chrono::milliseconds close{5'000};           // from our </stream:stream> to the peer's
    std::uint32_t stanza = xmpp::kStanzaBytes;        // bytes, after login
    std::uint32_t depth = 100;                        // open elements, the first-level one included
    std::uint32_t attributes = 64;                    // of one start tag
    std::uint32_t sessions = 0;              // of one process; 0: as many as descriptors allow
    std::uint32_t buffer_high = 256 * 1024;  // waiting for a slow peer: its source stops
    std::uint32_t buffer_low = 64 * 1024;    // and goes on below this
    AddressLimits address;
    RateLimits rate;
    friend bool operator==(const Limits&, const Limits&) = default;
};

struct Log {
    LogFormat format = LogFormat::text;
    core::Severity level = core::Severity::info;
    std::filesystem::path file;           // empty: standard error
    std::filesystem::path pseudonym_key;  // empty: a key of this process alone
    friend bool operator==(const Log&, const Log&) = default;
};

struct Worker {
    unsigned threads = 0;  // 0: one per core
    friend bool operator==(const Worker&, const Worker&) = default;
};

struct Dns {
    std::vector<core::Endpoint> servers;  // none: those of the system
    friend bool operator==(const Dns&, const Dns&) = default;
};

/// A path that a pool's servers answer over HTTP themselves.
struct WebForward {
    std::string path;  // with a '/' at its end all that is below it, else exactly this
    std::string pool;
    std::uint16_t port = 0;  // of each backend's host
    ProxyProtocol proxy = ProxyProtocol::off;
    ForwardSticky sticky = ForwardSticky::none;
    std::string query;  // with ForwardSticky::query, the name of the value; else empty
    friend bool operator==(const WebForward&, const WebForward&) = default;
};

/// What listeners of kind `web` and `web_clear` serve. Paths are compared byte for byte.
struct Web {
    std::string bosh = "/http-bind";            // XEP-0124; "": not served
    std::string websocket = "/xmpp-websocket";  // RFC 7395; "": not served
    /// Whose pages may connect, as browsers write an Origin; empty: those of anybody.
    std::vector<std::string> origins;
    /// "https://host[:port][/path]" without a '/' at its end, as host-meta announces it; empty: as
    /// the listeners say.
    std::string public_url;
    std::filesystem::path acme_challenge;  // folder of RFC 8555 section 8.3; empty: none
    std::vector<WebForward> forwards;
    std::chrono::milliseconds head_timeout{10'000};  // from the first byte of a head to its last
    std::chrono::milliseconds keep_alive{60'000};    // from a response to the next request
    std::chrono::milliseconds stall{30'000};         // of a body or response without progress
    std::uint32_t requests = 1'000;                  // of one connection
    std::uint32_t per_address = 1'000;     // connections of one client address; 0: no limit
    std::uint32_t bosh_body = 512 * 1024;  // bytes of one <body/>
    std::uint32_t bosh_sessions = 0;       // of one process; 0: no limit but [limits] sessions
    std::uint32_t bosh_held = 64 * 1024;   // bytes that wait for a client's next request
    friend bool operator==(const Web&, const Web&) = default;
};

/// How clients that come back find the backend that holds their session (XEP-0198).
/// What becomes of the sessions of a process whose place another one has taken.
struct Upgrade {
    std::chrono::milliseconds over{600'000};     // those that can resume are moved, evenly
    std::chrono::milliseconds stay{86'400'000};  // the others stay as long
    friend bool operator==(const Upgrade&, const Upgrade&) = default;
};

struct Shutdown {
    std::chrono::milliseconds over{0};  // sessions are sent away, evenly; 0: all at once
    friend bool operator==(const Shutdown&, const Shutdown&) = default;
};

struct Resumption {
    std::filesystem::path keys;  // of tags, shared by proxies; empty: those of this process
    std::chrono::milliseconds remember{600'000};  // where the backend does not say how long
    std::uint32_t users = 1'000'000;              // that are remembered
    friend bool operator==(const Resumption&, const Resumption&) = default;
};

struct Admin {
    std::filesystem::path socket;         // empty: no administration of the running process
    std::filesystem::path state;          // empty: a restart forgets what the operator set
    core::Endpoint http;                  // of status page and metrics; unspecified: none
    std::vector<std::string> http_hosts;  // names under which they may be asked for
    friend bool operator==(const Admin&, const Admin&) = default;
};

/// Domains, pools, backends and listeners stand in the order of the file; paths are absolute or
/// relative to the working directory (the file's own folder is already in front).
struct Config {
    std::filesystem::path file;  // where it was read from; "" in tests
    Tls tls;
    std::vector<Listen> listen;
    std::vector<Domain> domains;
    std::vector<Pool> pools;
    Limits limits;
    Web web;
    Log log;
    Worker worker;
    Dns dns;
    Resumption resumption;
    Upgrade upgrade;
    Shutdown shutdown;
    Admin admin;
    friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace conf
