#include "xmpp/jid.h"

#include <arpa/inet.h>
#include <idna.h>
#include <stringprep.h>
#include <sys/types.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>

#include "core/ascii.h"
#include "core/shown_text.h"
#include "xmpp/limits.h"
#include "xmpp/xml_text.h"

namespace xmpp {
namespace {

constexpr std::size_t kDomainBytes = 253;  // RFC 1035 section 2.3.4, as text without the last dot
constexpr std::size_t kLabelBytes = 63;    // same place
constexpr std::string_view kAceMark = "xn--";

struct FreeText {
    void operator()(char* text) const { std::free(text); }
};
using IdnText = std::unique_ptr<char, FreeText>;

bool is_all_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

/// The compatibility form (NFKC) of `text`, to be measured before libidn's profiles and IDNA see
/// it: one character may become eighteen (U+FDFA), on which they spend quadratic time, 14 ms for
/// one domain. This takes linear time.
std::string compatibility_form(std::string_view text) {
    const IdnText form(
        stringprep_utf8_nfkc_normalize(text.data(), static_cast<ssize_t>(text.size())));
    return form ? form.get() : std::string();
}

bool fits_a_part(std::string_view text) {
    return compatibility_form(text).size() <= kJidPartBytes;
}

/// Every code point of a name costs at least one byte of its A-labels.
bool fits_a_domain(std::string_view text) {
    const std::string form = compatibility_form(text);
    const auto others = std::count_if(form.begin(), form.end(), core::goes_on_with_character);
    const std::size_t code_points = form.size() - static_cast<std::size_t>(others);
    return code_points <= kDomainBytes + 1;  // and a last dot
}

/// A part prepared with a stringprep profile, or nullopt. `text` is UTF-8 without NUL, at most
/// kJidPartBytes. Code points that Unicode 3.2 did not know are let through unchanged: resources
/// hold emoji today.
std::optional<std::string> prepare(std::string_view text, const Stringprep_profile* profile) {
    if (!fits_a_part(text)) return std::nullopt;
    std::array<char, kJidPartBytes + 1> buffer{};  // a result that does not fit is too long anyway
    std::copy(text.begin(), text.end(), buffer.begin());
    const auto no_flags = static_cast<Stringprep_profile_flags>(0);
    if (stringprep(buffer.data(), buffer.size(), no_flags, profile) != STRINGPREP_OK) {
        return std::nullopt;
    }
    return std::string(buffer.data());
}

std::optional<std::string> prepare_localpart(std::string_view text) {
    if (!is_all_ascii(text)) return prepare(text, stringprep_xmpp_nodeprep);
    std::string prepared(text);
    for (char& c : prepared) {
        if (core::is_ascii_control(c) ||
            std::string_view(" \"&'/:<>@").find(c) != std::string_view::npos) {
            return std::nullopt;  // RFC 6122 appendix A.5
        }
        c = core::ascii_lower(c);
    }
    return prepared;
}

std::optional<std::string> prepare_resourcepart(std::string_view text) {
    if (!is_all_ascii(text)) return prepare(text, stringprep_xmpp_resourceprep);
    if (std::any_of(text.begin(), text.end(), core::is_ascii_control)) return std::nullopt;
    return std::string(text);
}

/// STD 3 (RFC 1123 section 2.1): letters, digits, and hyphens that do not stand at an end.
bool is_host_label(std::string_view label) {
    if (label.empty() || label.size() > kLabelBytes) return false;
    if (label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    });
}

bool is_host_name(std::string_view name) {
    if (name.empty() || name.size() > kDomainBytes) return false;
    while (true) {
        const std::size_t dot = name.find('.');
        if (!is_host_label(name.substr(0, dot))) return false;
        if (dot == std::string_view::npos) return true;
        name.remove_prefix(dot + 1);
    }
}

std::optional<std::string> prepare_ascii_name(std::string name) {
    if (name.ends_with('.')) name.pop_back();
    name = core::ascii_lower(name);
    if (!is_host_name(name)) return std::nullopt;
    return name;
}

/// `[2001:db8::1]` in the one spelling of RFC 5952, so that equal addresses are equal text.
std::optional<std::string> prepare_ipv6(std::string_view literal) {
    if (!literal.ends_with(']') || literal.size() > INET6_ADDRSTRLEN + 1) return std::nullopt;
    const std::string inner(literal.substr(1, literal.size() - 2));
    in6_addr address{};
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (inner.find('\0') != std::string::npos ||
        inet_pton(AF_INET6, inner.c_str(), &address) != 1 ||
        inet_ntop(AF_INET6, &address, text.data(), text.size()) == nullptr) {
        return std::nullopt;
    }
    return '[' + std::string(text.data()) + ']';
}

/// U-labels of a prepared domain where it has A-labels. A label may decode to text that reads as
/// another domain (U+3002 is a dot to IDNA); then the A-labels stay, so that every Jid parses back
/// equal.
std::string with_u_labels(const std::string& domain) {
    if (domain.find(kAceMark) == std::string::npos) return domain;
    char* raw = nullptr;
    const int outcome = idna_to_unicode_8z8z(domain.c_str(), &raw, IDNA_ALLOW_UNASSIGNED);
    const IdnText unicode(raw);
    if (outcome != IDNA_SUCCESS || !unicode) return domain;
    if (prepared_domain(unicode.get()) != domain) return domain;
    return unicode.get();
}

struct Parts {
    std::string_view local, domain, resource;
    bool has_local = false;
    bool has_resource = false;
};

/// RFC 7622 section 3.2: the resourcepart may hold '@' and '/', so it goes first.
Parts split_jid(std::string_view text) {
    Parts parts;
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
        parts.has_resource = true;
        parts.resource = text.substr(slash + 1);
        text = text.substr(0, slash);
    }
    if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
        parts.has_local = true;
        parts.local = text.substr(0, at);
        text = text.substr(at + 1);
    }
    parts.domain = text;
    return parts;
}

}  // namespace

