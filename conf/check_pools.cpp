// Rules inside one pool, and between pools and listeners. Each is one function; check_pools at the
// end lists them.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "conf/check.h"
#include "conf/units.h"
#include "xmpp/jid.h"

namespace conf {
namespace {

// --- the pool's own keys

/// One time that must not be longer than another. The place is that of the key that was written,
/// the first if both were.
void check_order(const Pool& pool, std::pair<std::string_view, std::chrono::milliseconds> shorter,
                 std::pair<std::string_view, std::chrono::milliseconds> longer, Severity severity,
                 std::string_view hint, Findings& findings) {
    const std::string where = pool_key(pool) + ".health";
    const bool is_read = !findings.has_error(joined_key(where, shorter.first)) &&
                         !findings.has_error(joined_key(where, longer.first));
    if (shorter.second <= longer.second || !is_read) return;
    std::string key = joined_key(where, shorter.first);
    if (!findings.has(key)) key = joined_key(where, longer.first);
    Message message{key, where,
                    fmt::format("{} ({}) is longer than {} ({})", shorter.first,
                                time_text(shorter.second), longer.first, time_text(longer.second)),
                    std::string(hint)};
    if (severity == Severity::error) {
        findings.error(findings.place_of(key), std::move(message));
    } else {
        findings.warn(findings.place_of(key), std::move(message));
    }
}

void check_health(const Pool& pool, Findings& findings) {
    const Health& health = pool.health;
    check_order(pool, {"eject_first", health.eject_first}, {"eject_longest", health.eject_longest},
                Severity::error, "each ejection doubles the one before, up to eject_longest",
                findings);
    if (!health.checks) return;
    check_order(pool, {"timeout", health.timeout}, {"every", health.every}, Severity::warning,
                "a backend that hangs is found late; make timeout shorter", findings);
}

/// Checks ask in the names of the pool's own domains alone.
void check_account(const Config& config, const Pool& pool, Findings& findings) {
    const std::string where = pool_key(pool) + ".health";
    const std::string key = where + ".account";
    const auto jid = xmpp::Jid::parse(pool.health.account);
    if (!jid || findings.has_error(key) || !findings.is_complete()) return;
    const auto domain = xmpp::prepared_domain(jid->domainpart());
    const bool is_asked =
        std::any_of(config.domains.begin(), config.domains.end(), [&](const Domain& each) {
            return each.pool == pool.name && domain && each.name == *domain;
        });
    if (is_asked) return;
    findings.error(
        findings.place_of(key),
        {key, where, fmt::format("the pool serves no [domain.\"{}\"]", jid->domainpart()),
         "name an account of a domain that is named for this pool"});
}

/// Whether only wildcards lead to the pool, of which no health check can ask in the name of a
/// client's domain.
bool has_only_wildcards(const Config& config, const Pool& pool) {
    bool is_used = false;
    for (const Domain& domain : config.domains) {
        if (domain.pool != pool.name) continue;
        if (!domain.name.starts_with('*')) return false;
        is_used = true;
    }
    return is_used;
}

/// What routing by user needs: features to offer before a backend is chosen.
void check_route(const Config& config, const Pool& pool, Findings& findings) {
    const std::string where = pool_key(pool);
    for (const char* key : {".route", ".balance", ".health.checks"}) {
        if (findings.has_error(where + key)) return;
    }
    const bool hashes_user = pool.balance == Balance::hash_user;
    if (pool.route == RouteBy::domain && hashes_user) {
        const std::string key = joined_key(where, "route");
        findings.warn(findings.place_of(key),
                      {key, where, "no user is known yet with route = \"domain\"",
                       "write route = \"user\", or another balance than \"hash-user\""});
    } else if (pool.route == RouteBy::user && !pool.health.checks) {
        const std::string key = where + ".health.checks";
        findings.warn(findings.place_of(key),
                      {key, where + ".health",
                       "without checks nobody learns which features to offer before a backend is "
                       "chosen, so this pool routes by domain",
                       hashes_user ? "write checks = true; \"hash-user\" needs them"
                                   : "write checks = true, or route = \"domain\" in the pool"});
    } else if (hashes_user && findings.is_complete() && has_only_wildcards(config, pool)) {
        const std::string key = joined_key(where, "balance");
        findings.warn(findings.place_of(key),
                      {key, where,
                       "no user is known yet for domains that a wildcard stands for: which "
                       "features to offer before a backend is chosen is learned in a domain's name",
                       "name the domains, or write another balance than \"hash-user\""});
    }
}

void check_srv_weight(const Pool& pool, Findings& findings) {
    const std::string where = pool_key(pool);
    const std::string key = joined_key(where, "srv_weight");
    const bool has_srv = std::any_of(pool.backends.begin(), pool.backends.end(),
                                     [](const Backend& backend) { return !backend.srv.empty(); });
    if (!findings.has(key) || findings.has_error(key) || has_srv || !findings.is_complete()) return;
    findings.warn(
        findings.place_of(key),
        {key, where, "\"srv_weight\" has no effect: no backend of the pool has an \"srv\"",
         "remove it"});
}

void check_weights(const Pool& pool, Findings& findings) {
    const bool all_zero =
        std::all_of(pool.backends.begin(), pool.backends.end(), [&](const Backend& backend) {
            const bool is_told_by_dns = !backend.srv.empty() && pool.srv_weight == SrvWeight::dns;
            return backend.weight == 0 && !is_told_by_dns;
        });
    if (!all_zero) return;
    const std::string key = pool_key(pool);
    findings.warn(findings.place_of(key),
                  {key, key, "every backend has weight 0, so nobody can log in",
                   "give one of them a weight, 100 for instance"});
}

// --- its backends

void check_unheard_keys(const Pool& pool, std::size_t index, Findings& findings) {
    const Backend& backend = pool.backends[index];
    const auto warn = [&](std::string_view name, std::string_view cause, std::string_view hint) {
        const std::string field = joined_key(backend_key(pool, index), name);
        if (!findings.has(field) || findings.has_error(field)) return;
        findings.warn(
            findings.place_of(field),
            {field, backend_title(pool, backend),
             fmt::format("\"{}\" has no effect with {}", name, cause), std::string(hint)});
    };
    // Whether the value of a key is that of the file.
    const auto is_read = [&](std::string_view name) {
        return !findings.has_error(joined_key(backend_key(pool, index), name));
    };
    // Behind a name of SRV records some backends may have direct TLS all the same (XEP-0368).
    if (backend.tls == BackendTls::off && backend.srv.empty() && is_read("tls")) {
        for (const char* name : {"ca_file", "tls_verify"}) {
            warn(name, "tls = \"off\"", "write tls = \"starttls\" or \"direct\", or remove it");
        }
    }
    const bool is_told = backend.channel_binding == ChannelBinding::told;
    if (is_told && backend.proxy != ProxyProtocol::v2 && is_read("proxy")) {
        warn("channel_binding", "another proxy than \"v2\"", "write proxy = \"v2\", or remove it");
    }
    const bool is_weight_of_dns = pool.srv_weight == SrvWeight::dns &&
                                  !findings.has_error(joined_key(pool_key(pool), "srv_weight"));
    if (!backend.srv.empty() && is_weight_of_dns) {
        warn("weight", "srv_weight = \"dns\"",
             "write srv_weight = \"file\" in the pool, or remove it");
    }
}

/// Without TLS there is no certificate that could be the same; sessions would all be refused.
void check_channel_binding(const Pool& pool, std::size_t index, Findings& findings) {
    const Backend& backend = pool.backends[index];
    if (backend.channel_binding != ChannelBinding::same_certificate) return;
    const std::string where = backend_key(pool, index);
    if (backend.tls != BackendTls::off || findings.has_error(joined_key(where, "tls"))) return;
    const std::string key = joined_key(where, "channel_binding");
    findings.error(
        findings.place_of(key),
        {key, backend_title(pool, backend), "\"same-certificate\" needs TLS towards the backend",
         "write tls = \"starttls\" or \"direct\" and give the server the certificate "
         "and key of cert_dir, or write channel_binding = false"});
}

/// "_xmpps-client" is asked for beside "_xmpp-client": both are the one service.
std::string service_of(const Backend& backend) {
    constexpr std::string_view kDirectTls = "_xmpps-";
    if (!backend.srv.starts_with(kDirectTls)) return backend.srv;
    return "_xmpp-" + backend.srv.substr(kDirectTls.size());
}

/// Finds what is there a second time, and says where the first one stands.
class Duplicates {
public:
    Duplicates(const Pool& pool, Findings& findings) : pool_(pool), findings_(findings) {}

