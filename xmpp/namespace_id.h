#pragma once
// Namespaces in scope as numbers, which the scanner compares in place of URIs. Internal to the
// scanner's rooms.

#include <cstddef>
#include <cstdint>

namespace xmpp {

/// A namespace in scope: an index into ScanWork::bindings when not negative, otherwise
/// kNoNamespace, kXmlNamespace or, below these, a declaration of the stream header
/// (xmpp/header_context.h).
using NamespaceId = std::int32_t;
inline constexpr NamespaceId kNoNamespace = -1;
inline constexpr NamespaceId kXmlNamespace = -2;

/// Ids of the header's declarations lie below the two fixed ones.
constexpr NamespaceId header_id(std::size_t index) {
    return kXmlNamespace - 1 - static_cast<NamespaceId>(index);
}

constexpr std::size_t header_index(NamespaceId id) {
    return static_cast<std::size_t>(kXmlNamespace - 1 - id);
}

}  // namespace xmpp
