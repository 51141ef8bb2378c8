#pragma once
// XEP-0198 elements in passing, at the top of a stream and inside SASL2 (XEP-0388, XEP-0386): read,
// and edited by byte range, never rewritten. Pure; any thread.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/element.h"
#include "xmpp/ids.h"

namespace xmpp {

/// The elements that carry the id of a session.
enum class SmCarrier : std::uint8_t {
    enabled,  // `id`, section 3; also in the `<bound/>` of a SASL2 `<success/>`
    resume,   // `previd`, section 5; also in a SASL2 `<authenticate/>`
    resumed,  // `previd`, section 5; also in a SASL2 `<success/>`
};

struct SmEdits {
    /// XEP-0198 section 5 lets a server name in `location` where a client had better resume; behind
    /// a proxy that is an internal address.
    bool cuts_location = false;
    /// What is to stand in place of this id (both decoded); nullopt: it stays. No function: all do.
    std::function<std::optional<std::string>(SmCarrier carrier, std::string_view id)> id = {};
    /// Takes `<resume/>` out of `<authenticate/>`.
    bool cuts_resume = false;
};

/// `element` with these edits; nullopt: nothing to change, forward the original bytes. `outer`:
/// what the stream header declared. Meant for tokens named `enabled`, `resume`, `resumed`,
/// `success` and `authenticate`; right, but a waste, for any other. No character data is copied.
std::optional<std::string> edit_stream_management(
    std::string_view element, const SmEdits& edits,
    const NamespaceBindings& outer = usual_bindings());

/// The session that a `<resume/>` or an `<authenticate/>` with one inside asks for; nullopt: none.
/// It may be empty.
std::optional<SmId> read_previd(std::string_view element,
                                const NamespaceBindings& outer = usual_bindings());

/// `<failed/>` in either namespace of XEP-0198 (kSm3, kSm2), which says that the session is not
/// known (section 5.1); without `h`, which only the server of the session can know. Static text.
std::string_view resumption_failed(std::string_view namespace_uri);

/// A `<success/>` of SASL2 with that in it.
std::string with_resumption_failed(std::string_view success);

}  // namespace xmpp