std::string_view to_string(JidError error) {
    switch (error) {
        case JidError::too_long: return "too-long";
        case JidError::not_utf8: return "not-utf8";
        case JidError::bad_localpart: return "bad-localpart";
        case JidError::bad_domainpart: return "bad-domainpart";
        case JidError::bad_resourcepart: return "bad-resourcepart";
    }
    return "bad-domainpart";
}

core::Result<Jid, JidError> Jid::parse(std::string_view text) {
    if (text.size() > 3 * kJidPartBytes + 2) return core::fail(JidError::too_long);
    const Parts parts = split_jid(text);
    for (const std::string_view part : {parts.local, parts.domain, parts.resource}) {
        if (part.size() > kJidPartBytes) return core::fail(JidError::too_long);
    }
    if (!is_utf8(text)) return core::fail(JidError::not_utf8);
    // A NUL would end libidn's C strings early, and what lies behind it would go unseen.
    const auto is_usable = [](std::string_view part) {
        return !part.empty() && part.find('\0') == std::string_view::npos;
    };

    std::string local, resource;
    if (parts.has_local) {
        auto prepared = is_usable(parts.local) ? prepare_localpart(parts.local) : std::nullopt;
        if (!prepared || prepared->empty()) return core::fail(JidError::bad_localpart);
        local = *std::move(prepared);
    }
    const auto domain = prepared_domain(parts.domain);
    if (!domain) return core::fail(JidError::bad_domainpart);
    if (parts.has_resource) {
        auto prepared =
            is_usable(parts.resource) ? prepare_resourcepart(parts.resource) : std::nullopt;
        if (!prepared || prepared->empty()) return core::fail(JidError::bad_resourcepart);
        resource = *std::move(prepared);
    }
    return Jid(local, with_u_labels(*domain), resource);
}

Jid::Jid(std::string_view local, std::string_view domain, std::string_view resource)
    : local_size_(static_cast<std::uint16_t>(local.size())) {
    if (!local.empty()) {
        full_ += local;
        full_ += '@';
    }
    full_ += domain;
    bare_size_ = static_cast<std::uint16_t>(full_.size());
    if (!resource.empty()) {
        full_ += '/';
        full_ += resource;
    }
}

std::string_view Jid::localpart() const {
    return std::string_view(full_).substr(0, local_size_);
}

std::string_view Jid::domainpart() const {
    return bare().substr(local_size_ == 0 ? 0 : local_size_ + 1);
}

std::string_view Jid::resourcepart() const {
    return is_bare() ? std::string_view{} : std::string_view(full_).substr(bare_size_ + 1);
}

std::optional<std::string> prepared_domain(std::string_view domain) {
    if (domain.size() > kJidPartBytes) return std::nullopt;
    if (domain.starts_with('[')) return prepare_ipv6(domain);
    if (is_all_ascii(domain)) return prepare_ascii_name(std::string(domain));
    if (!is_utf8(domain) || domain.find('\0') != std::string_view::npos) return std::nullopt;
    if (!fits_a_domain(domain)) return std::nullopt;
    char* raw = nullptr;
    const int outcome = idna_to_ascii_8z(std::string(domain).c_str(), &raw,
                                         IDNA_USE_STD3_ASCII_RULES | IDNA_ALLOW_UNASSIGNED);
    const IdnText ascii(raw);
    if (outcome != IDNA_SUCCESS || !ascii) return std::nullopt;
    return prepare_ascii_name(ascii.get());
}

}  // namespace xmpp
