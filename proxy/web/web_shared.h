#pragma once
// What all web connections of one worker share, and the way to its sessions. Loop thread only.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "core/address_block.h"
#include "core/connection.h"
#include "core/tls_context.h"
#include "http/date.h"
#include "http/head_filter.h"
#include "http/refusal.h"
#include "proxy/legs/address_limits.h"
#include "proxy/legs/refusals.h"
#include "proxy/legs/tcp_client_leg.h"
#include "proxy/web/address_count.h"
#include "proxy/web/bosh_desk.h"
#include "proxy/web/forwarding.h"
#include "proxy/web/web_counts.h"
#include "proxy/web/web_exchange.h"
#include "proxy/web/websocket_leg.h"

namespace proxy {

class WebConnection;

/// A listener, as its connections see it; they may outlive it.
struct WebDoor {
    bool is_clear = false;                  // no TLS of ours
    bool speaks_xmpp = false;               // as well
    std::vector<core::AddressBlock> trust;  // who may end TLS in front of a clear one

    bool trusts(const core::Endpoint& one) const {
        return std::any_of(trust.begin(), trust.end(),
                           [&](const core::AddressBlock& each) { return each.contains(one); });
    }
};

/// What a session on the web front comes by; the word of the log.
enum class WebSessionKind : std::uint8_t { websocket, bosh, direct_tls };
constexpr std::string_view to_string(WebSessionKind kind) {
    switch (kind) {
        case WebSessionKind::websocket: return "websocket";
        case WebSessionKind::bosh: return "bosh";
        case WebSessionKind::direct_tls: return "c2s-tls";
    }
    return "unknown";
}

/// What a request for a session hears that finds no place.
inline http::Refusal no_place_for_session(Refused why) {
    if (why == Refused::process_full || why == Refused::overloaded)
        return {503, "There are too many sessions here."};
    return {429, words_of(why)};
}

/// Where sessions go. A worker is one.
class WebHost {
public:
    /// A place for one more session of that client; or why there is none, counted and in the log.
    /// `place` is that of its connection, or comes to be the session's; `is_limited`: whether
    /// [limits.address] concerns it. begin_session() uses both up.
    virtual std::optional<Refused> take_place(const core::Endpoint& client, AddressPlace& place,
                                              WebClientComes how, bool is_limited) = 0;
    /// As many connections may be there without a session of their own, too.
    virtual std::uint32_t session_limit() const = 0;
    /// A connection was refused, for the log.
    virtual void note_refused(Refused why, const core::Endpoint& client) = 0;
    virtual void begin_session(WebSessionKind kind, std::unique_ptr<ClientLeg> client,
                               AddressPlace place) = 0;

protected:
    ~WebHost() = default;
};

/// What the web fronts of all workers share.
struct WebProcess {
    explicit WebProcess(unsigned workers) : desks(workers) {}

    BoshDesks desks;
    AddressCount connections;
    RememberedUsers forwarded_keys{Forwarding::kRememberedKeys};
};

class WebShared {
public:
    struct Environment {
        core::EventLoop& loop;
        const core::Watermarks& watermarks;
        xmpp::ScanWorkPool& scan_work;
        WebHost& host;
        std::shared_ptr<WebProcess> process;
        unsigned worker = 0;
        Forwarding& forwarding;
        std::shared_ptr<WebCounts> counts = std::make_shared<WebCounts>();
    };
    /// What counts from now on. All of it lives until the next call, and `limits` as long as this.
    struct Settings {
        const conf::Config* config = nullptr;
        core::TlsServerContext* tls = nullptr;            // ALPN http/1.1
        core::TlsServerContext* tls_with_xmpp = nullptr;  // and xmpp-client
        const xmpp::ScanLimits* limits = nullptr;
        bool tells_bindings = false;  // as TcpClients has it
    };
    void use(const Settings& settings);

    core::EventLoop& loop() { return environment_.loop; }
    const core::Watermarks& watermarks() const { return environment_.watermarks; }
    WebHost& host() { return environment_.host; }
    const conf::Config& config() const { return *settings_.config; }
    core::TlsServerContext& tls(const WebDoor& door) const {
        return door.speaks_xmpp ? *settings_.tls_with_xmpp : *settings_.tls;
    }
    WebSockets& websockets() { return websockets_; }
    WebProcess& process() { return *environment_.process; }
    BoshDesk& bosh() { return bosh_; }
    xmpp::ScanWorkPool& scan_work() { return environment_.scan_work; }
    const xmpp::ScanLimits& stream_limits() const { return *settings_.limits; }
    const TcpClients& xmpp_clients() const { return xmpp_clients_; }
    WebCounts& counts() { return *environment_.counts; }
    Forwarding& forwarding() { return environment_.forwarding; }
    const http::HeadLimits& head_limits() const { return head_limits_; }
    /// For the Date field; valid until the next call.
    std::string_view date();
    /// The connection is over. It is destroyed once the callback that is running has returned.
    virtual void release(WebConnection& connection) = 0;

protected:
    explicit WebShared(Environment environment);
    ~WebShared() = default;

private:
    Environment environment_;
    Settings settings_;
    const http::HeadLimits head_limits_;
    http::DateText date_;
    WebSockets websockets_;
    BoshDesk bosh_;
    TcpClients xmpp_clients_;
};

}  // namespace proxy
