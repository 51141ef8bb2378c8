#include "backend/store/sqlite/lives.h"

#include <algorithm>
#include <utility>

#include "backend/store/store.h"

namespace backend {

namespace {

/// How long a life stays known when nobody has seen its end: its process may only be paused.
constexpr std::int64_t kForgottenAfterMs = 24L * 60 * 60 * 1'000;

}  // namespace

SqliteLives::SqliteLives(SqliteDatabase& database)
    : find_all_(database, "SELECT life, name, lease FROM lives"),
      put_(database, "INSERT OR REPLACE INTO lives (life, name, lease) VALUES (?, ?, ?)"),
      delete_(database, "DELETE FROM lives WHERE life = ?"),
      delete_mail_(database, "DELETE FROM mail WHERE life = ?"),
      orphan_(database,
              "UPDATE sessions SET owner = 0, expires_at = ifnull(expires_at, ? + resume_ms)"
              " WHERE owner = ?") {}

void SqliteLives::renew(NodeLife life, const NodeName& name, std::int64_t now_ms) {
    Life& renewed = lives_[life];
    renewed.name = name;
    renewed.is_ours = true;
    renewed.lease = now_ms + Store::kLeaseTime.count();
}

void SqliteLives::end(NodeLife life, std::int64_t now_ms) {
    orphan_.with(now_ms, life).run();
    delete_mail_.with(life).run();
    delete_.with(life).run();
    lives_.erase(life);
}

std::vector<NodeLife> SqliteLives::former(NodeLife life, const NodeName& name,
                                          std::int64_t now_ms) const {
    const auto known = lives_.find(life);
    if (known != lives_.end() && known->second.saved) return {};
    std::vector<NodeLife> found;
    for (const auto& [other, facts] : lives_) {
        const bool is_forgotten = facts.lease + kForgottenAfterMs < now_ms;
        if (other != life && (facts.name == name || is_forgotten)) found.push_back(other);
    }
    return found;
}

std::optional<std::int64_t> SqliteLives::lease(NodeLife life) const {
    const auto found = lives_.find(life);
    if (found == lives_.end()) return std::nullopt;
    const Life& facts = found->second;
    return facts.is_ours ? facts.lease : std::max(facts.lease, trusted_until_ms_);
}

std::vector<NodeLife> SqliteLives::lapsed(std::int64_t now_ms) const {
    std::vector<NodeLife> found;
    for (const auto& each : lives_)
        if (lease(each.first) <= now_ms) found.push_back(each.first);
    return found;
}

void SqliteLives::flush() {
    for (const auto& [life, facts] : lives_)
        if (facts.is_ours && facts.saved != facts.lease)
            put_.with(life, facts.name.get(), facts.lease).run();
}

void SqliteLives::saved() {
    for (auto& [life, facts] : lives_)
        if (facts.is_ours) facts.saved = facts.lease;
}

void SqliteLives::reload() {
    std::erase_if(lives_, [](const auto& life) { return !life.second.is_ours; });
    auto& row = find_all_.with();
    while (row.next())
        lives_.try_emplace(static_cast<NodeLife>(row.integer(0)),
                           Life{.name = NodeName(row.string(1)), .lease = row.integer(2)});
}

}  // namespace backend
