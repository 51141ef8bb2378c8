// Every field of Config is named here once. Items of lists are known by what is unique in the file:
// the name, or a listener's address. Their order decides nothing, so another order is no
// difference; that of name servers does, they are one value, and the first domain is a default.

#include "conf/difference.h"

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "conf/address.h"
#include "conf/check.h"
#include "conf/read_address_limits.h"
#include "conf/units.h"
#include "conf/words.h"

namespace conf {
namespace {

// --- values, as the file has them

template <std::integral T>
std::string shown(T value) {
    return fmt::format("{}", value);
}
std::string shown(std::chrono::milliseconds value) {
    return in_quotes(time_text(value));
}
std::string shown(const std::string& value) {
    return in_quotes(value);
}
std::string shown(const std::filesystem::path& value) {
    return in_quotes(value.string());
}
std::string shown(const core::Endpoint& value) {
    return in_quotes(value.to_string());
}
std::string shown(const core::AddressBlock& value) {
    return in_quotes(value.to_string());
}
template <class T>
std::string shown(const std::vector<T>& values) {
    std::string list;
    for (const T& value : values) {
        if (!list.empty()) list += ", ";
        list += shown(value);
    }
    return '[' + list + ']';
}

std::string sticky_text(const WebForward& forward) {
    const std::span<const Choice<ForwardSticky>> words(kForwardStickies);
    return std::string(word_of(words, forward.sticky)) + forward.query;
}

std::string before_login_text(const AddressLimits& limits) {
    return limits.before_login ? shown(*limits.before_login) : "three quarters of all";
}

/// Compares the fields of one table; a difference is a line in the table's name.
class Fields {
public:
    Fields(std::string title, std::vector<std::string>& lines)
        : title_(std::move(title)), lines_(lines) {}

    template <class T>
    void value(std::string_view name, const T& before, const T& after) {
        if (before != after) line(name, shown(before), shown(after));
    }
    void time(std::string_view name, std::chrono::milliseconds before,
              std::chrono::milliseconds after) {
        value(name, before, after);
    }
    void size(std::string_view name, std::uint32_t before, std::uint32_t after) {
        if (before != after) line(name, in_quotes(size_text(before)), in_quotes(size_text(after)));
    }
    template <class E, std::size_t kCount>
    void word(std::string_view name, const std::array<Choice<E>, kCount>& choices, E before,
              E after) {
        const std::span<const Choice<E>> words(choices);
        if (before != after)
            line(name, in_quotes(word_of(words, before)), in_quotes(word_of(words, after)));
    }
    /// For words that have their quotes already, or none.
    template <class E, std::size_t kCount>
    void bare_word(std::string_view name, const std::array<Choice<E>, kCount>& choices, E before,
                   E after) {
        const std::span<const Choice<E>> words(choices);
        if (before != after) line(name, word_of(words, before), word_of(words, after));
    }
    void line(std::string_view name, std::string_view before, std::string_view after) {
        lines_.push_back(
            fmt::format("{}{} {} -> {}", title_.empty() ? "" : title_ + ": ", name, before, after));
    }

private:
    std::string title_;
    std::vector<std::string>& lines_;
};

/// Items by their title: those of `after` in their order, added or compared, then those that are
/// gone.
template <class T, class Title, class Compare>
void compare_lists(const std::vector<T>& before, const std::vector<T>& after, Title title,
                   Compare compare, std::vector<std::string>& lines) {
    std::map<std::string, const T*> gone;
    for (const T& item : before) gone.emplace(title(item), &item);
    for (const T& item : after) {
        const auto earlier = gone.find(title(item));
        if (earlier == gone.end()) {
            lines.push_back(title(item) + " added");
        } else {
            compare(*earlier->second, item);
            gone.erase(earlier);
        }
    }
    for (const T& item : before) {
        if (gone.contains(title(item))) lines.push_back(title(item) + " removed");
    }
}

class Comparison {
public:
    Difference of(const Config& before, const Config& after) {
        Fields("", changes_).value("file", before.file, after.file);
        compare_tls(before.tls, after.tls);
        compare_default_domains(before, after);
        compare_listeners(before, after);
        compare_domains(before, after);
        compare_lists(
            before.pools, after.pools, pool_key,
            [this](const Pool& one, const Pool& other) { compare_pools(one, other); }, changes_);
        compare_limits(before.limits, after.limits);
        compare_web(before.web, after.web);
        compare_log(before.log, after.log);
        compare_worker(before.worker, after.worker);
        Fields("dns", changes_).value("servers", before.dns.servers, after.dns.servers);
        Fields resumption("resumption", changes_);
        resumption.value("keys", before.resumption.keys, after.resumption.keys);
        resumption.time("remember", before.resumption.remember, after.resumption.remember);
        Fields("resumption", needs_restart_)
            .value("users", before.resumption.users, after.resumption.users);
        Fields upgrade("upgrade", changes_);
        upgrade.time("over", before.upgrade.over, after.upgrade.over);
        upgrade.time("stay", before.upgrade.stay, after.upgrade.stay);
        Fields("shutdown", changes_).time("over", before.shutdown.over, after.shutdown.over);
        Fields admin("admin", changes_);
        admin.value("socket", before.admin.socket, after.admin.socket);
        admin.value("state", before.admin.state, after.admin.state);
        admin.value("http", before.admin.http, after.admin.http);
        admin.value("http_hosts", before.admin.http_hosts, after.admin.http_hosts);
        return {std::move(changes_), std::move(needs_restart_)};
    }

private:
    void compare_tls(const Tls& before, const Tls& after) {
        Fields fields("tls", changes_);
        fields.value("cert_dir", before.cert_dir, after.cert_dir);
        fields.word("min_version", kTlsVersions, before.min_version, after.min_version);
        fields.word("record_layer", kRecordLayers, before.record_layer, after.record_layer);
        fields.value("ticket_keys", before.ticket_keys, after.ticket_keys);
        fields.time("ticket_lifetime", before.ticket_lifetime, after.ticket_lifetime);
    }

