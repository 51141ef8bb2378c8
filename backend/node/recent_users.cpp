#include "backend/node/recent_users.h"

#include <utility>

namespace backend {
namespace {

constexpr std::size_t kLargest = 16 * 1024;  // of one user

std::size_t size_of(const std::string& user, const UserSnapshot& snapshot) {
    std::size_t bytes = sizeof snapshot + 2 * user.size();
    for (const Route& route : snapshot.routes) {
        bytes += sizeof route + route.resource.size() + route.presence.size();
        for (const std::string& jid : route.directed) bytes += sizeof jid + jid.size();
    }
    for (const std::string& jid : snapshot.blocks) bytes += sizeof jid + jid.size();
    return bytes;
}

}  // namespace

KnownUser RecentUsers::find(const std::string& user) {
    if (const auto at = young_.find(user); at != young_.end()) return at->second;
    const auto at = old_.find(user);
    if (at == old_.end()) return nullptr;
    KnownUser snapshot = std::move(at->second);
    old_.erase(at);
    remember(user, snapshot);
    return snapshot;
}

void RecentUsers::remember(const std::string& user, KnownUser snapshot) {
    const std::size_t bytes = size_of(user, *snapshot);
    if (bytes > kLargest) return forget(user);
    old_.erase(user);
    young_.insert_or_assign(user, std::move(snapshot));
    young_bytes_ += bytes;
    if (young_bytes_ <= bytes_most_ / 2) return;
    old_ = std::exchange(young_, {});
    young_bytes_ = 0;
}

void RecentUsers::forget(const std::string& user) {
    young_.erase(user);
    old_.erase(user);
}

}  // namespace backend
