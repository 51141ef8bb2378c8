#include "backend/redis_commit.h"

#include <charconv>
#include <string>

#include "backend/redis_codec.h"
#include "backend/redis_scripts.h"

namespace backend {

namespace {

std::string flag(bool is_set) {
    return is_set ? "1" : "0";
}

/// Turns writes into keys and arguments. Keys come first in a request, so the arguments wait.
class Builder {
public:
    explicit Builder(const SessionRef& session) {
        const auto own = [&session](std::string_view kind) {
            return redis_key::of_user(session.user, kind);
        };
        keys_ = {redis_key::session(session), redis_key::queue(session), own("routes"),
                 std::string(redis_key::kExpiry)};
        places_.emplace_back(1, session);
    }

    RedisArguments& keys() { return keys_; }
    RedisArguments& arguments() { return arguments_; }
    std::vector<std::pair<std::size_t, SessionRef>> take_places() { return std::move(places_); }
    bool gives_up() const { return gives_up_; }

    /// The place of the first key of the user's, counted from 1.
    std::string user(const std::string& name) {
        return place({name, SessionId()}, [&] {
            for (const std::string_view kind :
                 {"account", "versions", "offline", "roster", "blocks", "vcard"}) {
                keys_.push_back(redis_key::of_user(name, kind));
            }
        });
    }
    std::string session(const SessionRef& ref) {
        return place(ref, [&] {
            keys_.push_back(redis_key::session(ref));
            keys_.push_back(redis_key::queue(ref));
        });
    }

    void operator()(Unchanged& write) {
        const auto text = [](const std::optional<std::uint64_t>& version) {
            return version ? std::to_string(*version) : std::string{};
        };
        add("U", user(write.user), text(write.routes_version), text(write.roster_version));
    }
    void operator()(Enqueue& write) { add("E", session(write.to), std::move(write.stanza)); }
    void operator()(StoreOffline& write) {
        add("O", user(write.user), std::to_string(write.routes_version), std::move(write.stanza));
    }
    void operator()(MoveOffline&) { add("M"); }
    void operator()(Trim& write) { add("T", std::to_string(write.up_to)); }
    void operator()(PutRoute& write) { add("P", encode_route_rest(write.route)); }
    void operator()(EnableSm& write) {
        add("S", flag(write.is_resumable), std::to_string(write.resume_time.count()),
            write.after ? std::to_string(*write.after) : std::string{});
    }
    void operator()(SetInactive& write) { add("I", flag(write.is_inactive)); }
    void operator()(Detach&) {
        add("D");
        gives_up_ = true;
    }
    void operator()(Welcome&) { add("W"); }
    void operator()(CloseSession& write) {
        add("C", write.last ? std::to_string(*write.last) : std::string{});
        gives_up_ = true;
    }
    void operator()(PutRosterItem& write) {
        add("R", user(write.user), write.item.jid, encode_roster_rest(write.item));
    }
    void operator()(RemoveRosterItem& write) { add("X", user(write.user), std::move(write.jid)); }
    void operator()(PutBlocks& write) { add("B", user(write.user), encode_list(write.jids)); }
    void operator()(PutVcard& write) { add("V", user(write.user), std::move(write.bytes)); }
    void operator()(EndOther& write) {
        add("Z", session(write.session), std::string(write.condition));
    }

private:
    template <class... Texts>
    void add(Texts&&... texts) {
        (arguments_.emplace_back(std::forward<Texts>(texts)), ...);
    }

    template <class AddKeys>
    std::string place(const SessionRef& who, const AddKeys& add_keys) {
        for (const auto& [at, ref] : places_) {
            if (ref == who) return std::to_string(at);
        }
        places_.emplace_back(keys_.size() + 1, who);
        add_keys();
        return std::to_string(places_.back().first);
    }

    RedisArguments keys_;
    RedisArguments arguments_;
    std::vector<std::pair<std::size_t, SessionRef>> places_;
    bool gives_up_ = false;
};

}  // namespace

RedisCommit make_commit(const RedisAsker& asker, Commit commit, std::uint64_t number,
                        std::uint64_t settled) {
    Builder builder(commit.session);
    builder.keys().push_back(redis_key::sessions_of(asker.life));
    builder.user(commit.session.user);
    builder.arguments() = {asker.channel_prefix,
                           asker.node,
                           std::to_string(commit.epoch),
                           asker.life,
                           std::to_string(number),
                           std::to_string(settled),
                           commit.handled ? std::to_string(*commit.handled) : "",
                           std::to_string(Store::kQueueStanzas),
                           std::to_string(Store::kQueueBytes)};
    for (Write& write : commit.writes) std::visit(builder, write);

    RedisCommit made{.gives_up = builder.gives_up()};
    RedisArguments& all = made.arguments;
    all.reserve(3 + builder.keys().size() + builder.arguments().size());
    all = {"EVALSHA", RedisScripts::get().commit.sha, std::to_string(builder.keys().size())};
    for (std::string& key : builder.keys()) all.push_back(std::move(key));
    for (std::string& argument : builder.arguments()) all.push_back(std::move(argument));
    made.places = builder.take_places();
    return made;
}

CommitOutcome read_outcome(const RedisCommit& commit, std::string_view answer) {
    if (answer.empty()) return StoreError::broken;
    std::uint64_t number = 0;
    const char* const last = answer.data() + answer.size();
    const auto [end, error] = std::from_chars(answer.data() + 1, last, number);
    const bool has_number = error == std::errc{} && end == last;
    switch (answer.front()) {
        case 'F': return Fenced{};
        case 'S': return Stale{};
        case 'D':
            if (has_number) return Done{number};
            break;
        case 'Q':
            for (const auto& [at, ref] : commit.places) {
                if (has_number && at == number) return QueueFull{ref};
            }
            break;
        default: break;
    }
    return StoreError::broken;
}

}  // namespace backend
