#include "proxy/admin/command.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "conf/findings.h"
#include "conf/units.h"
#include "xmpp/jid.h"

namespace proxy {

namespace {

template <class T>
using Read = core::Result<T, UsageProblem>;

core::Failure<UsageProblem> usage(std::string what, std::string hint = {}) {
    return core::fail(UsageProblem{std::move(what), std::move(hint)});
}

std::optional<std::uint64_t> whole_number(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (error != std::errc{} || rest != end) return std::nullopt;
    return number;
}

/// A pool's name has no '/', a backend's may.
Read<MemberName> read_member(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == 0 || slash == std::string_view::npos || slash + 1 == text.size()) {
        return usage(fmt::format("{} is no POOL/BACKEND", conf::in_quotes(text)),
                     "\"stanzagate status\" shows them");
    }
    return MemberName{std::string(text.substr(0, slash)), std::string(text.substr(slash + 1))};
}

enum class Resource : bool { ignored, refused };

/// The bare JID as sessions have it.
Read<std::string> read_user(std::string_view text, Resource resource) {
    const auto jid = xmpp::Jid::parse(text);
    if (!jid) {
        return usage(
            fmt::format("{} is no JID ({})", conf::in_quotes(text), xmpp::to_string(jid.error())));
    }
    if (jid->localpart().empty()) {
        return usage(fmt::format("{} names no user", conf::in_quotes(text)), "user@domain");
    }
    if (resource == Resource::refused && !jid->resourcepart().empty()) {
        return usage(fmt::format("sessions are not known by resource, so {} would be all of {}",
                                 conf::in_quotes(text), jid->bare()),
                     "write that, or the ID of one");
    }
    return std::string(jid->bare());
}

Read<AdminCommand> read_weight(const VerbCall& call) {
    auto member = read_member(call.arguments[0]);
    if (!member) return core::fail(member.error());
    const auto weight = whole_number(call.arguments[1]);
    if (!weight || *weight > balancer::kMaxWeight) {
        return usage(fmt::format("a weight is a whole number from 0 to {}, not {}",
                                 balancer::kMaxWeight, conf::in_quotes(call.arguments[1])));
    }
    return AdminCommand{call.has("--json"), WeightCommand{std::move(*member), *weight}};
}

Read<AdminCommand> read_state(const VerbCall& call, balancer::AdminState state) {
    auto member = read_member(call.arguments[0]);
    if (!member) return core::fail(member.error());
    StateCommand command{std::move(*member), state, {}};
    if (state == balancer::AdminState::maintenance) {
        const std::string text = call.value("--over", conf::time_text(kEvictOver));
        const auto over = conf::parse_time(text);
        if (!over || *over < kShortestEviction || *over > kLongestEviction) {
            return usage(fmt::format("--over takes a time from {} to {}, not {}",
                                     conf::time_text(kShortestEviction),
                                     conf::time_text(kLongestEviction), conf::in_quotes(text)),
                         "such as 30s, 5m, 2h");
        }
        command.over = *over;
    }
    if (call.has(kWaitOption)) {
        const std::string text = call.value(kWaitOption, "");
        command.wait = conf::parse_time(text);
        if (!command.wait || *command.wait < kShortestWait || *command.wait > kLongestWait) {
            return usage(fmt::format("--wait takes a time from {} to {}, not {}",
                                     conf::time_text(kShortestWait), conf::time_text(kLongestWait),
                                     conf::in_quotes(text)),
                         "such as 30s, 5m, 2h");
        }
    }
    return AdminCommand{call.has("--json"), std::move(command)};
}

Read<AdminCommand> read_sessions(const VerbCall& call) {
    SessionsCommand command{{}, kSessionsShown};
    if (call.has("--jid")) {
        auto user = read_user(call.value("--jid", ""), Resource::ignored);
        if (!user) return core::fail(user.error());
        command.filter.user = std::move(*user);
    }
    if (call.has("--backend")) {
        auto member = read_member(call.value("--backend", ""));
        if (!member) return core::fail(member.error());
        command.filter.pool = std::move(member->pool);
        command.filter.backend = std::move(member->backend);
    }
    if (call.has("--limit")) {
        const std::string text = call.value("--limit", "");
        const auto most = whole_number(text);
        if (!most || *most == 0 || *most > kMostSessionsShown) {
            return usage(fmt::format("--limit takes a number from 1 to {}, not {}",
                                     kMostSessionsShown, conf::in_quotes(text)));
        }
        command.most = *most;
    }
    return AdminCommand{call.has("--json"), std::move(command)};
}

Read<AdminCommand> read_explain(const VerbCall& call) {
    auto user = read_user(call.arguments[0], Resource::ignored);
    if (!user) return core::fail(user.error());
    ExplainCommand command{std::move(*user), {}};
    if (call.has("--from")) {
        const std::string text = call.value("--from", "");
        command.client = core::Endpoint::from_address(text, 0);
        if (!command.client)
            return usage(fmt::format("--from takes an IP address, not {}", conf::in_quotes(text)));
    }
    return AdminCommand{call.has("--json"), std::move(command)};
}

Read<AdminCommand> read_kick(const VerbCall& call) {
    if (call.arguments.empty() == !call.has("--jid")) {
        return usage("kick needs ID or --jid JID",
                     call.arguments.empty() ? "\"stanzagate sessions\" shows them" : "not both");
    }
    KickCommand command;
    if (call.arguments.empty()) {
        // An operator who names one device does not mean the others.
        auto user = read_user(call.value("--jid", ""), Resource::refused);
        if (!user) return core::fail(user.error());
        command.filter.user = std::move(*user);
    } else if (call.arguments[0].empty()) {
        return usage("kick needs ID or --jid JID");  // an empty one would mean all sessions
    } else {
        command.filter.id = call.arguments[0];
    }
    return AdminCommand{call.has("--json"), std::move(command)};
}

Read<AdminCommand> read_drift(const VerbCall& call) {
    const bool as_state = call.has("--state");
    if (as_state && call.has("--json"))
        return usage("--state has a format of its own; --json alone answers with it as \"live\"");
    return AdminCommand{call.has("--json"), DriftCommand{as_state}};
}

}  // namespace

Read<AdminCommand> read_admin_command(const VerbCall& call) {
    const std::string_view verb = call.verb->name;
    const bool json = call.has("--json");
    if (verb == "weight") return read_weight(call);
    if (verb == "drain") return read_state(call, balancer::AdminState::drain);
    if (verb == "ready") return read_state(call, balancer::AdminState::ready);
    if (verb == "maintenance") return read_state(call, balancer::AdminState::maintenance);
    if (verb == "sessions") return read_sessions(call);
    if (verb == "explain") return read_explain(call);
    if (verb == "kick") return read_kick(call);
    if (verb == "backends") {
        return AdminCommand{json, BackendsCommand{call.arguments.empty() ? "" : call.arguments[0]}};
    }
    if (verb == "reload") return AdminCommand{json, ReloadCommand{}};
    if (verb == "certs") return AdminCommand{json, CertificatesCommand{}};
    if (verb == "drift") return read_drift(call);
    if (verb == "upgrade") return AdminCommand{json, UpgradeCommand{}};
    return AdminCommand{json, StatusCommand{}};
}

}  // namespace proxy
