// Each rule is one function; check_fields at the end lists them.

#include "conf/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "conf/near_name.h"
#include "conf/units.h"

namespace conf {
namespace {

// --- names that must fit together
// -----------------------------------------------------------------------

void require_parts(const Config& config, Findings& findings) {
    const auto require = [&](bool is_there, std::string_view key, std::string_view hint) {
        // A key that is there but could not be read has been reported already.
        if (is_there || findings.has(key)) return;
        findings.missing(
            findings.place_of(key),
            {std::string(key), "", fmt::format("\"{}\" is missing", key), std::string(hint)});
    };
    require(!config.listen.empty(), "listen", "add [[listen]] with address = \"0.0.0.0:5222\"");
    require(!config.domains.empty(), "domain", "add [domain.\"example.org\"] with pool = \"main\"");
    require(!config.pools.empty(), "pool",
            "add [[pool.main.backend]] with address = \"10.0.0.11:5222\"");
    require(!config.tls.cert_dir.empty(), "tls.cert_dir",
            "add [tls] with cert_dir = \"certs\"; it holds DOMAIN/fullchain.pem and "
            "DOMAIN/privkey.pem");
}

void check_listeners(const Config& config, Findings& findings) {
    std::map<core::Endpoint, std::size_t> seen;
    for (std::size_t i = 0; i < config.listen.size(); ++i) {
        const core::Endpoint& address = config.listen[i].address;
        if (address.family() == core::Endpoint::Family::none) continue;
        const auto [first, is_new] = seen.emplace(address, i);
        if (is_new) continue;
        const Span earlier = findings.place_of(fmt::format("listen[{}].address", first->second));
        const std::string key = fmt::format("listen[{}].address", i);
        findings.error(
            findings.place_of(key),
            {key, "listen " + in_quotes(address.to_string()), "this address is given twice",
             fmt::format("first on line {}", findings.line_of(earlier))});
    }
}

void check_domains(const Config& config, Findings& findings) {
    std::vector<std::string_view> pools;
    for (const Pool& pool : config.pools) pools.push_back(pool.name);
    std::set<std::string_view> seen;
    for (const Domain& domain : config.domains) {
        const std::string key = joined_key("domain", domain.name);
        const std::string where = "domain " + in_quotes(domain.name);
        if (!seen.insert(domain.name).second) {
            findings.error(findings.place_of(key),
                           {key, where, "this domain is given twice",
                            "names are compared in lower case and as A-labels"});
        }
        // `pool` may also be a table that the reader refused.
        const bool is_known = std::find(pools.begin(), pools.end(), domain.pool) != pools.end() ||
                              findings.has(joined_key("pool", domain.pool));
        if (domain.pool.empty() || is_known) continue;
        std::string hint = did_you_mean(domain.pool, pools);
        if (hint.empty()) hint = fmt::format("add [[pool.{}.backend]]", domain.pool);
        const std::string pool = joined_key(key, "pool");
        findings.missing(
            findings.place_of(pool),
            {pool, where, fmt::format("there is no pool {}", in_quotes(domain.pool)), hint});
    }
}

void check_unused_pools(const Config& config, Findings& findings) {
    if (!findings.is_complete()) return;
    for (const Pool& pool : config.pools) {
        const bool is_used =
            std::any_of(config.domains.begin(), config.domains.end(),
                        [&](const Domain& domain) { return domain.pool == pool.name; });
        if (is_used) continue;
        const std::string key = pool_key(pool);
        findings.warn(
            findings.place_of(key),
            {key, key, "no domain uses this pool",
             fmt::format("add [domain.\"example.org\"] with pool = {}", in_quotes(pool.name))});
    }
}

void check_backend(const Pool& pool, std::size_t index, Findings& findings) {
    const Backend& backend = pool.backends[index];
    const std::string key = backend_key(pool, index);
    const std::string where = backend_title(pool, backend);
    if (backend.tls != BackendTls::off) return;
    for (const std::string_view name : {"ca_file", "tls_verify"}) {
        const std::string field = joined_key(key, name);
        if (!findings.has(field)) continue;
        findings.warn(findings.place_of(field),
                      {field, where, fmt::format("\"{}\" has no effect with tls = \"off\"", name),
                       "write tls = \"starttls\" or \"direct\", or remove it"});
    }
}

void check_backends(const Pool& pool, Findings& findings) {
    std::map<std::string_view, std::size_t> names;
    std::map<std::pair<std::string_view, std::uint16_t>, std::size_t> addresses;
    for (std::size_t i = 0; i < pool.backends.size(); ++i) {
        const Backend& backend = pool.backends[i];
        const std::string key = backend_key(pool, i);
        const std::string where = backend_title(pool, backend);
        const auto line_of = [&](std::size_t index) {
            return findings.line_of(findings.place_of(backend_key(pool, index)));
        };
        const auto [same_name, is_new_name] = names.emplace(backend.name, i);
        if (!is_new_name && !backend.name.empty()) {
            const std::string name = joined_key(key, "name");
            findings.error(findings.place_of(name),
                           {name, where, "this name is given twice in the pool",
                            fmt::format("first on line {}", line_of(same_name->second))});
        }
        const auto [same_address, is_new_address] =
            addresses.emplace(std::pair(std::string_view(backend.host), backend.port), i);
        if (!is_new_address && !backend.host.empty()) {
            const std::string address = joined_key(key, "address");
            findings.warn(findings.place_of(address),
                          {address, where, "another backend of the pool has this address",
                           fmt::format("on line {}; raise its weight instead",
                                       line_of(same_address->second))});
        }
        check_backend(pool, i, findings);
    }
}

void check_pools(const Config& config, Findings& findings) {
    for (const Pool& pool : config.pools) {
        const std::string key = pool_key(pool);
        const Span place = findings.place_of(key);
        if (pool.backends.empty()) {
            if (findings.has(joined_key(key, "backend"))) continue;
            findings.missing(
                place, {key, key, "no backend",
                        fmt::format("add [[{}.backend]] with address = \"10.0.0.11:5222\"", key)});
            continue;
        }
        check_backends(pool, findings);
        const bool all_zero =
            std::all_of(pool.backends.begin(), pool.backends.end(),
                        [](const Backend& backend) { return backend.weight == 0; });
        if (all_zero) {
            findings.warn(place, {key, key, "every backend has weight 0, so nobody can log in",
                                  "give one of them a weight, 100 for instance"});
        }
    }
}

/// A backend that is a listener of ours would be a loop of the proxy with itself.
void check_loops(const Config& config, Findings& findings) {
    for (const Pool& pool : config.pools) {
        for (std::size_t i = 0; i < pool.backends.size(); ++i) {
            const Backend& backend = pool.backends[i];
            const auto address = core::Endpoint::from_address(backend.host, backend.port);
            if (!address) continue;
            const bool is_ours =
                std::any_of(config.listen.begin(), config.listen.end(),
                            [&](const Listen& listen) { return listen.address == *address; });
            if (!is_ours) continue;
            const std::string key = joined_key(backend_key(pool, i), "address");
            findings.error(findings.place_of(key),
                           {key, backend_title(pool, backend),
                            "this is a [[listen]] address of stanzagate itself",
                            "write the address of the XMPP server"});
        }
    }
}

void check_limits(const Config& config, Findings& findings) {
    const Limits& limits = config.limits;
    if (limits.buffer_low >= limits.buffer_high) {
        const std::string key =
            findings.has("limits.buffer_low") ? "limits.buffer_low" : "limits.buffer_high";
        findings.error(findings.place_of(key),
                       {key, "limits",
                        fmt::format("buffer_low ({}) must be below buffer_high ({})",
                                    size_text(limits.buffer_low), size_text(limits.buffer_high)),
                        "a quarter of buffer_high is a good buffer_low"});
    }
    if (limits.handshake > limits.login) {
        const std::string key =
            findings.has("limits.handshake") ? "limits.handshake" : "limits.login";
        findings.warn(
            findings.place_of(key),
            {key, "limits",
             fmt::format("handshake ({}) is longer than login ({}), which counts from accept on",
                         time_text(limits.handshake), time_text(limits.login)),
             "make it shorter"});
    }
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

void check_fields(const Config& config, Findings& findings) {
    require_parts(config, findings);
    check_listeners(config, findings);
    check_domains(config, findings);
    check_pools(config, findings);
    check_unused_pools(config, findings);
    check_loops(config, findings);
    check_limits(config, findings);
}

}  // namespace conf
