#pragma once
// Reads a DNS message (RFC 1035 section 4) that answers a question for SRV records: a strict reader
// that believes no length, count or pointer. Pure; no cache, no socket.

#include <chrono>
#include <cstddef>
#include <string_view>

#include "core/result.h"
#include "dns/problem.h"
#include "dns/srv.h"

namespace dns {

/// Records of the service in one answer; more are refused. What else a message holds is bounded by
/// its 64 KiB.
inline constexpr std::size_t kSrvRecordsMax = 1024;
/// CNAME records from the name asked for to the one that has the records.
inline constexpr std::size_t kAliasesMax = 8;

struct SrvAnswer {
    SrvSet set;
    /// How long this may be believed: the least TTL on the way to the records; for "no such name"
    /// and "no such records" that of RFC 2308 section 5, or 0 when the zone does not say it.
    std::chrono::seconds ttl{0};
};

/// `name` is what was asked for, without a final dot; case does not matter. Records of other names
/// than `name` and its aliases are ignored: nobody asked for them.
core::Result<SrvAnswer, Problem> read_srv_answer(std::string_view message, std::string_view name);

}  // namespace dns
