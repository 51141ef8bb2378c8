#pragma once
// Answers that a BOSH client may ask for once more, because they may have been lost on their way
// (XEP-0124 section 14.3). Pure; one thread.

#include <cstdint>
#include <vector>

#include "proxy/web/bosh_actions.h"

namespace proxy {

class BoshKept {
public:
    /// XEP-0124 section 14.3: as many as there may be requests at once, whatever their size.
    static constexpr std::size_t kLeast = 2;
    /// More of them as long as they are small, for clients that go on before an answer has come.
    static constexpr std::size_t kMost = 6;
    static constexpr std::size_t kSmallBytes = 8 * 1024;  // all together

    /// Keeps the newest answer, and of those before it as many as the bounds allow.
    void keep(std::uint64_t rid, BoshEntity entity);
    /// Null if there is none. Valid until the next call that changes something.
    const BoshEntity* find(std::uint64_t rid) const;
    /// The client has the answers to `rid` and to all before it.
    void forget_up_to(std::uint64_t rid);
    void clear() { answers_.clear(); }

private:
    std::size_t bytes() const;

    struct Kept {
        std::uint64_t rid;
        BoshEntity entity;
    };
    std::vector<Kept> answers_;  // by rising rid
};

}  // namespace proxy
