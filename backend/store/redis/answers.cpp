#include "backend/store/redis/answers.h"

#include <utility>

#include "backend/store/redis/codec.h"
#include "backend/store/redis/reply.h"

namespace backend::redis_answers {

namespace {

/// A list of encoded records.
template <class Record, class Decode>
std::optional<std::vector<Record>> decode_all(const redisReply& reply, Decode decode) {
    if (!redis_reply::is_array(reply)) return std::nullopt;
    std::vector<Record> records;
    records.reserve(reply.elements);
    for (const redisReply* element : redis_reply::elements(reply)) {
        std::optional<Record> record = decode(redis_reply::text(*element));
        if (!record) return std::nullopt;
        records.push_back(*std::move(record));
    }
    return records;
}

/// A version, which is 0 as long as there is none.
std::optional<std::uint64_t> version(const redisReply& reply) {
    if (reply.type == REDIS_REPLY_NIL) return 0;
    const auto value = redis_reply::integer(reply);
    return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::optional<UserSnapshot> snapshot(const redisReply& reply) {
    const auto parts = redis_reply::elements(reply);
    if (parts.size() != 3) return std::nullopt;
    const auto about = redis_reply::elements(*parts[0]);
    if (about.size() < 3) return std::nullopt;
    const auto routes_version = version(*about[1]);
    const auto roster_version = version(*about[2]);
    auto routes = decode_all<Route>(*parts[1], decode_route);
    auto roster = decode_all<RosterItem>(*parts[2], decode_roster_item);
    if (!routes_version || !routes || !roster_version || !roster) return std::nullopt;
    UserSnapshot snapshot{.exists = about[0]->type != REDIS_REPLY_NIL,
                          .routes_version = *routes_version,
                          .routes = *std::move(routes)};
    snapshot.roster.version = *roster_version;
    snapshot.roster.items = *std::move(roster);
    if (about.size() > 3 && about[3]->type != REDIS_REPLY_NIL) {
        auto jids = decode_list(redis_reply::text(*about[3]));
        if (!jids) return std::nullopt;
        snapshot.blocks = *std::move(jids);
    }
    return snapshot;
}

}  // namespace

std::optional<std::vector<UserSnapshot>> snapshots(const redisReply& reply) {
    if (!redis_reply::is_array(reply)) return std::nullopt;
    std::vector<UserSnapshot> all;
    for (const redisReply* element : redis_reply::elements(reply)) {
        auto one = snapshot(*element);
        if (!one) return std::nullopt;
        all.push_back(*std::move(one));
    }
    return all;
}

std::optional<Taken> taken_session(const redisReply& reply, const SessionRef& ref,
                                   const NodeName& owner) {
    const auto parts = redis_reply::elements(reply);
    if (parts.size() != 11) return std::nullopt;
    // Places as the script `take` says.
    bool is_broken = false;
    const auto number = [&](std::size_t at) {
        const auto value = redis_reply::integer(*parts[at]);
        if (!value || *value < 0) is_broken = true;
        return static_cast<std::uint64_t>(value.value_or(0));
    };
    Taken taken;
    SessionRecord& record = taken.session.record;
    record.ref = ref;
    record.owner = owner;
    record.resource = redis_reply::text(*parts[0]);
    record.epoch = number(1);
    record.has_sm = number(2) != 0;
    record.is_resumable = number(3) != 0;
    record.resume_time = std::chrono::seconds(number(4));
    record.counted_from = number(5);
    record.handled = static_cast<std::uint32_t>(number(6));
    record.is_inactive = number(7) != 0;
    auto route = decode_route(redis_reply::text(*parts[8]));
    std::uint64_t next = number(9);
    record.trimmed = next - 1;
    if (is_broken || !route || !redis_reply::is_array(*parts[10])) return std::nullopt;
    record.route = *std::move(route);
    for (const redisReply* stanza : redis_reply::elements(*parts[10])) {
        taken.session.queue.push_back({next++, std::string(redis_reply::text(*stanza))});
    }
    taken.last = next - 1;
    return taken;
}

std::optional<std::vector<std::string>> texts(const redisReply& reply) {
    return decode_all<std::string>(
        reply, [](std::string_view text) { return std::optional(std::string(text)); });
}

std::optional<std::vector<SessionRef>> refs(const redisReply& reply) {
    return decode_all<SessionRef>(reply, decode_ref);
}

}  // namespace backend::redis_answers