    /// Looks at the backends in their order.
    void check(std::size_t index) {
        const Backend& backend = pool_.backends[index];
        if (const auto line = seen(names_, backend.name, index); line && !backend.name.empty()) {
            report(Severity::error, index, "name", "this name is given twice in the pool",
                   fmt::format("first on line {}", *line));
        }
        if (!backend.host.empty()) {
            const auto line =
                seen(addresses_, fmt::format("{}:{}", backend.host, backend.port), index);
            if (!line) return;
            report(Severity::warning, index, "address",
                   "another backend of the pool has this address",
                   fmt::format("on line {}; raise its weight instead", *line));
        } else if (!backend.srv.empty()) {
            const auto line = seen(services_, service_of(backend), index);
            if (!line) return;
            report(Severity::error, index, "srv", "this service is given twice in the pool",
                   fmt::format("first on line {}; \"_xmpp-\" asks for \"_xmpps-\" too", *line));
        }
    }

private:
    using Seen = std::map<std::string, std::size_t>;

    /// The line of the first backend with this value, if there was one.
    std::optional<std::size_t> seen(Seen& values, const std::string& value, std::size_t index) {
        const auto [first, is_new] = values.emplace(value, index);
        if (is_new) return std::nullopt;
        return findings_.line_of(findings_.place_of(backend_key(pool_, first->second)));
    }

