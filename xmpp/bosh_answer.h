#pragma once
// The `<body/>` of an answer to a client (XEP-0124 section 7.2 and later, XEP-0206), written. Pure;
// any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "xmpp/bosh_body.h"
#include "xmpp/bosh_condition.h"

namespace xmpp {

/// What we speak.
inline constexpr BoshVersion kBoshVersion{1, 11};

/// Nothing for the client.
inline constexpr std::string_view kBoshEmpty =
    "<body xmlns='http://jabber.org/protocol/httpbind'/>";
/// XEP-0124 section 17.3: the client repeats what has no answer.
inline constexpr std::string_view kBoshRecoverableError =
    "<body xmlns='http://jabber.org/protocol/httpbind' type='error'/>";
/// One answer for a sid, a rid or a key that is wrong, so that nobody learns which (section 14.3).
inline constexpr std::string_view kBoshItemNotFound =
    "<body xmlns='http://jabber.org/protocol/httpbind' type='terminate' "
    "condition='item-not-found'/>";

/// What the answer to a session creation request says. Seconds, if nothing else.
struct BoshCreation {
    BoshSid sid;
    std::uint32_t wait = 0;
    std::uint32_t requests = 0;  // at once
    std::uint32_t hold = 0;      // requests
    std::uint32_t inactivity = 0;
    std::uint32_t polling = 0;
    std::uint32_t maxpause = 0;
    BoshVersion ver = kBoshVersion;
    std::optional<std::uint64_t> ack = {};  // the request's rid, if answers will have acks
    std::string authid = {};                // id of the server's stream; empty if not there yet
    std::string from = {};                  // the domain
    bool secure = false;                    // the way to the server is (of XEP-0124 1.7)
};

/// `payload`: elements that stand alone.
std::string write_bosh_creation(const BoshCreation& creation, std::string_view payload);

/// An answer with `payload`. `ack`: XEP-0124 section 9.1. `holds_stream_element`: an element of the
/// streams namespace is in it, whose prefix some clients look for on the `<body/>`.
std::string write_bosh_body(std::string_view payload, bool holds_stream_element,
                            std::optional<std::uint64_t> ack = {});

/// The session is over: without a condition, by common consent. `payload` may end with a stream
/// error.
std::string write_bosh_terminate(std::optional<BoshCondition> condition,
                                 std::string_view payload = {});

}  // namespace xmpp
