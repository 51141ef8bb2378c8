#include "backend/store/redis/commit.h"

#include <charconv>
#include <string>

#include "backend/store/redis/codec.h"
#include "backend/store/redis/fields.h"
#include "backend/store/redis/scripts.h"

namespace backend {

namespace {

std::string flag(bool is_set) {
    return is_set ? "1" : "0";
}

/// Turns writes into keys and arguments. Keys come first in a request, so the arguments wait.
class Builder {
public:
    Builder(const RedisAsker& asker, const SessionRef& session) : asker_(asker), session_(session) {
        keys_ = {redis_key::session(session), redis_key::queue(session)};
        places_.emplace_back(1, session);
    }

    RedisArguments& keys() { return keys_; }
    RedisArguments& arguments() { return arguments_; }
    /// Places of what only some commits need; "0" if this one does not.
    std::string own_place() const { return std::to_string(own_place_); }
    std::string own_user_place() const { return own_user_place_; }
    std::vector<std::pair<std::size_t, SessionRef>> take_places() { return std::move(places_); }
    bool gives_up() const { return gives_up_; }

    /// The place of the first key of the user's, counted from 1.
    std::string user(const std::string& name) {
        return place({name, SessionId()}, [&] {
            for (const std::string_view kind : {"about", "offline", "roster", "vcard"}) {
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
        keys_.push_back(redis_key::of_user(write.user, "about"));
        add("U", std::to_string(keys_.size()), text(write.routes_version),
            text(write.roster_version));
    }
    void operator()(Enqueue& write) { add("E", session(write.to), std::move(write.stanza)); }
    void operator()(StoreOffline& write) {
        add("O", user(write.user), std::to_string(write.routes_version), std::move(write.stanza));
    }
    void operator()(MoveOffline&) {
        own();
        add("M");
    }
    void operator()(Trim& write) { add("T", std::to_string(write.up_to)); }
    void operator()(PutRoute& write) {
        own();
        add("P", FieldWriter().add(std::string_view(asker_.node)).take() +
                     encode_route_rest(write.route));
    }
    void operator()(EnableSm& write) {
        own();
        add("S", flag(write.is_resumable), std::to_string(write.resume_time.count()),
            write.after ? std::to_string(*write.after) : std::string{});
    }
    void operator()(SetInactive& write) { add("I", flag(write.is_inactive)); }
    void operator()(Detach&) {
        own();
        add("D");
        gives_up_ = true;
    }
    void operator()(Welcome&) { add("W"); }
    void operator()(CloseSession& write) {
        own();
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
        own();
        add("Z", session(write.session), std::string(write.condition));
    }

private:
    void own() {
        if (own_place_ != 0) return;
        own_place_ = keys_.size() + 1;
        keys_.push_back(redis_key::of_user(session_.user, "routes"));
        keys_.emplace_back(redis_key::kExpiry);
        keys_.push_back(redis_key::sessions_of(asker_.life));
        own_user_place_ = user(session_.user);
    }

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

    const RedisAsker& asker_;
    const SessionRef session_;
    RedisArguments keys_;
    RedisArguments arguments_;
    std::size_t own_place_ = 0;
    std::string own_user_place_ = "0";
    std::vector<std::pair<std::size_t, SessionRef>> places_;
    bool gives_up_ = false;
};

}  // namespace

RedisCommit make_commit(const RedisAsker& asker, Commit commit, std::uint64_t number,
                        std::uint64_t settled) {
    Builder builder(asker, commit.session);
    for (Write& write : commit.writes) std::visit(builder, write);
    RedisArguments head{"EVALSHA", RedisScripts::get().commit.sha,
                        std::to_string(builder.keys().size())};
    const RedisArguments about{asker.life + ' ' + std::to_string(commit.epoch),
                               std::to_string(number),
                               std::to_string(settled),
                               commit.handled ? std::to_string(*commit.handled) : "",
                               builder.own_place(),
                               builder.own_user_place(),
                               std::to_string(Store::kQueueStanzas),
                               std::to_string(Store::kQueueBytes)};
    RedisCommit made{.gives_up = builder.gives_up()};
    RedisArguments& all = made.arguments;
    all.reserve(head.size() + builder.keys().size() + about.size() + builder.arguments().size());
    for (const RedisArguments* part : {&std::as_const(head), &std::as_const(builder.keys()), &about,
                                       &std::as_const(builder.arguments())}) {
        all.insert(all.end(), part->begin(), part->end());
    }
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
