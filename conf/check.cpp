// Each rule is one function; check_fields at the end lists them. Those inside a pool are
// conf/check_pools.cpp's.

#include "conf/check.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "conf/common_tables.h"
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
    const std::set<std::string_view> known(pools.begin(), pools.end());
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
        const bool is_known =
            known.contains(domain.pool) || findings.has(joined_key("pool", domain.pool));
        if (domain.pool.empty() || is_known) continue;
        std::string hint;
        if (findings.has_room()) hint = did_you_mean(domain.pool, pools);
        if (hint.empty()) hint = fmt::format("add [[pool.{}.backend]]", domain.pool);
        const std::string pool = joined_key(key, "pool");
        findings.missing(
            findings.place_of(pool),
            {pool, where, fmt::format("there is no pool {}", in_quotes(domain.pool)), hint});
    }
}

void check_unused_pools(const Config& config, Findings& findings) {
    if (!findings.is_complete()) return;
    std::set<std::string_view> used;
    for (const Domain& domain : config.domains) used.insert(domain.pool);
    for (const Pool& pool : config.pools) {
        if (used.contains(pool.name)) continue;
        const std::string key = pool_key(pool);
        findings.warn(
            findings.place_of(key),
            {key, key, "no domain uses this pool",
             fmt::format("add [domain.\"example.org\"] with pool = {}", in_quotes(pool.name))});
    }
}

void check_limits(const Config& config, Findings& findings) {
    const Limits& limits = config.limits;
    check_buffers(limits.buffer_low, limits.buffer_high, findings);
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

void check_fields(const Config& config, Findings& findings) {
    require_parts(config, findings);
    check_listeners(config, findings);
    check_domains(config, findings);
    check_pools(config, findings);
    check_unused_pools(config, findings);
    check_limits(config, findings);
}

}  // namespace conf
