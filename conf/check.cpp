// Each rule is one function; check_fields at the end lists them. Those inside a pool are
// conf/check_pools.cpp's.

#include "conf/check.h"

#include <fmt/format.h>

#include <algorithm>
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
    std::set<std::string_view> seen;
    for (const Domain& domain : config.domains) {
        if (seen.insert(domain.name).second) continue;
        const std::string key = joined_key("domain", domain.name);
        findings.error(findings.place_of(key),
                       {key, "domain " + in_quotes(domain.name), "this domain is given twice",
                        "names are compared in lower case and as A-labels"});
    }
}

/// The names of pools that domains use and that tables give, and which of two is mistyped where
/// they do not meet.
class PoolNames {
public:
    PoolNames(const Config& config, Findings& findings) : config_(config), findings_(findings) {
        for (const Domain& domain : config.domains) ++uses_[domain.pool];
        for (const WebForward& forward : config.web.forwards) ++uses_[forward.pool];
        for (const Pool& pool : config.pools) {
            given_.push_back(pool.name);
            if (!uses_.contains(pool.name)) {
                unused_.push_back(pool.name);
            } else if (pool.backends.empty()) {
                empty_.push_back(pool.name);
            }
        }
    }

    void check() {
        for (const Domain& domain : config_.domains) {
            check_use(domain.pool, "domain " + in_quotes(domain.name),
                      joined_key(joined_key("domain", domain.name), "pool"));
        }
        for (std::size_t i = 0; i < config_.web.forwards.size(); ++i) {
            const WebForward& forward = config_.web.forwards[i];
            check_use(forward.pool, forward_title(forward), fmt::format("web.forward[{}].pool", i));
        }
        for (const Pool& pool : config_.pools) check_gift(pool);
    }

private:
    bool is_given(std::string_view name) const {
        return std::find(given_.begin(), given_.end(), name) != given_.end();
    }

    /// Whether the table's name is wrong and not that of the domain: what is written more often is
    /// right, and of two names "main", which all examples have.
    bool is_table_mistyped(const std::string& used, std::string_view given) const {
        const auto pool = std::find_if(config_.pools.begin(), config_.pools.end(),
                                       [&](const Pool& each) { return each.name == given; });
        const std::size_t tables =
            pool->backends.size() + (findings_.has(pool_key(*pool) + ".health") ? 1 : 0);
        if (used == "main") return true;
        return given != "main" && uses_.at(used) > tables;
    }

    /// `where` uses a pool, as `key` says.
    void check_use(const std::string& name, const std::string& where, const std::string& key) {
        // `pool` may also be a table that the reader refused, or that stands in the wrong place.
        if (name.empty() || is_given(name) || findings_.has(joined_key("pool", name)) ||
            findings_.has_error("pool") || findings_.is_meant("pool")) {
            return;
        }
        std::string_view near;
        if (findings_.has_room()) near = near_name(name, unused_);
        if (!near.empty() && is_table_mistyped(name, near)) {
            const std::string pool = joined_key("pool", near);
            if (!told_.insert(std::string(near)).second) return;
            findings_.error(
                findings_.place_of(pool),
                {pool, pool, "no domain uses this pool",
                 fmt::format("did you mean {}, which {} names?", in_quotes(name), where)});
            return;
        }
        std::string hint;
        if (!near.empty()) {
            told_.insert(std::string(near));
            hint = fmt::format("did you mean {}?", in_quotes(near));
        } else if (findings_.has_room()) {
            hint = did_you_mean(name, given_);
        }
        if (hint.empty()) hint = fmt::format("add [[{}.backend]]", joined_key("pool", name));
        findings_.missing(findings_.place_of(key),
                          {key, where, fmt::format("there is no pool {}", in_quotes(name)), hint});
    }

    void check_gift(const Pool& pool) {
        // Nobody knows what a domain uses that could not be read.
        const bool is_known = findings_.is_complete() && !config_.domains.empty() &&
                              !findings_.has_error_below("domain") && !findings_.is_meant("domain");
        if (!is_known || uses_.contains(pool.name) || told_.contains(pool.name)) return;
        const std::string key = pool_key(pool);
        // [[pool.mian.backend]] below [pool.main], which has none.
        std::string_view near;
        if (findings_.has_room()) near = near_name(pool.name, empty_);
        if (!near.empty()) {
            findings_.note_meant(joined_key("pool", near));
            findings_.error(
                findings_.place_of(key),
                {key, key, "no domain uses this pool",
                 fmt::format("did you mean {}, which has no backend?", in_quotes(near))});
            return;
        }
        findings_.warn(
            findings_.place_of(key),
            {key, key, "no domain uses this pool",
             fmt::format("add [domain.\"example.org\"] with pool = {}", in_quotes(pool.name))});
    }

    const Config& config_;
    Findings& findings_;
    std::map<std::string, std::size_t, std::less<>> uses_;  // by domains and forwarded paths
    std::vector<std::string_view> given_;
    std::vector<std::string_view> unused_;
    std::vector<std::string_view> empty_;      // used, and without a backend
    std::set<std::string, std::less<>> told_;  // pools that an error speaks of
};

void check_rate(const RateLimits& rate, Findings& findings) {
    constexpr std::uint32_t kSlowBytes = 4 * 1024;
    const std::string bytes = "limits.rate.bytes";
    if (rate.bytes != 0 && rate.bytes < kSlowBytes) {
        findings.warn(findings.place_of(bytes),
                      {bytes, "limits.rate",
                       fmt::format("bytes ({}) is less than a client needs to log in and show "
                                   "itself",
                                   size_text(rate.bytes)),
                       "\"64KiB\" is a good value"});
    }
    const std::string floods = "limits.rate.end_floods";
    if (rate.end_floods && rate.stanzas == 0 && !findings.has_error("limits.rate.stanzas")) {
        findings.warn(findings.place_of(floods),
                      {floods, "limits.rate", "end_floods says nothing without stanzas",
                       "write stanzas = 50, or remove it"});
    }
}

void check_limits(const Config& config, Findings& findings) {
    const Limits& limits = config.limits;
    check_buffers(limits.buffer_low, limits.buffer_high, findings);
    check_rate(limits.rate, findings);
    const bool is_read =
        !findings.has_error("limits.handshake") && !findings.has_error("limits.login");
    if (is_read && limits.handshake > limits.login) {
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
    PoolNames(config, findings).check();
    check_limits(config, findings);
    check_address_limits(config, findings);
    check_web(config, findings);
}

}  // namespace conf
