#pragma once
// Tags in front of the SM ids (XEP-0198) that clients are given, by which the backend that holds a
// session is found when its client comes back: with nothing but the key, after a restart and in
// another proxy. A tag is a keyed value over the owner and the id, so nothing can be read from it:
// two ids of one backend have nothing in common, and nobody can make one. Immutable; any thread.
//
//   tag = base64url(MAC || owner XOR mask), 12 bytes in 16 characters, no separator
//   MAC = 48 bits of SipHash(key 1, owner || id);  mask = 48 bits of SipHash(key 2, MAC || id)

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "balancer/owner.h"
#include "core/siphash.h"
#include "core/ticket_keys.h"

namespace proxy {

class ResumptionTags {
public:
    static constexpr std::size_t kChars = 16;
    /// XEP-0198 section 13: no id is longer. One that would be with its tag stays without.
    static constexpr std::size_t kLongestId = 4'000;

    /// Keys as TLS tickets have them: one makes tags, all are accepted.
    explicit ResumptionTags(const core::TicketKeys& keys);

    /// `id` (decoded, as the backend made it) as the client is to know it.
    std::string tagged(balancer::Owner owner, std::string_view id) const;

    /// A tag that holds, taken off. Views into what was read.
    struct Read {
        balancer::Owner owner;
        std::string_view tag;
        std::string_view id;  // as the backend made it
    };
    /// nullopt: there is none of ours in front of it, or it was made for another id.
    std::optional<Read> read(std::string_view id) const;

private:
    struct Keys {
        core::SipKey mac;
        core::SipKey mask;
    };
    static Keys keys_of(const core::TicketKey& key);

    std::vector<Keys> keys_;  // the first one makes tags
};

/// Never null.
using ResumptionTagsPtr = std::shared_ptr<const ResumptionTags>;

}  // namespace proxy
