#include <algorithm>
#include <utility>

#include "backend/store/redis/answers.h"
#include "backend/store/redis/codec.h"
#include "backend/store/redis/reply.h"
#include "backend/store/redis/scripts.h"
#include "backend/store/redis/store.h"

// Accounts, and what is read of users.

namespace backend {

using redis_answers::answer;

// --- accounts -----------------------------------------------------------------------------------

void RedisStore::find_account(std::string user, On<Answer<std::optional<Account>>> on_found) {
    pipeline_.ask({"GET", redis_key::of_user(user, "account")}, Again::yes,
                  [on_found = std::move(on_found)](const Reply& reply) {
                      if (!reply) return on_found(reply.error());
                      if ((*reply)->type == REDIS_REPLY_NIL) {
                          return on_found(std::optional<Account>{});
                      }
                      auto account = decode_account(redis_reply::text(**reply));
                      if (!account) return on_found(StoreError::broken);
                      on_found(std::move(account));
                  });
}

void RedisStore::put_account(Account account, On<Answer<Done>> on_done) {
    run(RedisScripts::get().put_account.sha,
        {redis_key::of_user(account.user, "account"), std::string(redis_key::kAccounts),
         redis_key::of_user(account.user, "about")},
        {encode_account(account), account.user}, Again::yes,
        [on_done = std::move(on_done)](const Reply& reply) {
            if (!reply) return on_done(reply.error());
            on_done(Done{});
        });
}

void RedisStore::remove_account(std::string user, On<Answer<bool>> on_removed) {
    RedisArguments keys;
    keys.push_back(redis_key::of_user(user, "account"));
    keys.emplace_back(redis_key::kAccounts);
    for (const std::string_view kind : {"about", "roster", "vcard", "offline", "routes"}) {
        keys.push_back(redis_key::of_user(user, kind));
    }
    keys.emplace_back(redis_key::kExpiry);
    run(RedisScripts::get().remove_account.sha, std::move(keys),
        {user, redis_key::session({user, SessionId()}), "not-authorized"}, Again::no,
        [on_removed = std::move(on_removed)](const Reply& reply) {
            if (!reply) return on_removed(reply.error());
            const auto removed = redis_reply::integer(**reply);
            answer(on_removed, removed ? std::optional(*removed != 0) : std::nullopt);
        });
}

void RedisStore::list_accounts(On<Answer<std::vector<std::string>>> on_listed) {
    pipeline_.ask({"SMEMBERS", std::string(redis_key::kAccounts)}, Again::yes,
                  [on_listed = std::move(on_listed)](const Reply& reply) {
                      if (!reply) return on_listed(reply.error());
                      auto users = redis_answers::texts(**reply);
                      if (users) std::sort(users->begin(), users->end());
                      answer(on_listed, std::move(users));
                  });
}

// --- reading ------------------------------------------------------------------------------------

void RedisStore::read_users(std::vector<Wanted> users,
                            On<Answer<std::vector<UserSnapshot>>> on_read) {
    RedisArguments keys;
    RedisArguments wanted;
    for (const Wanted& one : users) {
        for (const std::string_view kind : {"about", "routes", "roster"}) {
            keys.push_back(redis_key::of_user(one.user, kind));
        }
        wanted.push_back(std::string(one.roster ? "r" : "") + (one.blocks ? "b" : ""));
    }
    run(RedisScripts::get().read_users.sha, std::move(keys), std::move(wanted), Again::yes,
        [on_read = std::move(on_read)](const Reply& reply) {
            if (!reply) return on_read(reply.error());
            answer(on_read, redis_answers::snapshots(**reply));
        });
}

void RedisStore::read_vcard(std::string user, On<Answer<std::string>> on_read) {
    pipeline_.ask({"GET", redis_key::of_user(user, "vcard")}, Again::yes,
                  [on_read = std::move(on_read)](const Reply& reply) {
                      if (!reply) return on_read(reply.error());
                      on_read(std::string(redis_reply::text(**reply)));
                  });
}

}  // namespace backend
