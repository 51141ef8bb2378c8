#include "backend/store/redis/store.h"

#include <algorithm>
#include <span>
#include <utility>

#include "backend/store/redis/answers.h"
#include "backend/store/redis/codec.h"
#include "backend/store/redis/reply.h"
#include "backend/store/redis/scripts.h"
#include "backend/store/redis/subscriber.h"
#include "core/hex.h"
#include "core/random_bytes.h"

namespace backend {

namespace {

constexpr std::size_t kLooksAtOnce = 32;  // sessions in one script, which holds up everyone
constexpr std::uint64_t kExpiredAtOnce = 1'000;
constexpr std::size_t kSettledAtOnce = 100;  // with each renewal of the lease

/// The node's name and what tells this run from any other.
std::string new_life(const NodeName& node) {
    return node.get() + '#' + core::hex(core::random_bytes(8));
}

std::string lease_time() {
    return std::to_string(Store::kLeaseTime.count());
}

/// It may have been done; if this time it was not asked, then before, under the same name.
bool is_unheard(const RedisPipeline::Reply& reply) {
    return !reply &&
           (reply.error() == StoreError::unavailable || reply.error() == StoreError::not_asked);
}

}  // namespace

RedisStore::RedisStore(core::EventLoop& loop, RedisAddress address, NodeName node,
                       StoreEvents& events, RedisPipeline::OnStarted on_started,
                       RedisPipeline::Limits limits)
    : address_(std::move(address)),
      asker_{redis_key::channel(address_.db, node), node.get(), new_life(node)},
      watch_(events),
      pipeline_(loop, address_, limits, std::move(on_started)) {
    const auto on_hearing = [this] {
        watch_.doubt_all();
        look();
    };
    const auto on_message = [this](std::string_view message) {
        watch_.on_message(message);
        look();
    };
    subscriber_ =
        std::make_unique<RedisSubscriber>(loop, address_, asker_.channel, on_hearing, on_message);
    // The life begins: sessions of a node that has no lease would never be judged.
    renew_lease([](const Answer<Done>&) {});
}

RedisStore::~RedisStore() = default;

std::string RedisStore::next_name() {
    return asker_.life + '/' + std::to_string(++named_);
}

void RedisStore::run(const std::string& sha, RedisArguments keys, RedisArguments arguments,
                     Again again, RedisPipeline::OnReply on_reply) {
    RedisArguments all{"EVALSHA", sha, std::to_string(keys.size())};
    all.reserve(all.size() + keys.size() + arguments.size());
    for (std::string& key : keys) all.push_back(std::move(key));
    for (std::string& argument : arguments) all.push_back(std::move(argument));
    pipeline_.ask(std::move(all), again, std::move(on_reply));
}

// --- sessions -----------------------------------------------------------------------------------

void RedisStore::open_session(SessionRef session, std::string resource,
                              On<CommitOutcome> on_opened) {
    Route route{.resource = resource, .session = session.id};
    watch_.expect(session);
    run(RedisScripts::get().open.sha,
        {redis_key::session(session), redis_key::of_user(session.user, "routes"),
         redis_key::of_user(session.user, "about"), redis_key::sessions_of(asker_.life),
         std::string(redis_key::kLives)},
        {encode_ref(session), resource, asker_.node, asker_.life, encode_route_rest(route),
         next_name(), lease_time(), asker_.channel},
        Again::yes, [this, session, on_opened = std::move(on_opened)](const Reply& reply) {
            const std::string_view how = reply ? redis_reply::text(**reply) : "";
            if (how == "D") {
                watch_.own(session, 1, 0);
                look();
                return on_opened(Done{});
            }
            watch_.forgo(session);
            if (!reply) return on_opened(reply.error());
            if (how == "S") return on_opened(Stale{});
            on_opened(StoreError::broken);
        });
}

void RedisStore::ask_to_take(const SessionRef& session, const std::string& name,
                             std::string_view reason, RedisPipeline::OnReply on_reply) {
    run(RedisScripts::get().take.sha,
        {redis_key::session(session), redis_key::queue(session),
         redis_key::of_user(session.user, "routes"), std::string(redis_key::kExpiry),
         redis_key::sessions_of(asker_.life), std::string(redis_key::kLives),
         std::string(redis_key::kGrace)},
        {asker_.channel, asker_.node, asker_.life, name, std::string(reason), lease_time()},
        Again::yes, std::move(on_reply));
}

void RedisStore::take_session(SessionRef session, TakeReason reason,
                              On<std::variant<TakenSession, TakeFailure>> on_taken) {
    watch_.expect(session);
    const std::string name = name_to_take(session);
    ask_to_take(session, name, reason == TakeReason::resume ? "resume" : "expire",
                [this, session, name, on_taken = std::move(on_taken)](const Reply& reply) {
                    auto taken = reply ? redis_answers::taken_session(**reply, session,
                                                                      NodeName(asker_.node))
                                       : std::nullopt;
                    if (!taken) {
                        watch_.forgo(session);
                        if (is_unheard(reply)) unsettled_.insert({session.id, {session, name}});
                        const bool is_gone = reply && (*reply)->type == REDIS_REPLY_NIL;
                        return on_taken(is_gone ? TakeFailure::not_found : TakeFailure::store);
                    }
                    watch_.own(session, taken->session.record.epoch, taken->last);
                    look();
                    on_taken(std::move(taken->session));
                });
}

std::string RedisStore::name_to_take(const SessionRef& session) {
    const auto said = unsettled_.extract(session.id);
    return said.empty() ? next_name() : std::move(said.mapped().name);
}

void RedisStore::settle_takes() {
    for (std::size_t i = 0; i < kSettledAtOnce && !unsettled_.empty(); ++i) {
        settle(unsettled_.extract(unsettled_.begin()).mapped());
    }
}

void RedisStore::settle(const Unsettled& unsettled) {
    const auto later = [this, unsettled] { unsettled_.insert({unsettled.session.id, unsettled}); };
    ask_to_take(
        unsettled.session, unsettled.name, "settle", [this, unsettled, later](const Reply& reply) {
            if (is_unheard(reply)) return later();
            const auto taken = reply ? redis_answers::taken_session(**reply, unsettled.session,
                                                                    NodeName(asker_.node))
                                     : std::nullopt;
            if (!taken) return;
            commit({.session = unsettled.session,
                    .epoch = taken->session.record.epoch,
                    .handled = {},
                    .writes = {Detach{}}},
                   [later](const CommitOutcome& outcome) {
                       if (std::holds_alternative<StoreError>(outcome)) later();
                   });
        });
}

void RedisStore::commit(Commit commit, On<CommitOutcome> on_done) {
    const SessionRef session = commit.session;
    const Epoch epoch = commit.epoch;
    const std::uint64_t number = ++last_commit_;
    RedisCommit made = make_commit(asker_, std::move(commit), number, answered_ + 1);
    RedisArguments arguments = std::exchange(made.arguments, {});
    pipeline_.ask(std::move(arguments), Again::yes,
                  [this, session, epoch, number, made = std::move(made),
                   on_done = std::move(on_done)](const Reply& reply) {
                      answered_ = number;
                      if (!reply) return on_done(reply.error());
                      CommitOutcome outcome = read_outcome(made, redis_reply::text(**reply));
                      if (made.gives_up && std::holds_alternative<Done>(outcome)) {
                          watch_.forget(session, epoch);
                      }
                      on_done(std::move(outcome));
                  });
}

void RedisStore::look() {
    for (;;) {
        auto looks = watch_.take_looks(kLooksAtOnce);
        if (looks.empty()) return;
        RedisArguments keys;
        RedisArguments arguments{asker_.life};
        for (const RedisWatch::Look& one : looks) {
            keys.push_back(redis_key::session(one.ref));
            keys.push_back(redis_key::queue(one.ref));
            arguments.push_back(std::to_string(one.epoch));
            arguments.push_back(std::to_string(one.seen));
        }
        run(RedisScripts::get().sync.sha, std::move(keys), std::move(arguments), Again::yes,
            [this, looks = std::move(looks)](const Reply& reply) { on_looked(looks, reply); });
    }
}

void RedisStore::on_looked(const std::vector<RedisWatch::Look>& looks, const Reply& reply) {
    const auto found = reply ? redis_reply::elements(**reply) : std::span<redisReply* const>{};
    for (std::size_t i = 0; i < looks.size(); ++i) {
        // Nobody could say: the sessions stay doubtful until the next message or return.
        if (found.size() != looks.size()) {
            watch_.on_look_failed(looks[i]);
        } else if (auto texts = redis_answers::texts(*found[i]); texts && !texts->empty()) {
            const std::string condition = std::move(texts->front());
            texts->erase(texts->begin());
            watch_.on_look(looks[i], condition, *std::move(texts));
        } else if (redis_reply::integer(*found[i]) == -1) {
            watch_.on_look_behind(looks[i]);
        } else {
            watch_.on_look_gone(looks[i]);
        }
    }
    if (found.size() == looks.size()) look();
}

void RedisStore::share_secret(std::string name, SharedSecret fresh,
                              On<Answer<SharedSecret>> on_shared) {
    const std::string key = redis_key::shared_secret(name);
    pipeline_.ask({"SETNX", key, std::string(fresh.reveal())}, Again::yes, nullptr);
    pipeline_.ask({"GET", key}, Again::yes, [on_shared = std::move(on_shared)](const Reply& reply) {
        if (!reply) return on_shared(reply.error());
        if ((*reply)->type != REDIS_REPLY_STRING) return on_shared(StoreError::broken);
        on_shared(SharedSecret(std::string(redis_reply::text(**reply))));
    });
}

// --- nodes --------------------------------------------------------------------------------------

void RedisStore::renew_lease(On<Answer<Done>> on_done) {
    run(RedisScripts::get().renew.sha,
        {std::string(redis_key::kLives), std::string(redis_key::kNames),
         std::string(redis_key::kGrace)},
        {asker_.node, asker_.life, lease_time(), asker_.channel}, Again::yes,
        [this, on_done = std::move(on_done)](const Reply& reply) {
            if (!reply) return on_done(reply.error());
            subscriber_->expect_message();
            look();
            settle_takes();
            on_done(Done{});
        });
}

void RedisStore::find_expired(std::size_t most, On<Answer<std::vector<SessionRef>>> on_found) {
    run(RedisScripts::get().find_expired.sha,
        {std::string(redis_key::kExpiry), std::string(redis_key::kLives),
         std::string(redis_key::kGrace)},
        {std::to_string(std::min<std::uint64_t>(most, kExpiredAtOnce))}, Again::yes,
        [on_found = std::move(on_found)](const Reply& reply) {
            if (!reply) return on_found(reply.error());
            redis_answers::answer(on_found, redis_answers::refs(**reply));
        });
}

}  // namespace backend