    /// Here alone the order of domains decides something.
    void compare_default_domains(const Config& before, const Config& after) {
        const auto name = [](const Config& config) {
            if (!config.tls.default_domain.empty()) return in_quotes(config.tls.default_domain);
            const auto& domains = config.domains;
            return domains.empty() ? in_quotes("")
                                   : "first domain " + in_quotes(domains.front().name);
        };
        if (name(before) != name(after))
            Fields("tls", changes_).line("default", name(before), name(after));
    }

    void compare_listeners(const Config& before, const Config& after) {
        const auto title = [](const Listen& listen) {
            return "listen " + in_quotes(listen.address.to_string());
        };
        compare_lists(
            before.listen, after.listen, title,
            [&](const Listen& one, const Listen& other) {
                Fields fields(title(one), changes_);
                fields.word("kind", kListenKinds, one.kind, other.kind);
                fields.value("backlog", one.backlog, other.backlog);
                fields.value("xmpp", one.xmpp, other.xmpp);
                fields.value("accept_proxy", one.accept_proxy, other.accept_proxy);
                fields.value("trust", one.trust, other.trust);
            },
            changes_);
    }

    void compare_domains(const Config& before, const Config& after) {
        const auto title = [](const Domain& domain) { return "domain " + in_quotes(domain.name); };
        compare_lists(
            before.domains, after.domains, title,
            [&](const Domain& one, const Domain& other) {
                Fields(title(one), changes_).value("pool", one.pool, other.pool);
            },
            changes_);
    }

    void compare_pools(const Pool& before, const Pool& after) {
        Fields fields(pool_key(before), changes_);
        fields.word("balance", kBalances, before.balance, after.balance);
        fields.word("route", kRoutes, before.route, after.route);
        fields.word("srv_weight", kSrvWeights, before.srv_weight, after.srv_weight);
        fields.value("resume_anywhere", before.resume_anywhere, after.resume_anywhere);
        fields.value("together", before.together, after.together);
        fields.value("panic", before.panic, after.panic);
        fields.value("login_rate", before.login_rate, after.login_rate);
        fields.time("connect_timeout", before.connect_timeout, after.connect_timeout);
        fields.time("answer_timeout", before.answer_timeout, after.answer_timeout);
        fields.value("hedge", before.hedge, after.hedge);
        compare_health(pool_key(before) + ".health", before.health, after.health);
        compare_lists(
            before.backends, after.backends,
            [&](const Backend& backend) { return backend_title(before, backend); },
            [&](const Backend& one, const Backend& other) {
                compare_backends(backend_title(before, one), one, other);
            },
            changes_);
    }

    void compare_health(std::string title, const Health& before, const Health& after) {
        Fields fields(std::move(title), changes_);
        fields.value("checks", before.checks, after.checks);
        fields.time("every", before.every, after.every);
        fields.time("timeout", before.timeout, after.timeout);
        fields.value("jitter", before.jitter, after.jitter);
        fields.value("rise", before.rise, after.rise);
        fields.value("fall", before.fall, after.fall);
        fields.value("passive_failures", before.passive_failures, after.passive_failures);
        fields.time("passive_window", before.passive_window, after.passive_window);
        fields.time("eject_first", before.eject_first, after.eject_first);
        fields.time("eject_longest", before.eject_longest, after.eject_longest);
        fields.time("slow_start", before.slow_start, after.slow_start);
        fields.time("flap_window", before.flap_window, after.flap_window);
        fields.value("account", before.account, after.account);
    }

