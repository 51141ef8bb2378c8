#include "proxy/checks/binding_warning.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

namespace proxy {
namespace {

using Names = std::set<std::string>;  // sorted, so that equal offers have equal words

constexpr std::string_view kEndPoint = "tls-server-end-point";
constexpr std::string_view kAllAreRefused =
    "clients that bind their login to TLS are refused, and so are those that say they could (y)";

/// A backend could offer any number of names, of any length.
constexpr std::size_t kWordsTold = 8;
constexpr std::size_t kNameBytesTold = 32;

std::string listed(const Names& names, std::string_view separator = ", ",
                   std::string_view quote = "") {
    std::string text;
    std::size_t told = 0;
    for (const std::string& name : names) {
        if (!text.empty()) text += separator;
        if (told++ == kWordsTold) return text + "...";
        text.append(quote).append(name, 0, kNameBytesTold).append(quote);
    }
    return text;
}

bool binds(std::string_view mechanism) {
    return mechanism.ends_with("-PLUS");
}

/// Mechanisms of both profiles, those that bind or the others.
Names mechanisms(const xmpp::FeaturesSummary& offered, bool that_bind) {
    Names names;
    for (const auto* list : {&offered.mechanisms, &offered.sasl2_mechanisms})
        for (const std::string& name : *list)
            if (binds(name) == that_bind) names.insert(name);
    return names;
}

// How to switch mechanisms off.

std::string switch_of_openfire(const Names& bound, const Names& others) {
    return fmt::format("take {} out of Openfire's sasl.mechs (sasl.mechs={})", listed(bound),
                       listed(others, ","));
}

/// ejabberd takes clients that could bind only when none of the three that it knows is on; over
/// TLS, those of two years refuse them all the same.
std::string switch_of_ejabberd(Names bound, const conf::Backend& backend) {
    bound.insert({"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-512-PLUS"});
    std::string text = fmt::format("set ejabberd's disable_sasl_mechanisms: [{}]", listed(bound));
    if (backend.tls != conf::BackendTls::off)
        text +=
            " (not enough for ejabberd 24.02 to 26.02), or tls = \"off\" over a private link with "
            "allow_unencrypted_sasl2: true in its listener, where it takes all clients";
    return text;
}

/// Over TLS, Prosody refuses those that could bind all the same.
std::string switch_of_prosody(const Names& bound, const conf::Backend& backend) {
    std::string text =
        fmt::format("set Prosody's disable_sasl_mechanisms = {{ {} }}", listed(bound, ", ", "\""));
    if (backend.tls != conf::BackendTls::off)
        text += ", or tls = \"off\" over a private link, where it takes all clients";
    return text;
}

std::string switch_of(ServerKind server, const Names& bound, const Names& others,
                      const conf::Backend& backend) {
    switch (server) {
        case ServerKind::openfire: return switch_of_openfire(bound, others);
        case ServerKind::ejabberd: return switch_of_ejabberd(bound, backend);
        case ServerKind::prosody: return switch_of_prosody(bound, backend);
        case ServerKind::unknown: break;
    }
    return fmt::format("switch these mechanisms off: {}; {}; {}", switch_of_openfire(bound, others),
                       switch_of_ejabberd(bound, backend), switch_of_prosody(bound, backend));
}

/// Nothing holds at this backend.
std::optional<BindingWarning> warning_where_none_holds(const xmpp::FeaturesSummary& offered,
                                                       const conf::Backend& backend,
                                                       ServerKind server) {
    const Names bound = mechanisms(offered, true);
    const Names types(offered.bindings.begin(), offered.bindings.end());
    const bool is_over_tls = backend.tls != conf::BackendTls::off;
    if (bound.empty() && types.empty()) return std::nullopt;
    if (bound.empty()) {
        return BindingWarning{
            .detail = fmt::format("lists {} to bind to, though no mechanism binds", listed(types)),
            .effect = "clients that follow XEP-0440 to the letter may refuse to log in",
            .remedy = is_over_tls
                          ? "if some do, set tls = \"off\" over a private link, where servers list "
                            "no bindings"
                          : "if some do, find the setting of the server that makes it list them"};
    }
    std::string remedy = switch_of(server, bound, mechanisms(offered, false), backend);
    if (types.contains(std::string(kEndPoint))) {
        remedy +=
            "; or give the server the certificate and key of cert_dir and set channel_binding = "
            "\"same-certificate\"";
        if (!is_over_tls) remedy += " with tls = \"starttls\"";
    }
    return BindingWarning{
        .detail = "offers " + listed(bound) + (types.empty() ? "" : ", bound to " + listed(types)),
        .effect = std::string(kAllAreRefused),
        .remedy = std::move(remedy)};
}

/// What is bound to the certificate holds, and nothing else.
std::optional<BindingWarning> warning_where_end_point_holds(const xmpp::FeaturesSummary& offered,
                                                            const conf::Backend& backend,
                                                            ServerKind server) {
    const Names bound = mechanisms(offered, true);
    Names types(offered.bindings.begin(), offered.bindings.end());
    if (bound.empty()) {
        return BindingWarning{.detail = "offers no mechanism that binds",
                              .effect = "channel_binding = \"same-certificate\" serves nobody",
                              .remedy =
                                  "let the server offer SCRAM-SHA-1-PLUS or its like, or set "
                                  "channel_binding = false"};
    }
    const std::string off = switch_of(server, bound, mechanisms(offered, false), backend) +
                            ", and channel_binding = false";
    const bool has_end_point = types.erase(std::string(kEndPoint)) > 0;
    if (has_end_point && types.empty()) return std::nullopt;
    if (has_end_point) {
        return BindingWarning{
            .detail = fmt::format("offers to bind to {} beside {}", listed(types), kEndPoint),
            .effect = fmt::format("clients that bind to {} are refused", listed(types)),
            .remedy =
                "if such clients matter more than those that bind to the certificate: " + off};
    }
    if (types.empty()) {
        return BindingWarning{
            .detail = fmt::format("offers {} without a word on what it binds to", listed(bound)),
            .effect = fmt::format("clients have to guess {}, and others are refused", kEndPoint),
            .remedy = "use a server that speaks XEP-0440, or " + off};
    }
    const bool is_prosody = server == ServerKind::prosody;
    return BindingWarning{
        .detail = fmt::format("offers to bind to {}, not to {}", listed(types), kEndPoint),
        .effect = std::string(kAllAreRefused),
        .remedy = is_prosody ? "set Prosody's tls_server_end_point_hash = \"auto\" (13.0 and later)"
                             : off};
}

}  // namespace

std::optional<BindingWarning> binding_warning(const xmpp::FeaturesSummary& offered,
                                              const conf::Backend& backend, ServerKind server) {
    switch (backend.channel_binding) {
        case conf::ChannelBinding::none: return warning_where_none_holds(offered, backend, server);
        case conf::ChannelBinding::told: break;
        case conf::ChannelBinding::same_certificate:
            return warning_where_end_point_holds(offered, backend, server);
    }
    return std::nullopt;
}

}  // namespace proxy
