#include "proxy/session/relay_limits.h"

#include <algorithm>
#include <cstdint>
#include <tuple>

namespace proxy {

namespace {

/// The longest way to write one byte takes six (&quot;); the rest is for what is added.
constexpr std::uint32_t kGrowth = 8;
/// A roster of 100,000 contacts.
constexpr std::uint32_t kServerMadeBytes = 16 * 1024 * 1024;
constexpr std::uint32_t kServerMadeElements = 1024 * 1024;
/// An attribute of a namespace may bring a declaration along, and servers add their own.
constexpr std::uint32_t kAttributeGrowth = 4;
constexpr std::uint16_t kNamespaces = 1024;
/// Forwarding (XEP-0297) in carbons, archives and items adds three each.
constexpr std::uint32_t kDepthGrowth = 2;

auto numbers(const xmpp::ScanLimits& limits) {
    return std::tie(limits.bytes, limits.depth, limits.attributes, limits.elements,
                    limits.namespaces);
}

}  // namespace

bool operator==(const RelayLimits& one, const RelayLimits& other) {
    return numbers(one.from_client) == numbers(other.from_client) &&
           numbers(one.from_backend) == numbers(other.from_backend);
}

// The largest values of the configuration (64 MiB, 1000, 1000) grow within their types.
RelayLimits relay_limits(const conf::Limits& limits) {
    return {.from_client = {.bytes = limits.stanza,
                            .depth = static_cast<std::uint16_t>(limits.depth),
                            .attributes = static_cast<std::uint16_t>(limits.attributes)},
            .from_backend = {
                .bytes = std::max(kGrowth * limits.stanza, kServerMadeBytes),
                .depth = static_cast<std::uint16_t>(kDepthGrowth * limits.depth),
                .attributes = static_cast<std::uint16_t>(kAttributeGrowth * limits.attributes),
                .elements = kServerMadeElements,
                .namespaces = kNamespaces}};
}

}  // namespace proxy
