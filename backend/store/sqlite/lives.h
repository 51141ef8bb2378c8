#pragma once
// Which nodes live, in this process and in others on the same database. A node lives as long as it
// renews its lease; the leases of our own nodes are right in memory, whatever the disk does, those
// of others are as their processes saved them. The engine's thread only.

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "backend/store/records.h"
#include "backend/store/sqlite/database.h"

namespace backend {

/// One attachment of a node to an engine; 0: nobody. A node that starts again has another. In front
/// is the number of its process, behind it a count of kCountBits.
using NodeLife = std::uint64_t;
constexpr int kCountBits = 16;
inline std::uint64_t process_of(NodeLife life) {
    return life >> kCountBits;
}

class SqliteLives {
public:
    explicit SqliteLives(SqliteDatabase& database);

    /// A node of this process lives. Times are ms since 1970.
    void renew(NodeLife life, const NodeName& name, std::int64_t now_ms);
    /// The lease, the mail and the ownership of all sessions end: they are detached, as rows.
    void end(NodeLife life, std::int64_t now_ms);
    /// Lives that `name` has had before this one, unless that was seen and saved; and those that
    /// nobody will ask for any more.
    std::vector<NodeLife> former(NodeLife life, const NodeName& name, std::int64_t now_ms) const;

    /// Until when the node lives, if nothing more is heard of it; none: there is no such life.
    std::optional<std::int64_t> lease(NodeLife life) const;
    std::vector<NodeLife> lapsed(std::int64_t now_ms) const;

    /// Writes the leases of this process, before they are saved.
    void flush();
    void saved();
    /// Reads the leases of other processes anew, after they have changed or after a rollback.
    void reload();
    /// A process that could not reach the database for a while cannot tell whether others could.
    /// Until then it does not judge them.
    void trust_all(std::int64_t until_ms) { trusted_until_ms_ = until_ms; }

private:
    struct Life {
        NodeName name;
        std::int64_t lease = 0;
        bool is_ours = false;
        std::optional<std::int64_t> saved = {};  // of our own: the lease that others can read
    };

    std::map<NodeLife, Life> lives_;
    std::int64_t trusted_until_ms_ = 0;

    SqliteStatement find_all_;
    SqliteStatement put_;
    SqliteStatement delete_;
    SqliteStatement delete_mail_;
    SqliteStatement orphan_;
};

}  // namespace backend
