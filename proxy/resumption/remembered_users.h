#pragma once
// Which backend holds the session that a user may resume: for clients of classic SASL, which say so
// only after a backend was chosen. One table for all workers, bounded from the start, that grows
// with the users in it, about 32 bytes each. Names are kept as keyed hashes. Asked at a login, told
// when a session can be resumed and when it ends; never on the way of a stanza. Any thread.
//
// The table has parts of at most 16,384 users, each with a lock and buckets of its own. A user has
// a place in one of two buckets, the emptier one. When both are full, the part takes a quarter more
// buckets into use; when it has all of them, the oldest user of the two goes.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>

#include "balancer/owner.h"
#include "core/event_loop.h"
#include "core/siphash.h"
#include "core/strong.h"

namespace proxy {

class RememberedUsers {
public:
    /// Room for about `most` users (at least 16); the oldest of a few goes when there is none.
    explicit RememberedUsers(std::size_t most);

    /// Where this user (prepared bare JID) has a session, or may resume one.
    std::optional<balancer::Owner> find(std::string_view user, core::TimePoint now) const;
    /// And until when, if no session is there now; nullopt: nothing is known.
    struct Known {
        balancer::Owner owner;
        bool is_live = false;
        std::chrono::seconds left{0};
    };
    std::optional<Known> known(std::string_view user, core::TimePoint now) const;

    /// The user has one more session there. That of another backend is forgotten: the newest
    /// counts.
    void note_session(std::string_view user, balancer::Owner owner, core::TimePoint now);
    /// It has ended, and can be resumed for this long (0: it cannot).
    void note_end(std::string_view user, balancer::Owner owner, std::chrono::seconds keeps,
                  core::TimePoint now);

    /// All that is known, for the process that takes our place: of a live session as of one that
    /// can be resumed for `live_for`.
    using Snapshot = core::Secret<struct RememberedUsersTag>;
    Snapshot snapshot(core::TimePoint now, std::chrono::seconds live_for) const;
    /// Takes it over. Before anybody else knows this table. False: it is none.
    bool adopt(const Snapshot& snapshot, core::TimePoint now);

    /// Users that fit.
    std::size_t capacity() const noexcept { return parts_count_ * part_buckets_ * kBucket; }
    /// Bytes in use for users; those of the system's pages, once written, stay.
    std::size_t bytes_in_use() const;

private:
    struct Entry {
        std::uint64_t key;  // 0: free
        std::uint64_t owner : balancer::kOwnerBits;
        std::uint64_t live : 16;  // sessions there
        std::uint32_t until;      // second up to which a session may be resumed
        std::uint32_t touched;    // second of the last word about it
    };
    static constexpr std::size_t kBucket = 16;
    static constexpr std::size_t kPartUsers = 16'384;  // growing takes a millisecond at most
    static constexpr std::uint16_t kMostLive = 0xffff;
    using Bucket = std::array<Entry, kBucket>;
    struct Free {
        void operator()(Bucket* buckets) const noexcept;
    };
    struct Part {
        mutable std::mutex mutex;
        Bucket* buckets = nullptr;  // its share of buckets_
        std::size_t in_use = 1;     // of them

        std::array<Bucket*, 2> buckets_of(std::uint64_t key) const noexcept;
        /// The user's own place, or null.
        Entry* find(std::uint64_t key) const noexcept;
    };

    std::uint64_t key_of(std::string_view user) const noexcept;
    std::uint32_t second_of(core::TimePoint now) const noexcept;
    Part& part_of(std::uint64_t key) const noexcept;
    static bool is_known(const Entry& entry, std::uint32_t second) noexcept;
    static Entry& least_of(Bucket& bucket, std::uint32_t second) noexcept;
    static Entry& least_of(const Part& part, std::uint64_t key, std::uint32_t second) noexcept;
    Entry& place_in(Part& part, std::uint64_t key, std::uint32_t second);
    void grow(Part& part, std::uint32_t second);

    core::SipKey secret_;
    core::TimePoint start_ = core::Clock::now();
    std::size_t parts_count_;
    std::size_t part_buckets_;
    std::unique_ptr<Bucket[], Free> buckets_;
    std::unique_ptr<Part[]> parts_;
};

}  // namespace proxy
