#include "xmpp/sasl_user.h"

#include <algorithm>

#include "xmpp/jid.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

/// RFC 4616 section 2: [authzid] NUL authcid NUL passwd. The user is who proves the password.
std::string_view user_in_plain(std::string_view response) {
    const auto first = response.find('\0');
    if (first == std::string_view::npos) return {};
    const auto second = response.find('\0', first + 1);
    if (second == std::string_view::npos) return {};
    if (response.find('\0', second + 1) != std::string_view::npos) return {};
    return response.substr(first + 1, second - first - 1);
}

/// XEP-0484 section 3.4 (draft-schmaus-kitten-sasl-ht): authcid NUL hashed token.
std::string_view user_in_hashed_token(std::string_view response) {
    const auto end = response.find('\0');
    return end == std::string_view::npos ? std::string_view() : response.substr(0, end);
}

/// RFC 5802 section 7, client-first-message: channel binding flag, authzid, then n= and r= at once
/// (m= in front would be an extension that every server has to refuse).
std::optional<std::string> user_in_scram(std::string_view response) {
    const auto flag = take_scram_field(response);
    if (!flag || (flag != "n" && flag != "y" && !flag->starts_with("p="))) return std::nullopt;
    const auto authzid = take_scram_field(response);
    if (!authzid || (!authzid->empty() && !authzid->starts_with("a="))) return std::nullopt;
    const auto name = take_scram_field(response);
    if (!name || !name->starts_with("n=") || !response.starts_with("r=")) return std::nullopt;
    return unescape_saslname(name->substr(2));
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

std::optional<std::string_view> take_scram_field(std::string_view& text) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto field = text.substr(0, comma);
    text.remove_prefix(comma + 1);
    return field;
}

std::optional<std::string> unescape_saslname(std::string_view name) {
    std::string plain;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name[at] != '=') {
            plain += name[at];
            continue;
        }
        const auto code = name.substr(at + 1, 2);
        if (code != "2C" && code != "3D") return std::nullopt;
        plain += code == "2C" ? ',' : '=';
        at += 2;
    }
    return plain;
}

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
    SaslLogin login{
        .profile = read->profile, .mechanism = read->mechanism, .user = {}, .resumes = false};
    if (read->profile == SaslProfile::sasl2) {
        const ElementReader reader(without_text(element), outer);
        login.resumes = static_cast<bool>(reader.root().child("resume", ns::kSm3));
    }
    if (read->data)
        login.user = user_of_name(user_in(login.mechanism, read->data->reveal()), domain);
    return login;
}

bool offers(const FeaturesSummary& features, SaslProfile profile, std::string_view mechanism) {
    const auto& list =
        profile == SaslProfile::sasl2 ? features.sasl2_mechanisms : features.mechanisms;
    return std::find(list.begin(), list.end(), mechanism) != list.end();
}

}  // namespace xmpp
