#include "xmpp/sasl_user.h"

#include <algorithm>

#include "xmpp/jid.h"
#include "xmpp/namespaces.h"
#include "xmpp/sasl_messages.h"
#include "xmpp/stream_management.h"

namespace xmpp {
namespace {

/// The user whose password it is (authcid), not the one to act as.
std::string_view user_in_plain(std::string_view response) {
    const auto message = read_plain_message(response);
    return message ? message->authcid : std::string_view();
}

/// XEP-0484 section 3.4 (draft-schmaus-kitten-sasl-ht): authcid NUL hashed token.
std::string_view user_in_hashed_token(std::string_view response) {
    const auto end = response.find('\0');
    return end == std::string_view::npos ? std::string_view() : response.substr(0, end);
}

std::optional<std::string> user_in_scram(std::string_view response) {
    const auto message = read_scram_first(response);
    if (!message) return std::nullopt;
    return unescape_saslname(message->name);
}

std::string user_in(std::string_view mechanism, std::string_view response) {
    if (mechanism == "PLAIN") return std::string(user_in_plain(response));
    if (mechanism.starts_with("SCRAM-")) return user_in_scram(response).value_or("");
    if (mechanism.starts_with("HT-")) return std::string(user_in_hashed_token(response));
    // RFC 4422 appendix A.
    if (mechanism == "EXTERNAL") return std::string(response);
    return {};
}

}  // namespace

std::string user_of_name(std::string_view name, std::string_view domain) {
    if (name.empty() || name.find('/') != std::string_view::npos) return {};
    const bool is_address = name.find('@') != std::string_view::npos;
    std::string address(name);
    if (!is_address) address.append("@").append(domain);
    const auto jid = Jid::parse(address);
    if (!jid || jid->localpart().empty()) return {};
    if (is_address && prepared_domain(jid->domainpart()) != domain) return {};
    return std::string(jid->bare());
}

std::optional<SaslProfile> login_profile(std::string_view name, std::string_view namespace_uri) {
    if (name == "auth" && namespace_uri == ns::kSasl) return SaslProfile::rfc6120;
    if (name == "authenticate" && namespace_uri == ns::kSasl2) return SaslProfile::sasl2;
    return std::nullopt;
}

std::optional<SaslLogin> read_sasl_login(std::string_view element, std::string_view domain,
                                         const NamespaceBindings& outer) {
    const auto read = read_sasl_element(element, outer);
    if (!read || read->verb != SaslVerb::begin) return std::nullopt;
    SaslLogin login{.profile = read->profile, .mechanism = read->mechanism};
    if (read->profile == SaslProfile::sasl2) login.previd = read_previd(element, outer);
    if (read->data)
        login.user = user_of_name(user_in(login.mechanism, read->data->reveal()), domain);
    return login;
}

bool offers(const FeaturesSummary& features, SaslProfile profile, std::string_view mechanism) {
    const auto has = [&](const std::vector<std::string>& list) {
        return std::find(list.begin(), list.end(), mechanism) != list.end();
    };
    if (profile == SaslProfile::rfc6120) return has(features.mechanisms);
    return has(features.sasl2_mechanisms) || has(features.fast_mechanisms);
}

}  // namespace xmpp
