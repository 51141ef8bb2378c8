#pragma once
// The `<body/>` of a client's request (XEP-0124 section 6, XEP-0206), read strictly: one whole
// element of one HTTP entity, or a refusal. What it carries leaves here as elements that stand
// alone in a stream of ours. Pure; any thread.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/strong.h"
#include "xmpp/bosh_limits.h"
#include "xmpp/stream_scanner.h"

namespace xmpp {

/// The id of a session (XEP-0124 section 7.2): whoever has it, and knows the next `rid`, has the
/// session.
using BoshSid = core::Secret<struct BoshSidTag>;
/// A member of a key sequence (section 15), as sent.
using BoshKey = core::Secret<struct BoshKeyTag>;

/// Section 14.1: a double holds no larger integer.
inline constexpr std::uint64_t kLargestRid = (std::uint64_t{1} << 53) - 1;

/// `ver`: two integers, so that 1.11 is more than 1.6.
struct BoshVersion {
    std::uint32_t major = 1;
    std::uint32_t minor = 6;
    friend auto operator<=>(const BoshVersion&, const BoshVersion&) = default;
};

/// What a request says; values are decoded, absent ones empty. `route` and `stream` are no part of
/// it: the pools say where a domain lives, and a session holds one stream. Neither is `content`,
/// since every answer is text/xml, nor `xmpp:version`, since our streams are 1.0 whatever it says.
struct BoshBody {
    std::uint64_t rid = 0;  // 1 to kLargestRid
    BoshSid sid;            // empty: the request asks for a new session
    std::string to;         // neither prepared nor checked; never empty without a sid
    std::string from;
    std::string lang;  // xml:lang
    std::optional<BoshVersion> ver;
    // Seconds, and a number of requests; what is too large to hold is the largest.
    std::optional<std::uint32_t> wait;
    std::optional<std::uint32_t> hold;
    std::optional<std::uint32_t> pause;
    std::optional<std::uint64_t> ack;
    BoshKey key;
    BoshKey newkey;
    bool terminates = false;  // type='terminate'
    bool restarts = false;    // xmpp:restart='true'
    /// The child elements, one behind the other: each stands alone in a stream whose header is the
    /// common one.
    std::string payload;
};

/// Reads an entity in full: white space around it, and a byte order mark and an XML declaration in
/// front, are allowed. Prefixes, quotes and the order of attributes are free. Children in the
/// namespace of the `<body/>` are moved to jabber:client (some clients leave them there), and
/// declare what they inherit from it. Refused as bad_request: bytes that the scanner refuses, what
/// only the framing of a stream says, text between the children, no valid `rid`, a number that is
/// none, children without a `sid`; as improper_addressing: neither `sid` nor `to`; as
/// policy_violation: more than `limits` allow. Borrows from `pool` during the call.
core::Result<BoshBody, BoshRefusal> read_bosh_body(std::string_view entity, ScanWorkPool& pool,
                                                   const BoshLimits& limits);

}  // namespace xmpp
