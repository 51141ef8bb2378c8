#pragma once
// What a node has heard of the queues of its sessions. Messages of a channel may be lost, doubled
// by a second look, or come before the answer that makes the session ours; the events that go up
// are in order and without gaps. Pure: its owner asks for what is missing.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "backend/store/records.h"
#include "backend/store/store.h"

namespace backend {

class RedisWatch {
public:
    explicit RedisWatch(StoreEvents& events) : events_(events) {}

    /// A session was asked for; what is heard of it from now on counts if we get it.
    void expect(const SessionRef& ref);
    /// We did not get it.
    void forgo(const SessionRef& ref);
    /// It is ours, and its queue is known up to `seen`. A copy under an older epoch hears of it.
    void own(const SessionRef& ref, Epoch epoch, std::uint64_t seen);
    /// Given up, closed or lost: there are no more events about it.
    void forget(const SessionRef& ref, Epoch epoch);

    /// A message of the channel; what makes no sense is ignored.
    void on_message(std::string_view message);
    /// Messages may have been lost: every session is to be looked at.
    void doubt_all();

    struct Look {
        SessionRef ref;
        Epoch epoch = 0;
        std::uint64_t seen = 0;
    };
    /// Sessions to be looked at now, each with what is known; they are under way from now on.
    std::vector<Look> take_looks(std::size_t most);
    /// What a look has found: the condition with which the session must end, or none; the stanzas
    /// behind `seen`.
    void on_look(const Look& look, std::string_view condition, std::vector<std::string> stanzas);
    /// It could not be done: again.
    void on_look_failed(const Look& look);
    void on_look_gone(const Look& look);
    /// The queue ends before what was seen: the store has lost what it had confirmed.
    void on_look_behind(const Look& look);

private:
    struct Watched {
        SessionRef ref;
        Epoch epoch = 0;  // 0: not ours (yet)
        std::uint64_t seen = 0;
        unsigned expected = 0;  // questions for it under way
        bool is_doubtful = false;
        bool is_looked_at = false;
        bool is_ending = false;  // its owner has been told
    };

    Watched* find(const SessionRef& ref);
    /// The session of a look, if it still is as it was.
    Watched* find(const Look& look);
    void must_end(Watched& watched, std::string_view condition);
    void doubt(Watched& watched);
    void erase_if_idle(const std::string& key);
    void deliver(Watched& watched, std::uint64_t first, std::vector<std::string> stanzas);
    void on_taken(const SessionRef& ref, Epoch old_epoch);

    StoreEvents& events_;
    std::unordered_map<std::string, Watched> watched_;  // by encode_ref
    std::vector<std::string> doubtful_;                 // keys; some may be gone
};

}  // namespace backend
