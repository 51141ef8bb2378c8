#include "proxy/legs/address_limits.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "core/random_bytes.h"
#include "proxy/legs/subscriber.h"

namespace proxy {

namespace {

/// Buckets that each call looks at, and each second. An entry is made by a call at most, so those
/// of no interest do not gather.
constexpr std::size_t kBucketsOfCall = 4;
constexpr std::size_t kBucketsOfSecond = 2'000;

AddressKey key_of(const core::Endpoint& client) {
    const std::string_view bytes = subscriber_of(client);
    AddressKey key{.bytes = 0, .is_v4 = client.is_v4()};
    std::memcpy(&key.bytes, bytes.data(), std::min(bytes.size(), sizeof key.bytes));
    return key;
}

core::SipKey random_key() {
    return {core::random_value<std::uint64_t>(), core::random_value<std::uint64_t>()};
}

}  // namespace

AddressPlace::~AddressPlace() {
    if (limits_ != nullptr) limits_->leave(*this);
}

// Nobody can make addresses that share a bucket.
AddressLimits::AddressLimits() : table_(16, Hash{random_key()}) {
    limits_.failed_logins = 0;
}

void AddressLimits::use(const conf::AddressLimits& limits, std::uint32_t places) {
    const std::lock_guard lock(mutex_);
    limits_ = limits;
    before_login_ = limits.before_login.value_or(places - places / 4);
}

bool AddressLimits::is_exempt(const core::Endpoint& client) const {
    return std::any_of(limits_.exempt.begin(), limits_.exempt.end(),
                       [&](const auto& block) { return block.contains(client); });
}

bool AddressLimits::has_failed_too_often(const AddressEntry& entry, core::TimePoint now) const {
    return limits_.failed_logins != 0 && entry.failures >= limits_.failed_logins &&
           now < entry.window_ends;
}

bool AddressLimits::comes_too_early(AddressEntry& entry, core::TimePoint now) const {
    if (limits_.new_per_second == 0) return false;
    const core::Clock::duration between =
        std::chrono::duration_cast<core::Clock::duration>(std::chrono::seconds(1)) /
        limits_.new_per_second;
    const core::TimePoint on_time = std::max(entry.next_is_on_time, now);
    if (on_time + between > now + kBurst) return true;
    entry.next_is_on_time = on_time + between;
    return false;
}

bool AddressLimits::is_full_before_login(const AddressEntry& entry, Door door) const {
    if (before_login_ == 0) return false;
    if (limits_.before_login) return entry.before_login + entry.web >= before_login_;
    return door == Door::stream && entry.before_login >= before_login_;
}

core::Result<AddressPlace, Refused> AddressLimits::enter(const core::Endpoint& client,
                                                         core::TimePoint now, Door door) {
    const std::lock_guard lock(mutex_);
    if (is_exempt(client)) return AddressPlace();
    // A new entry of one that is refused is what the next sweeps find.
    AddressPlace::Node& node = find_or_make(client, now);
    AddressEntry& entry = node.second;
    if (door == Door::stream && has_failed_too_often(entry, now))
        return core::fail(Refused::failed_logins);
    if (is_full_before_login(entry, door)) return core::fail(Refused::before_login);
    if (comes_too_early(entry, now)) return core::fail(Refused::new_per_second);
    if (!is_there(entry)) ++there_;
    const auto count = door == Door::web ? &AddressEntry::web : &AddressEntry::before_login;
    ++(entry.*count);
    return AddressPlace(*this, node, count);
}

std::optional<Refused> AddressLimits::begin_session(const core::Endpoint& client,
                                                    AddressPlace& place, core::TimePoint now) {
    if (!place) {
        auto entered = enter(client, now);
        if (!entered) return entered.error();
        place = std::move(entered).value();
    } else if (place.count_ == &AddressEntry::web) {
        const std::lock_guard lock(mutex_);
        AddressEntry& entry = place.entry_->second;
        --entry.web;  // it makes room for itself
        if (is_full_before_login(entry, Door::stream)) {
            ++entry.web;
            return Refused::before_login;
        }
        ++entry.before_login;
        place.count_ = &AddressEntry::before_login;
    }
    return place ? refuse_login(client, now) : std::nullopt;
}

std::optional<Refused> AddressLimits::refuse_login(const core::Endpoint& client,
                                                   core::TimePoint now) {
    const std::lock_guard lock(mutex_);
    const auto at = table_.find(key_of(client));
    if (at == table_.end()) return std::nullopt;
    const AddressEntry& entry = at->second;
    std::optional<Refused> why;
    if (has_failed_too_often(entry, now)) {
        why = Refused::failed_logins;
    } else if (limits_.sessions != 0 && entry.sessions >= limits_.sessions) {
        why = Refused::address_sessions;
    }
    if (why && is_exempt(client)) why.reset();
    return why;
}

core::Result<AddressStanding, Refused> AddressLimits::log_in(const core::Endpoint& client,
                                                             AddressStanding standing) {
    if (standing != AddressStanding::before_login) return standing;
    const std::lock_guard lock(mutex_);
    const auto at = table_.find(key_of(client));
    if (at == table_.end()) return AddressStanding::unlimited;  // never: it is counted there
    AddressEntry& entry = at->second;
    const bool is_counted = limits_.sessions != 0;
    if (is_counted && entry.sessions >= limits_.sessions && !is_exempt(client))
        return core::fail(Refused::address_sessions);
    if (is_counted) ++entry.sessions;
    take_off(at, &AddressEntry::before_login);
    return is_counted ? AddressStanding::counted : AddressStanding::logged_in;
}

AddressStanding AddressLimits::recount(const core::Endpoint& client, AddressStanding standing) {
    if (standing != AddressStanding::logged_in) return standing;
    const std::lock_guard lock(mutex_);
    if (limits_.sessions == 0 || is_exempt(client)) return standing;
    AddressEntry& entry = table_[key_of(client)];
    if (!is_there(entry)) ++there_;
    ++entry.sessions;
    return AddressStanding::counted;
}

void AddressLimits::leave(const core::Endpoint& client, AddressStanding standing) {
    const bool is_before = standing == AddressStanding::before_login;
    if (!is_before && standing != AddressStanding::counted) return;
    const std::lock_guard lock(mutex_);
    const auto at = table_.find(key_of(client));
    if (at == table_.end()) return;
    take_off(at, is_before ? &AddressEntry::before_login : &AddressEntry::sessions);
}

void AddressLimits::leave(AddressPlace& place) {
    const std::lock_guard lock(mutex_);
    take_off(table_.find(place.entry_->first), place.count_);
}

void AddressLimits::take_off(Table::iterator at, AddressPlace::Count count) {
    AddressEntry& entry = at->second;
    if (entry.*count == 0) return;
    --(entry.*count);
    if (is_there(entry)) return;
    --there_;
    if (!is_of_interest(entry, latest_)) table_.erase(at);
}

void AddressLimits::note_failed_logins(const core::Endpoint& client, std::uint32_t more,
                                       core::TimePoint now) {
    const std::lock_guard lock(mutex_);
    if (limits_.failed_logins == 0 || is_exempt(client)) return;
    AddressEntry& entry = find_or_make(client, now).second;
    if (now >= entry.window_ends) {
        entry.failures = 0;
        entry.window_ends = now + limits_.failed_window;
    }
    constexpr std::uint32_t kMost = std::numeric_limits<std::uint32_t>::max();
    entry.failures += std::min(more, kMost - entry.failures);
}

bool AddressLimits::is_of_interest(const AddressEntry& entry, core::TimePoint now) const {
    return (entry.failures != 0 && now < entry.window_ends) || now < entry.next_is_on_time;
}

AddressPlace::Node& AddressLimits::find_or_make(const core::Endpoint& client, core::TimePoint now) {
    latest_ = std::max(latest_, now);
    sweep(latest_, kBucketsOfCall, false);
    const AddressKey key = key_of(client);
    const auto known = table_.find(key);
    if (known != table_.end()) return *known;
    // Whoever has that many addresses is not kept out by what one of them has done.
    if (table_.size() - there_ >= kAddresses) sweep(latest_, table_.bucket_count(), true);
    return *table_.try_emplace(key).first;
}

void AddressLimits::tidy(core::TimePoint now) {
    const std::lock_guard lock(mutex_);
    latest_ = std::max(latest_, now);
    sweep(latest_, kBucketsOfSecond, false);
}

void AddressLimits::sweep(core::TimePoint now, std::size_t buckets, bool always) {
    for (; buckets > 0 && table_.size() > there_; --buckets) {
        hand_ = (hand_ + 1) % table_.bucket_count();
        for (auto at = table_.begin(hand_); at != table_.end(hand_);) {
            const AddressKey key = at->first;
            const bool goes = !is_there(at->second) && (always || !is_of_interest(at->second, now));
            ++at;
            if (!goes) continue;
            table_.erase(key);
            if (always) return;
        }
    }
}

std::size_t AddressLimits::addresses() const {
    const std::lock_guard lock(mutex_);
    return table_.size();
}

}  // namespace proxy
