#include "xmpp/sasl_user.h"

#include <algorithm>
#include <array>

#include "core/strong.h"
#include "xmpp/jid.h"
#include "xmpp/markup.h"
#include "xmpp/namespaces.h"

namespace xmpp {
namespace {

using Response = core::Secret<struct SaslResponseTag>;

constexpr std::string_view kCdataOpen = "<![CDATA[";
constexpr std::string_view kCdataClose = "]]>";

/// The element with blanks for its character data, so that everything stands where it stood and
/// nothing secret is copied.
std::string without_text(std::string_view element) {
    std::string tags(element.size(), ' ');
    std::size_t at = 0;
    while ((at = element.find('<', at)) != std::string_view::npos) {
        if (element.substr(at).starts_with(kCdataOpen)) {
            at = std::min(element.find(kCdataClose, at), element.size());
            continue;
        }
        const ByteRange tag = tag_at(element, at);
        element.copy(tags.data() + tag.begin, tag.end - tag.begin, tag.begin);
        at = tag.end;
    }
    return tags;
}

constexpr int kNoDigit = -1;

constexpr std::array<signed char, 256> base64_values() {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<signed char, 256> values{};
    values.fill(kNoDigit);
    for (std::size_t i = 0; i < kDigits.size(); ++i)
        values[static_cast<unsigned char>(kDigits[i])] = static_cast<signed char>(i);
    return values;
}

/// RFC 4648 section 4 in the canonical form that RFC 6120 section 6.4.2 asks for: padded, no other
/// character, no stray bits.
std::optional<Response> decode_base64(std::string_view text) {
    static constexpr auto kValues = base64_values();
    if (text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    text.remove_suffix(padding);

    std::string bytes;
    // On the heap from the start: growing or moving it would leave a copy behind.
    bytes.reserve(std::max<std::size_t>(text.size(), 2 * sizeof bytes));
    std::uint32_t bits = 0;
    int count = 0;
    bool is_legal = true;
    for (const char c : text) {
        const int value = kValues[static_cast<unsigned char>(c)];
        is_legal = is_legal && value != kNoDigit;
        bits = bits << 6 | (static_cast<std::uint32_t>(value) & 63);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes += static_cast<char>(bits >> count & 0xff);
    }
    Response decoded(std::move(bytes));
    const bool has_stray_bits = (bits & ((1U << count) - 1)) != 0;
    if (!is_legal || has_stray_bits) return std::nullopt;
    return decoded;
}

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

/// RFC 5802 section 5.1, saslname: no '=' but in "=2C" and "=3D".
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

/// Takes what precedes the next comma, and the comma; nullopt if there is none.
std::optional<std::string_view> take_field(std::string_view& text) {
    const auto comma = text.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    const auto field = text.substr(0, comma);
    text.remove_prefix(comma + 1);
    return field;
}

/// RFC 5802 section 7, client-first-message: channel binding flag, authzid, then n= and r= at once
/// (m= in front would be an extension that every server has to refuse).
std::optional<std::string> user_in_scram(std::string_view response) {
    const auto flag = take_field(response);
    if (!flag || (flag != "n" && flag != "y" && !flag->starts_with("p="))) return std::nullopt;
    const auto authzid = take_field(response);
    if (!authzid || (!authzid->empty() && !authzid->starts_with("a="))) return std::nullopt;
    const auto name = take_field(response);
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

/// The bare JID that a user name means in a stream for `domain`; empty if none.
std::string bare_jid(std::string_view name, std::string_view domain) {
    if (name.empty() || name.find('/') != std::string_view::npos) return {};
    const bool is_address = name.find('@') != std::string_view::npos;
    std::string address(name);
    if (!is_address) address.append("@").append(domain);
    const auto jid = Jid::parse(address);
    if (!jid || jid->localpart().empty()) return {};
    if (is_address && prepared_domain(jid->domainpart()) != domain) return {};
    return std::string(jid->bare());
}

}  // namespace

std::optional<SaslProfile> login_profile(std::string_view name, std::string_view namespace_uri) {
    if (name == "auth" && namespace_uri == ns::kSasl) return SaslProfile::rfc6120;
    if (name == "authenticate" && namespace_uri == ns::kSasl2) return SaslProfile::sasl2;
    return std::nullopt;
}

std::optional<SaslLogin> read_sasl_login(std::string_view element, std::string_view domain,
                                         const NamespaceBindings& outer) {
    const ElementReader reader(without_text(element), outer);
    const Element root = reader.root();
    const auto profile = login_profile(root.local_name(), root.namespace_uri());
    if (!profile) return std::nullopt;

    SaslLogin login{.profile = *profile,
                    .mechanism = std::string(root.attribute("mechanism").value_or("")),
                    .user = {},
                    .resumes = false};
    Element holder = root;
    if (*profile == SaslProfile::sasl2) {
        login.resumes = static_cast<bool>(root.child("resume", ns::kSm3));
        holder = root.child("initial-response", ns::kSasl2);
        if (!holder) return login;
    }
    const ByteRange content = content_at(element, holder.offset());
    const auto response = decode_base64(element.substr(content.begin, content.end - content.begin));
    if (response) login.user = bare_jid(user_in(login.mechanism, response->reveal()), domain);
    return login;
}

bool offers(const FeaturesSummary& features, SaslProfile profile, std::string_view mechanism) {
    const auto& list =
        profile == SaslProfile::sasl2 ? features.sasl2_mechanisms : features.mechanisms;
    return std::find(list.begin(), list.end(), mechanism) != list.end();
}

}  // namespace xmpp
