#pragma once
// Stream features (RFC 6120 section 4.3.2): those of the clear stream written, those of a server
// read and edited. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "xmpp/element.h"

namespace xmpp {

/// The features before TLS: STARTTLS, required, and nothing else (RFC 6120 section 5.3.1).
std::string clear_features();

/// What a client can bind its login to (RFC 5056) so that the server finds the same; each includes
/// those before it.
enum class HeldBindings : std::uint8_t {
    none,
    end_point,  // tls-server-end-point alone: both legs show one certificate
    all,        // the server knows the client's TLS
};

struct FeatureEdits {
    /// Our own limit on a first-level element, bytes: `<max-bytes/>` of XEP-0478 is lowered to it
    /// if it promises more (or is no number). 0 leaves it.
    std::uint64_t max_bytes = 0;
    /// Tokens of XEP-0484 that are bound to anything else leave `<fast/>`.
    HeldBindings bindings = HeldBindings::all;
};

/// The features that a client may see through the proxy. Cut out by byte range: `<starttls/>`,
/// `<compression/>` (XEP-0138), `<isr/>` (XEP-0397; it may also stand in the SASL2 `<inline/>`),
/// `<auth/>` of XEP-0078 (its digest is made with the id of a stream that the backend may not have
/// opened, and no login of it ends in SASL success); of `<fast/>` (XEP-0484) the mechanisms whose
/// binding does not hold, or all of it when no other is left; `<max-bytes/>` lowered. Everything
/// else stays byte for byte; lists of mechanisms and of channel bindings (XEP-0440) above all,
/// because XEP-0474 signs them. nullopt: nothing to change, forward the original bytes. `features`:
/// an element token of the scanner.
std::optional<std::string> edit_features(std::string_view features, const FeatureEdits& edits,
                                         const NamespaceBindings& outer = usual_bindings());

/// What a server offers.
struct FeaturesSummary {
    bool starttls = false;
    bool starttls_required = false;
    std::vector<std::string> mechanisms;        // SASL, RFC 6120 section 6.4.1, in order
    std::vector<std::string> sasl2_mechanisms;  // XEP-0388, in order
    std::vector<std::string> bindings;          // types of XEP-0440, in order
    std::string caps_node;                      // XEP-0115: names the server's software, if there
    bool bind = false;                          // RFC 6120 section 7
    bool bind2 = false;                         // XEP-0386, as SASL2 inline feature
    bool stream_management = false;             // XEP-0198, sm:2 or sm:3, first-level or inline
    std::optional<std::uint64_t> max_bytes;     // XEP-0478, if given as a number
    std::vector<std::string> fast_mechanisms;   // XEP-0484, as SASL2 inline feature, in order
};

/// What logins are offered with, in one form for equal offers: the mechanisms of RFC 6120
/// section 6.4.1 and, as "SASL2 NAME" and "FAST NAME", those of XEP-0388 and of tokens for it
/// (XEP-0484), sorted, separated by ", ". Their order counts nothing: clients choose by strength,
/// XEP-0474 signs the sorted list, and servers of one kind with one configuration (Prosody) send
/// them in the order of a hash table. Empty: no login is offered.
std::string sasl_offer(std::string_view features,
                       const NamespaceBindings& outer = usual_bindings());

/// nullopt if the element is not `features` of the streams namespace.
std::optional<FeaturesSummary> read_features(std::string_view features,
                                             const NamespaceBindings& outer = usual_bindings());

}  // namespace xmpp
