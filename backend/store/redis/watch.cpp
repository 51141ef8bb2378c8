#include "backend/store/redis/watch.h"

#include <utility>

#include "backend/store/redis/codec.h"
#include "backend/store/redis/fields.h"

namespace backend {

RedisWatch::Watched* RedisWatch::find(const SessionRef& ref) {
    const auto at = watched_.find(encode_ref(ref));
    return at == watched_.end() ? nullptr : &at->second;
}

RedisWatch::Watched* RedisWatch::find(const Look& look) {
    Watched* watched = find(look.ref);
    return watched != nullptr && watched->epoch == look.epoch ? watched : nullptr;
}

void RedisWatch::expect(const SessionRef& ref) {
    Watched& watched = watched_[encode_ref(ref)];
    watched.ref = ref;
    ++watched.expected;
}

void RedisWatch::forgo(const SessionRef& ref) {
    const std::string key = encode_ref(ref);
    const auto at = watched_.find(key);
    if (at == watched_.end()) return;
    if (at->second.expected > 0) --at->second.expected;
    erase_if_idle(key);
}

void RedisWatch::erase_if_idle(const std::string& key) {
    const auto at = watched_.find(key);
    if (at->second.epoch == 0 && at->second.expected == 0) watched_.erase(at);
}

void RedisWatch::own(const SessionRef& ref, Epoch epoch, std::uint64_t seen) {
    Watched& watched = watched_[encode_ref(ref)];
    watched.ref = ref;
    if (watched.expected > 0) --watched.expected;
    const Epoch old_epoch = std::exchange(watched.epoch, epoch);
    watched.seen = seen;
    watched.is_looked_at = false;
    watched.is_ending = false;
    if (watched.is_doubtful) doubtful_.push_back(encode_ref(ref));
    if (old_epoch != 0) events_.on_taken(ref, old_epoch);
}

void RedisWatch::forget(const SessionRef& ref, Epoch epoch) {
    Watched* watched = find(ref);
    if (watched == nullptr || watched->epoch != epoch) return;
    watched->epoch = 0;
    erase_if_idle(encode_ref(ref));
}

void RedisWatch::on_message(std::string_view message) {
    FieldReader in(message);
    const std::string_view kind = in.text();
    SessionRef ref;
    ref.user = in.text();
    ref.id = SessionId(std::string(in.text()));
    const auto epoch = in.number<Epoch>();
    if (in.is_broken()) return;
    if (kind == "taken") return on_taken(ref, epoch);
    Watched* watched = find(ref);
    if (watched == nullptr) return;
    if (watched->epoch != epoch) {
        // Before the answer that makes it ours: what this tells may not be in that answer.
        if (watched->expected > 0) watched->is_doubtful = true;
        return;
    }
    if (kind == "end") {
        const std::string_view condition = in.text();
        if (!in.is_broken()) must_end(*watched, condition);
        return;
    }
    if (kind != "queued") return;
    const auto first = in.number<std::uint64_t>();
    std::vector<std::string> stanzas;
    while (!in.at_end()) stanzas.emplace_back(in.text());
    if (!in.is_broken()) deliver(*watched, first, std::move(stanzas));
}

void RedisWatch::on_taken(const SessionRef& ref, Epoch old_epoch) {
    const Watched* watched = find(ref);
    if (watched == nullptr || watched->epoch != old_epoch) return;
    forget(ref, old_epoch);
    events_.on_taken(ref, old_epoch);
}

void RedisWatch::deliver(Watched& watched, std::uint64_t first, std::vector<std::string> stanzas) {
    if (first > watched.seen + 1) return doubt(watched);
    std::vector<QueuedStanza> fresh;
    for (std::string& stanza : stanzas) {
        const std::uint64_t number = first++;
        if (number <= watched.seen) continue;
        watched.seen = number;
        fresh.push_back({number, std::move(stanza)});
    }
    if (fresh.empty()) return;
    const SessionRef ref = watched.ref;  // the session may be gone after the call
    events_.on_queued(ref, watched.epoch, std::move(fresh));
}

void RedisWatch::must_end(Watched& watched, std::string_view condition) {
    if (std::exchange(watched.is_ending, true)) return;
    const SessionRef ref = watched.ref;  // the session may be gone after the call
    events_.on_must_end(ref, condition);
}

void RedisWatch::doubt(Watched& watched) {
    if (std::exchange(watched.is_doubtful, true)) return;
    if (!watched.is_looked_at) doubtful_.push_back(encode_ref(watched.ref));
}

void RedisWatch::doubt_all() {
    for (auto& [key, watched] : watched_) {
        if (watched.epoch != 0) doubt(watched);
    }
}

std::vector<RedisWatch::Look> RedisWatch::take_looks(std::size_t most) {
    std::vector<Look> looks;
    while (!doubtful_.empty() && looks.size() < most) {
        const auto at = watched_.find(doubtful_.back());
        doubtful_.pop_back();
        if (at == watched_.end()) continue;
        Watched& watched = at->second;
        if (watched.epoch == 0 || watched.is_looked_at || !watched.is_doubtful) continue;
        watched.is_doubtful = false;
        watched.is_looked_at = true;
        looks.push_back({watched.ref, watched.epoch, watched.seen});
    }
    return looks;
}

void RedisWatch::on_look(const Look& look, std::string_view condition,
                         std::vector<std::string> stanzas) {
    Watched* watched = find(look);
    if (watched == nullptr) return;
    watched->is_looked_at = false;
    if (watched->is_doubtful) doubtful_.push_back(encode_ref(look.ref));
    deliver(*watched, look.seen + 1, std::move(stanzas));
    if (condition.empty()) return;
    watched = find(look);
    if (watched != nullptr) must_end(*watched, condition);
}

void RedisWatch::on_look_failed(const Look& look) {
    Watched* watched = find(look);
    if (watched == nullptr) return;
    watched->is_looked_at = false;
    watched->is_doubtful = true;
    doubtful_.push_back(encode_ref(look.ref));
}

void RedisWatch::on_look_gone(const Look& look) {
    on_taken(look.ref, look.epoch);
}

void RedisWatch::on_look_behind(const Look& look) {
    if (find(look) == nullptr) return;
    forget(look.ref, look.epoch);
    events_.on_must_end(look.ref, "internal-server-error");
}

}  // namespace backend