    void report(Severity severity, std::size_t index, std::string_view field, std::string what,
                std::string hint) {
        const std::string key = joined_key(backend_key(pool_, index), field);
        Message message{key, backend_title(pool_, pool_.backends[index]), std::move(what),
                        std::move(hint)};
        const Span place = findings_.place_of(key);
        if (severity == Severity::error) {
            findings_.error(place, std::move(message));
        } else {
            findings_.warn(place, std::move(message));
        }
    }

    const Pool& pool_;
    Findings& findings_;
    Seen names_;
    Seen addresses_;
    Seen services_;
};

// --- loops

bool is_any(const core::Endpoint& address) {
    return address.address_bytes().find_first_not_of('\0') == std::string_view::npos;
}

bool is_loopback(const core::Endpoint& address) {
    if (address.is_v4()) return address.address_bytes().front() == 127;
    return address.address_text() == "::1";
}

/// Whether a connection to `target` reaches this listener. What other addresses the machine has is
/// looked at when the program runs.
bool reaches(const core::Endpoint& target, const core::Endpoint& listener) {
    if (target == listener) return true;
    if (target.port() != listener.port() || !is_any(listener)) return false;
    // [::] takes IPv4 as well.
    const bool is_open_to = !listener.is_v4() || target.is_v4();
    return is_open_to && (is_loopback(target) || is_any(target));
}

/// A backend that is a listener of ours would be a loop of the proxy with itself.
void check_loop(const Config& config, const Pool& pool, std::size_t index, Findings& findings) {
    const Backend& backend = pool.backends[index];
    const std::string host = backend.host == "localhost" ? "127.0.0.1" : backend.host;
    const auto address = core::Endpoint::from_address(host, backend.port);
    const bool is_ours =
        address &&
        std::any_of(config.listen.begin(), config.listen.end(), [&](const Listen& listen) {
            return listen.address.family() != core::Endpoint::Family::none &&
                   reaches(*address, listen.address);
        });
    if (!is_ours) return;
    const std::string key = joined_key(backend_key(pool, index), "address");
    findings.error(findings.place_of(key), {key, backend_title(pool, backend),
                                            "this is a [[listen]] address of stanzagate itself",
                                            "write the address of the XMPP server"});
}

}  // namespace

std::string pool_key(const Pool& pool) {
    return joined_key("pool", pool.name);
}

std::string backend_key(const Pool& pool, std::size_t index) {
    return fmt::format("{}.backend[{}]", pool_key(pool), index);
}

std::string backend_title(const Pool& pool, const Backend& backend) {
    return fmt::format("{}.backend {}", pool_key(pool), in_quotes(backend.name));
}

/// Proxies that share keys find a session by its tag, which classic SASL shows too late: there a
/// user's backend has to follow from the name.
void check_home(const Config& config, const Pool& pool, Findings& findings) {
    if (config.resumption.keys.empty() || pool.resume_anywhere ||
        pool.balance == Balance::hash_user || pool.backends.size() < 2)
        return;
    const std::string key = pool_key(pool);
    findings.warn(findings.place_of(key),
                  {key, key, "proxies that share [resumption] keys remember users each by itself",
                   "set balance = \"hash-user\", which gives a user one backend in all of them"});
}

void check_pools(const Config& config, Findings& findings) {
    for (const Pool& pool : config.pools) {
        check_home(config, pool, findings);
        check_health(pool, findings);
        check_account(config, pool, findings);
        check_route(config, pool, findings);
        check_srv_weight(pool, findings);
        const std::string key = pool_key(pool);
        if (pool.backends.empty()) {
            if (findings.has(joined_key(key, "backend"))) continue;
            findings.missing(
                findings.place_of(key),
                {key, key, "no backend",
                 fmt::format("add [[{}.backend]] with address = \"10.0.0.11:5222\"", key)});
            continue;
        }
        Duplicates duplicates(pool, findings);
        for (std::size_t i = 0; i < pool.backends.size(); ++i) {
            duplicates.check(i);
            check_unheard_keys(pool, i, findings);
            check_channel_binding(pool, i, findings);
            check_loop(config, pool, i, findings);
        }
        check_weights(pool, findings);
    }
}

}  // namespace conf
