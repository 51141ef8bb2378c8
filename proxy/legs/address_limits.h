#pragma once
// What one subscriber takes of the process (an IPv4 address or an IPv6 /64, proxy/legs/subscriber):
// connections before login, sessions, new connections a second, failed logins. One object for all
// workers, so that each does not give a budget of its own. Asked when a connection is accepted,
// when a login begins, gets through or fails, and at the end; never on the way of a byte. Any
// thread; what is held is bounded by the connections that are there and kAddresses.

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "conf/config.h"
#include "core/endpoint.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "core/siphash.h"
#include "proxy/legs/refusals.h"

namespace proxy {

class AddressLimits;

/// How a session is counted at its client's address.
enum class AddressStanding : std::uint8_t {
    unlimited,     // not at all: exempt, or a trusted proxy itself
    before_login,  // until it logs in
    logged_in,     // no more: nothing limited the sessions of an address when it logged in
    counted,       // as one of the address's sessions
};

/// A subscriber's bytes.
struct AddressKey {
    std::uint64_t bytes = 0;
    bool is_v4 = false;
    friend bool operator==(const AddressKey&, const AddressKey&) = default;
};

/// What an address has, and what it has done.
struct AddressEntry {
    std::uint32_t before_login = 0;  // connections and sessions that have not logged in
    std::uint32_t web = 0;           // connections of the web that have no session
    std::uint32_t sessions = 0;
    std::uint32_t failures = 0;       // in the window
    core::TimePoint window_ends;      // of failures
    core::TimePoint next_is_on_time;  // at the rate; far ahead of now where many came early
};

/// One connection that its address has before login, until this is destroyed or a session takes it
/// over. Empty: it is not counted. The limits outlive it.
class AddressPlace {
public:
    AddressPlace() = default;
    AddressPlace(AddressPlace&& other) noexcept
        : limits_(std::exchange(other.limits_, nullptr)),
          entry_(other.entry_),
          count_(other.count_) {}
    AddressPlace& operator=(AddressPlace&& other) noexcept {
        AddressPlace old(std::move(*this));
        limits_ = std::exchange(other.limits_, nullptr);
        entry_ = other.entry_;
        count_ = other.count_;
        return *this;
    }
    ~AddressPlace();

    explicit operator bool() const noexcept { return limits_ != nullptr; }
    /// From now on the session counts in its place: AddressLimits::leave() ends it. Not of a
    /// connection of the web, which AddressLimits::begin_session() makes one of a session.
    AddressStanding hand_over() noexcept {
        return std::exchange(limits_, nullptr) != nullptr ? AddressStanding::before_login
                                                          : AddressStanding::unlimited;
    }

private:
    friend class AddressLimits;
    using Node = std::pair<const AddressKey, AddressEntry>;
    using Count = std::uint32_t AddressEntry::*;
    AddressPlace(AddressLimits& limits, Node& entry, Count count)
        : limits_(&limits), entry_(&entry), count_(count) {}

    AddressLimits* limits_ = nullptr;
    Node* entry_ = nullptr;  // these two mean nothing without it
    Count count_ = nullptr;
};

class AddressLimits {
public:
    /// That are remembered without a connection of theirs.
    static constexpr std::size_t kAddresses = 100'000;
    /// Of new connections, at their rate.
    static constexpr std::chrono::seconds kBurst{10};

    AddressLimits();

    /// What counts from now on; nothing does before. `places`: sessions that the process may hold.
    void use(const conf::AddressLimits& limits, std::uint32_t places);

    /// One more connection of that address; empty for one that is exempt. To a listener of the
    /// web it is let in even if its address has failed too often, for sessions of BOSH that are
    /// there come over new connections, too. And where before_login is not configured, [web]
    /// per_address alone bounds those, since they take no session's place.
    enum class Door : std::uint8_t { stream, web };
    core::Result<AddressPlace, Refused> enter(const core::Endpoint& client, core::TimePoint now,
                                              Door door = Door::stream);
    /// A connection of the web, or one that is not counted any more, is to have a session: `place`
    /// is that session's then. Or why not.
    std::optional<Refused> begin_session(const core::Endpoint& client, AddressPlace& place,
                                         core::TimePoint now);
    /// Whether a login of that address is to be refused, and why.
    std::optional<Refused> refuse_login(const core::Endpoint& client, core::TimePoint now);
    /// A login has got through. Says what the session is from now on; or, where that is one too
    /// many, why: then nothing has changed.
    core::Result<AddressStanding, Refused> log_in(const core::Endpoint& client,
                                                  AddressStanding standing);
    /// A session that was logged in when nothing limited sessions counts, too, if they are limited
    /// now.
    AddressStanding recount(const core::Endpoint& client, AddressStanding standing);
    /// The session has ended.
    void leave(const core::Endpoint& client, AddressStanding standing);
    void note_failed_logins(const core::Endpoint& client, std::uint32_t more, core::TimePoint now);

    /// Forgets some of those that are of no interest any more. To be called every second.
    void tidy(core::TimePoint now);

    /// For tests: addresses that are held.
    std::size_t addresses() const;

private:
    friend class AddressPlace;
    struct Hash {
        core::SipKey key;
        std::size_t operator()(const AddressKey& address) const noexcept {
            const std::uint64_t words[] = {address.bytes, std::uint64_t{address.is_v4}};
            return core::siphash(key, {reinterpret_cast<const char*>(words), sizeof words});
        }
    };
    using Table = std::unordered_map<AddressKey, AddressEntry, Hash>;

    static bool is_there(const AddressEntry& entry) {
        return entry.before_login != 0 || entry.web != 0 || entry.sessions != 0;
    }
    bool is_full_before_login(const AddressEntry& entry, Door door) const;
    bool is_of_interest(const AddressEntry& entry, core::TimePoint now) const;
    bool is_exempt(const core::Endpoint& client) const;
    bool has_failed_too_often(const AddressEntry& entry, core::TimePoint now) const;
    /// The rate's count goes on if it is not reached.
    bool comes_too_early(AddressEntry& entry, core::TimePoint now) const;
    Table::value_type& find_or_make(const core::Endpoint& client, core::TimePoint now);
    void leave(AddressPlace& place);
    /// One connection or session less.
    void take_off(Table::iterator at, AddressPlace::Count count);
    /// Looks at that many buckets; `always`: one that is not there goes, of interest or not.
    void sweep(core::TimePoint now, std::size_t buckets, bool always);

    mutable std::mutex mutex_;
    // All of it is guarded by it.
    conf::AddressLimits limits_;
    std::uint32_t before_login_ = 0;  // as configured, or of the places; 0: no limit
    Table table_;
    std::size_t there_ = 0;  // entries with a connection or session
    std::size_t hand_ = 0;   // the bucket that is swept next
    core::TimePoint latest_;
};

}  // namespace proxy
