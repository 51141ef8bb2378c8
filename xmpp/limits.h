#pragma once
// Every number that bounds what a stream may hold: unit, source, reason. Standard library only.

#include <cstddef>
#include <cstdint>

namespace xmpp {

inline constexpr std::size_t kStanzaBytesFloor = 10'000;    // RFC 6120 13.12: no limit below it
inline constexpr std::size_t kStanzaBytes = 256 * 1024;     // after login; [limits] stanza
inline constexpr std::size_t kClearStreamBytes = 4 * 1024;  // all in clear: header, <starttls/>
inline constexpr std::size_t kJidPartBytes = 1023;          // RFC 7622 section 3.1

/// Bounds of one scanner. Bytes count from '<' to '>' of a first-level element or of
/// the stream header, whose XML declaration counts with it.
struct ScanLimits {
    std::uint32_t bytes = kStanzaBytes;
    std::uint16_t depth = 100;      // open elements, the first-level one included
    std::uint16_t attributes = 64;  // of one start tag, namespace declarations included
    std::uint32_t elements = 8192;  // inside one first-level element
    std::uint16_t namespaces = 64;  // prefix bindings in scope at once, the header's included
};

/// Before login a peer is a stranger: room for every SASL exchange, not for more.
inline constexpr ScanLimits kLimitsBeforeLogin{
    .bytes = kStanzaBytesFloor, .depth = 16, .attributes = 32, .elements = 64, .namespaces = 32};

static_assert(kStanzaBytesFloor <= kStanzaBytes);

}  // namespace xmpp
