#include "proxy/resumption/remembered_users.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "core/random_bytes.h"

namespace proxy {

namespace {

/// One user of a snapshot, as both processes of one machine have it.
struct KnownUser {
    std::uint64_t key;
    std::uint64_t owner;
    std::uint32_t left;  // seconds for which a session can be resumed
    std::uint32_t unused = 0;
};

}  // namespace

RememberedUsers::RememberedUsers(std::size_t most)
    : secret_{core::random_value<std::uint64_t>(), core::random_value<std::uint64_t>()},
      parts_count_(std::max<std::size_t>(1, most / kPartUsers)),
      // A quarter more than asked for, since users do not fall evenly into parts and buckets.
      part_buckets_((most + most / 4) / (parts_count_ * kBucket) + 1),
      // Zeros that cost memory only once they are written to.
      buckets_(static_cast<Bucket*>(std::calloc(parts_count_ * part_buckets_, sizeof(Bucket)))),
      parts_(std::make_unique<Part[]>(parts_count_)) {
    static_assert(sizeof(Entry) == 24);
    if (buckets_ == nullptr) throw std::bad_alloc();
    for (std::size_t i = 0; i < parts_count_; ++i)
        parts_[i].buckets = buckets_.get() + i * part_buckets_;
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

RememberedUsers::Part& RememberedUsers::part_of(std::uint64_t key) const noexcept {
    // Of other bits than the buckets are.
    const std::uint64_t mixed = (key * 0x9e37'79b9'7f4a'7c15) >> 32U;
    return parts_[(mixed * parts_count_) >> 32U];
}

std::array<RememberedUsers::Bucket*, 2> RememberedUsers::Part::buckets_of(
    std::uint64_t key) const noexcept {
    return {buckets + (((key & 0xffff'ffff) * in_use) >> 32U),
            buckets + (((key >> 32U) * in_use) >> 32U)};
}

RememberedUsers::Entry* RememberedUsers::Part::find(std::uint64_t key) const noexcept {
    for (Bucket* bucket : buckets_of(key))
        for (Entry& entry : *bucket)
            if (entry.key == key) return &entry;
    return nullptr;
}

/// A free place, or that of the user of whom nobody has spoken longest.
RememberedUsers::Entry& RememberedUsers::least_of(Bucket& bucket, std::uint32_t second) noexcept {
    return *std::ranges::min_element(bucket, {}, [second](const Entry& entry) {
        return std::pair(is_known(entry, second), entry.touched);
    });
}

RememberedUsers::Entry& RememberedUsers::least_of(const Part& part, std::uint64_t key,
                                                  std::uint32_t second) noexcept {
    const auto [one, other] = part.buckets_of(key);
    Entry& of_one = least_of(*one, second);
    Entry& of_other = least_of(*other, second);
    if (is_known(of_one, second) && is_known(of_other, second))
        return of_other.touched < of_one.touched ? of_other : of_one;
    const auto known_in = [second](const Bucket& bucket) {
        return std::ranges::count_if(
            bucket, [second](const Entry& entry) { return is_known(entry, second); });
    };
    return known_in(*other) < known_in(*one) ? of_other : of_one;
}

/// The user's own place, or one made free.
RememberedUsers::Entry& RememberedUsers::place_in(Part& part, std::uint64_t key,
                                                  std::uint32_t second) {
    if (Entry* own = part.find(key)) return *own;
    Entry* place = &least_of(part, key, second);
    while (is_known(*place, second) && part.in_use < part_buckets_) {
        grow(part, second);
        place = &least_of(part, key, second);
    }
    *place = Entry{};
    place->key = key;
    return *place;
}

RememberedUsers::Snapshot RememberedUsers::snapshot(core::TimePoint now,
                                                    std::chrono::seconds live_for) const {
    const std::uint32_t second = second_of(now);
    std::string all;
    all.reserve(sizeof secret_ + bytes_in_use());  // growing would leave copies behind
    all.append(reinterpret_cast<const char*>(&secret_), sizeof secret_);
    const auto left = [&](const Entry& entry) {
        const auto lasts = static_cast<std::uint32_t>(live_for.count());
        return entry.live > 0 ? lasts : entry.until - second;
    };
    for (std::size_t i = 0; i < parts_count_; ++i) {
        const Part& part = parts_[i];
        const std::lock_guard lock(part.mutex);
        for (const Bucket* bucket = part.buckets; bucket != part.buckets + part.in_use; ++bucket) {
            for (const Entry& entry : *bucket) {
                if (!is_known(entry, second)) continue;
                const KnownUser user{.key = entry.key, .owner = entry.owner, .left = left(entry)};
                all.append(reinterpret_cast<const char*>(&user), sizeof user);
            }
        }
    }
    return Snapshot(std::move(all));
}

bool RememberedUsers::adopt(const Snapshot& snapshot, core::TimePoint now) {
    std::string_view bytes = snapshot.reveal();
    if (bytes.size() < sizeof secret_ || (bytes.size() - sizeof secret_) % sizeof(KnownUser) != 0)
        return false;
    std::memcpy(&secret_, bytes.data(), sizeof secret_);
    const std::uint32_t second = second_of(now);
    for (bytes.remove_prefix(sizeof secret_); !bytes.empty();
         bytes.remove_prefix(sizeof(KnownUser))) {
        KnownUser user{};
        std::memcpy(&user, bytes.data(), sizeof user);
        if (user.key == 0) return false;
        Part& part = part_of(user.key);
        const std::lock_guard lock(part.mutex);
        Entry& entry = place_in(part, user.key, second);
        entry.owner = user.owner & ((std::uint64_t{1} << balancer::kOwnerBits) - 1);
        entry.until = second + user.left;
        entry.touched = second;
    }
    return true;
}

/// A quarter more buckets, or as many as it takes; everybody gets a new place among them.
void RememberedUsers::grow(Part& part, std::uint32_t second) {
    std::vector<Entry> all;
    all.reserve(part.in_use * kBucket);
    for (Bucket* bucket = part.buckets; bucket != part.buckets + part.in_use; ++bucket)
        for (Entry& entry : *bucket)
            if (is_known(entry, second)) all.push_back(entry);
    const auto place_all = [&] {
        std::fill_n(part.buckets, part.in_use, Bucket{});
        bool have_all_room = true;
        for (const Entry& entry : all) {
            Entry& place = least_of(part, entry.key, second);
            have_all_room = have_all_room && !is_known(place, second);
            place = entry;
        }
        return have_all_room;
    };
    do {
        part.in_use += part.in_use / 4 + 1;
        // The last step is not a small one.
        if (part.in_use > part_buckets_ - part_buckets_ / 8) part.in_use = part_buckets_;
    } while (!place_all() && part.in_use < part_buckets_);
}

std::size_t RememberedUsers::bytes_in_use() const {
    std::size_t buckets = 0;
    for (std::size_t i = 0; i < parts_count_; ++i) {
        const std::scoped_lock locked(parts_[i].mutex);
        buckets += parts_[i].in_use;
    }
    return buckets * sizeof(Bucket);
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
    const Part& part = part_of(key);
    const std::scoped_lock locked(part.mutex);
    const Entry* entry = part.find(key);
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
    Part& part = part_of(key);
    const std::scoped_lock locked(part.mutex);
    Entry& entry = place_in(part, key, second);
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
    Part& part = part_of(key);
    const std::scoped_lock locked(part.mutex);
    Entry* entry = part.find(key);
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
