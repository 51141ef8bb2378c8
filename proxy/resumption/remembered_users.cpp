#include "proxy/resumption/remembered_users.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "core/random_bytes.h"

namespace proxy {

RememberedUsers::RememberedUsers(std::size_t most)
    : secret_{core::random_value<std::uint64_t>(), core::random_value<std::uint64_t>()},
      // A third more than asked for, since users do not fall evenly into the buckets.
      buckets_count_(std::max<std::size_t>(1, (most + most / 3 + kBucket - 1) / kBucket)) {
    // Zeros that cost memory only once they are written to.
    auto* zeros = static_cast<Bucket*>(std::calloc(buckets_count_, sizeof(Bucket)));
    if (zeros == nullptr) throw std::bad_alloc();
    buckets_.reset(zeros);
    static_assert(sizeof(Entry) == 24);
}

void RememberedUsers::Free::operator()(Bucket* buckets) const noexcept {
    std::free(buckets);
}

std::uint64_t RememberedUsers::key_of(std::string_view user) const noexcept {
    const std::uint64_t key = core::siphash(secret_, user);
    return key == 0 ? 1 : key;
}

/// From 1 on, so that nothing is kept until second 0.
std::uint32_t RememberedUsers::second_of(core::TimePoint now) const noexcept {
    const auto passed = std::chrono::duration_cast<std::chrono::seconds>(now - start_).count();
    return static_cast<std::uint32_t>(std::max<std::int64_t>(passed, 0) + 1);
}

bool RememberedUsers::is_known(const Entry& entry, std::uint32_t second) noexcept {
    return entry.key != 0 && (entry.live > 0 || entry.until > second);
}

RememberedUsers::Entry* RememberedUsers::find(Bucket& bucket, std::uint64_t key) noexcept {
    for (Entry& entry : bucket)
        if (entry.key == key) return &entry;
    return nullptr;
}

/// The user's own place, a free one, or that of whom nobody has spoken longest.
RememberedUsers::Entry& RememberedUsers::place_in(Bucket& bucket, std::uint64_t key,
                                                  std::uint32_t second) noexcept {
    if (Entry* own = find(bucket, key)) return *own;
    Entry& place =
        *std::min_element(bucket.begin(), bucket.end(), [second](const Entry& a, const Entry& b) {
            const bool a_counts = is_known(a, second);
            const bool b_counts = is_known(b, second);
            if (a_counts != b_counts) return b_counts;
            return a.touched < b.touched;
        });
    place = Entry{};
    place.key = key;
    return place;
}

std::optional<balancer::Owner> RememberedUsers::find(std::string_view user,
                                                     core::TimePoint now) const {
    const auto found = known(user, now);
    if (!found) return std::nullopt;
    return found->owner;
}

std::optional<RememberedUsers::Known> RememberedUsers::known(std::string_view user,
                                                             core::TimePoint now) const {
    const std::uint64_t key = key_of(user);
    const std::uint32_t second = second_of(now);
    const std::scoped_lock locked(lock_of(key));
    const Entry* entry = find(bucket_of(key), key);
    if (entry == nullptr || !is_known(*entry, second)) return std::nullopt;
    const std::uint32_t left = entry->until > second ? entry->until - second : 0;
    return Known{.owner = balancer::Owner(entry->owner),
                 .is_live = entry->live > 0,
                 .left = std::chrono::seconds(left)};
}

void RememberedUsers::note_session(std::string_view user, balancer::Owner owner,
                                   core::TimePoint now) {
    const std::uint64_t key = key_of(user);
    const std::uint32_t second = second_of(now);
    const std::scoped_lock locked(lock_of(key));
    Entry& entry = place_in(bucket_of(key), key, second);
    if (entry.owner != owner.get()) {
        entry.owner = owner.get();
        entry.live = 0;
        entry.until = 0;
    }
    if (entry.live < kMostLive) ++entry.live;
    entry.touched = second;
}

void RememberedUsers::note_end(std::string_view user, balancer::Owner owner,
                               std::chrono::seconds keeps, core::TimePoint now) {
    const std::uint64_t key = key_of(user);
    const std::uint32_t second = second_of(now);
    const std::scoped_lock locked(lock_of(key));
    Entry* entry = find(bucket_of(key), key);
    // Newer ones of another backend count, or there was no room.
    if (entry == nullptr || entry->owner != owner.get()) return;
    if (entry->live > 0) --entry->live;
    const auto until =
        static_cast<std::uint64_t>(second) + static_cast<std::uint64_t>(keeps.count());
    if (keeps.count() > 0)
        entry->until = std::max(
            entry->until, static_cast<std::uint32_t>(std::min<std::uint64_t>(until, UINT32_MAX)));
    entry->touched = second;
    if (!is_known(*entry, second)) *entry = Entry{};
}

}  // namespace proxy