    void compare_backends(std::string title, const Backend& before, const Backend& after) {
        const auto address = [](const Backend& backend) {
            return backend.host.empty()
                       ? std::string()
                       : fmt::format("{}:{}", bracketed(backend.host), backend.port);
        };
        Fields fields(std::move(title), changes_);
        fields.value("address", address(before), address(after));
        fields.value("srv", before.srv, after.srv);
        fields.value("priority", before.priority, after.priority);
        fields.value("weight", before.weight, after.weight);
        fields.value("max_sessions", before.max_sessions, after.max_sessions);
        fields.value("connect_rate", before.connect_rate, after.connect_rate);
        fields.word("proxy", kProxyProtocols, before.proxy, after.proxy);
        fields.bare_word("channel_binding", kChannelBindings, before.channel_binding,
                         after.channel_binding);
        fields.word("tls", kBackendTls, before.tls, after.tls);
        fields.value("ca_file", before.ca_file, after.ca_file);
        fields.value("tls_verify", before.tls_verify, after.tls_verify);
        fields.word("on_client_loss", kClientLosses, before.on_client_loss, after.on_client_loss);
    }

    void compare_limits(const Limits& before, const Limits& after) {
        compare_address_limits(before.address, after.address);
        Fields rate("limits.rate", changes_);
        rate.size("bytes", before.rate.bytes, after.rate.bytes);
        rate.value("stanzas", before.rate.stanzas, after.rate.stanzas);
        rate.time("burst", before.rate.burst, after.rate.burst);
        rate.value("end_floods", before.rate.end_floods, after.rate.end_floods);
        Fields fields("limits", changes_);
        fields.time("login", before.login, after.login);
        fields.time("registration", before.registration, after.registration);
        fields.time("handshake", before.handshake, after.handshake);
        fields.time("close", before.close, after.close);
        fields.size("stanza", before.stanza, after.stanza);
        fields.value("depth", before.depth, after.depth);
        fields.value("attributes", before.attributes, after.attributes);
        fields.value("sessions", before.sessions, after.sessions);
        fields.size("buffer_high", before.buffer_high, after.buffer_high);
        fields.size("buffer_low", before.buffer_low, after.buffer_low);
    }

    void compare_address_limits(const AddressLimits& before, const AddressLimits& after) {
        Fields fields("limits.address", changes_);
        if (before.before_login != after.before_login)
            fields.line("before_login", before_login_text(before), before_login_text(after));
        fields.value("sessions", before.sessions, after.sessions);
        fields.value("new_per_second", before.new_per_second, after.new_per_second);
        fields.value("failed_logins", failed_logins_text(before), failed_logins_text(after));
        fields.value("exempt", before.exempt, after.exempt);
    }

    void compare_web(const Web& before, const Web& after) {
        Fields fields("web", changes_);
        fields.value("bosh", before.bosh, after.bosh);
        fields.value("websocket", before.websocket, after.websocket);
        fields.value("origins", before.origins, after.origins);
        fields.value("public_url", before.public_url, after.public_url);
        fields.value("acme_challenge", before.acme_challenge, after.acme_challenge);
        fields.time("head_timeout", before.head_timeout, after.head_timeout);
        fields.time("keep_alive", before.keep_alive, after.keep_alive);
        fields.time("stall", before.stall, after.stall);
        fields.value("requests", before.requests, after.requests);
        fields.value("per_address", before.per_address, after.per_address);
        fields.size("bosh_body", before.bosh_body, after.bosh_body);
        fields.value("bosh_sessions", before.bosh_sessions, after.bosh_sessions);
        fields.size("bosh_held", before.bosh_held, after.bosh_held);
        compare_lists(
            before.forwards, after.forwards, forward_title,
            [this](const WebForward& one, const WebForward& other) {
                Fields forward(forward_title(one), changes_);
                forward.value("pool", one.pool, other.pool);
                forward.value("port", one.port, other.port);
                forward.word("proxy", kProxyProtocols, one.proxy, other.proxy);
                forward.value("sticky", sticky_text(one), sticky_text(other));
            },
            changes_);
    }

    void compare_log(const Log& before, const Log& after) {
        Fields restart("log", needs_restart_);
        restart.word("format", kLogFormats, before.format, after.format);
        Fields at_once("log", changes_);
        at_once.word("level", kLogLevels, before.level, after.level);
        restart.value("file", before.file, after.file);
        at_once.value("pseudonym_key", before.pseudonym_key, after.pseudonym_key);
    }

    void compare_worker(const Worker& before, const Worker& after) {
        const auto threads = [](const Worker& worker) {
            return worker.threads == 0 ? "one per core" : fmt::format("{}", worker.threads);
        };
        if (before.threads == after.threads) return;
        Fields("worker", needs_restart_).line("threads", threads(before), threads(after));
    }

    std::vector<std::string> changes_;
    std::vector<std::string> needs_restart_;
};

}  // namespace

Difference difference(const Config& before, const Config& after) {
    return Comparison().of(before, after);
}

}  // namespace conf
