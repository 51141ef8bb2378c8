#pragma once
// What the store does inside Redis, as Lua: each script is one atomic step. Keys of a user carry
// the bare JID as hash tag, so that the key space can be split by user one day; scripts make up
// names of keys only of the user they are about, or of what is common to all. Times come from
// Redis' own clock, so the clocks of nodes do not matter. Pure; any thread.
//
//     {USER}:account                    account, encoded
//     {USER}:about                      hash: `account` if there is one; `routes` and `roster`,
//                                       versions, each rising; `blocks`; `offline_bytes`
//     {USER}:routes                     hash: resource to route
//     {USER}:roster                     hash: contact to roster item
//     {USER}:vcard                      string
//     {USER}:offline                    list of stanzas
//     {USER}:session:ID                 hash: the session, see `open`
//     {USER}:queue:ID                   list of stanzas, the first one is number `first`
//     stanzanode:accounts               set of users
//     stanzanode:expiry                 sorted set: detached sessions by the end of resume time
//     stanzanode:lives                  sorted set: lives of nodes by the end of their lease
//     stanzanode:names                  hash: node to its newest life
//     stanzanode:grace                  there while leases are not judged
//     stanzanode:secret:NAME            what all nodes share (Store::share_secret)
//     stanzanode:of:LIFE                sorted set: sessions that live at this life of a node, by
//     the
//                                       time, in ms, that they outlive its lease
//
// A life is one run of a node: a node that starts again does not know the sessions of the last run.
// Nothing happens when a lease is over; whoever looks for expired sessions finds them by that.

#include <string>
#include <string_view>

#include "backend/store/records.h"

namespace backend {

struct RedisScript {
    std::string text;
    std::string sha;  // as EVALSHA takes it
};

/// All scripts, made once.
struct RedisScripts {
    RedisScript put_account;
    RedisScript remove_account;
    RedisScript read_users;
    RedisScript open;
    RedisScript take;
    RedisScript commit;
    RedisScript sync;
    RedisScript renew;
    RedisScript find_expired;

    static const RedisScripts& get();
};

namespace redis_key {

inline constexpr std::string_view kAccounts = "stanzanode:accounts";
inline constexpr std::string_view kExpiry = "stanzanode:expiry";
inline constexpr std::string_view kLives = "stanzanode:lives";
inline constexpr std::string_view kNames = "stanzanode:names";
inline constexpr std::string_view kGrace = "stanzanode:grace";

/// "{USER}:KIND"
std::string of_user(std::string_view user, std::string_view kind);
std::string session(const SessionRef& ref);
std::string queue(const SessionRef& ref);
std::string sessions_of(std::string_view life);
std::string shared_secret(std::string_view name);
/// The channel of a node. Channels, other than keys, are common to all databases of a Redis.
std::string channel(unsigned db, const NodeName& node);

}  // namespace redis_key

}  // namespace backend
