#pragma once
// A commit as the arguments of its script, and the script's answer as an outcome. Pure; any thread.

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/store/redis/link.h"
#include "backend/store/store.h"

namespace backend {

/// Who asks: the same for all commits of a node.
struct RedisAsker {
    std::string channel;  // that the node listens to
    std::string node;
    std::string life;
};

struct RedisCommit {
    RedisArguments arguments;
    /// Whom the script means by a place in its keys: a session, or a user (no session id).
    std::vector<std::pair<std::size_t, SessionRef>> places;
    bool gives_up = false;  // the session, if it is done
};

/// `number` rises with every commit of the node's life; commits below `settled` have been answered.
RedisCommit make_commit(const RedisAsker& asker, Commit commit, std::uint64_t number,
                        std::uint64_t settled);
CommitOutcome read_outcome(const RedisCommit& commit, std::string_view answer);

}  // namespace backend
