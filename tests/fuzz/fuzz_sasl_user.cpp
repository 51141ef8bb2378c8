// Aim: whatever element begins a login, the user it shows is a bare JID of the stream's domain that
// reads back equal, or none; and nothing is read outside the element.

#include <cstdint>
#include <string_view>

#include "tests/fuzz/one_element.h"
#include "xmpp/jid.h"
#include "xmpp/sasl_user.h"
#include "xmpp/stream_scanner.h"

namespace {

using namespace xmpp;
using fuzz::kHeader;
using fuzz::require;

constexpr std::string_view kDomain = "example.org";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view window(reinterpret_cast<const char*>(data), size);
    ScanWorkPool pool;
    StreamScanner scanner(pool, kLimitsBeforeLogin);
    require(scanner.next(kHeader).kind == TokenKind::stream_open);
    const Token token = scanner.next(window);
    if (token.kind != TokenKind::element) return 0;

    const auto element = window.substr(0, token.size);
    const auto login = read_sasl_login(element, kDomain);
    const auto profile = login_profile(token.local_name, token.namespace_uri);
    // The scanner does not decode references in a namespace, so it may find fewer logins.
    if (profile) require(login && login->profile == *profile);
    if (!login || login->user.empty()) return 0;
    const auto jid = Jid::parse(login->user);
    require(jid.has_value() && jid->is_bare() && jid->bare() == login->user);
    require(jid->domainpart() == kDomain && !jid->localpart().empty());
    return 0;
}
