#pragma once
// What a `<body/>` of XEP-0124 may hold, and what is said of one that holds anything else. Pure;
// any thread.

#include <cstdint>
#include <string_view>

#include "xmpp/bosh_condition.h"
#include "xmpp/limits.h"

namespace xmpp {

/// Why a request is none.
struct BoshRefusal {
    BoshCondition condition{};
    std::string_view reason;  // for the log, static text
};

/// Bounds of one `<body/>`.
struct BoshLimits {
    ScanLimits scan;               // of the entity; the payload, too, has at most its bytes
    std::uint32_t children = 512;  // of the `<body/>`
};

/// For bodies whose children pass `stanza`: room for several of them, and for the `<body/>`.
constexpr BoshLimits bosh_limits(const ScanLimits& stanza) {
    constexpr std::uint32_t kBodyTagBytes = 4 * 1024;
    BoshLimits limits{.scan = stanza};
    limits.scan.bytes = 2 * stanza.bytes + kBodyTagBytes;
    ++limits.scan.depth;
    return limits;
}

}  // namespace xmpp
