#pragma once
// The end of a session in the store. It takes the session, so that nobody else acts for it any
// more. Then what its client never got goes where the rules say, and the record goes: in one
// commit, or piece by piece where offline messages have no room for all. Owned by the node; loop
// thread only.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/rules/plan_values.h"
#include "backend/store/store.h"
#include "core/alive.h"
#include "core/timer.h"

namespace backend {

/// What the rules need to know of the node.
struct Locality {
    std::vector<std::string> domains;  // prepared
    std::string version;

    PlanContext context() const {
        return {.now = std::chrono::system_clock::now(), .domains = domains, .version = version};
    }
};

class Departure {
public:
    /// Starts at once. `on_done` comes from the loop when nothing is left to do, and may destroy
    /// the departure. Until then it tries again, whatever goes wrong.
    Departure(core::EventLoop& loop, Store& store, const Locality& locality, SessionRef session,
              TakeReason reason, std::function<void()> on_done);

    /// Queued for the session meanwhile, in order.
    void on_queued(Epoch epoch, std::vector<QueuedStanza> stanzas);

private:
    void try_now();
    void take();
    void ask_whose_it_is();
    void on_taken(std::variant<TakenSession, TakeFailure> answer);
    void read(Needs needs);
    void on_read(Store::Answer<std::vector<UserSnapshot>> answer);
    void decide();
    void commit(std::vector<Write> writes);
    void on_committed(const CommitOutcome& outcome);
    void on_piece_done();
    void on_full(const SessionRef& session);
    /// `failure` is the store's, or none: others were quicker.
    void try_later(std::optional<StoreError> failure);
    void finish();

    core::EventLoop& loop_;
    Store& store_;
    const Locality& locality_;
    SessionRef session_;
    TakeReason reason_;
    std::function<void()> on_done_;
    core::Timer again_;
    std::optional<Sender> sender_;
    Epoch epoch_ = 0;
    std::vector<QueuedStanza> queue_;  // what is still to be handed on
    std::uint64_t last_ = 0;           // number of all that we know of
    Knowledge known_;
    std::size_t piece_ = SIZE_MAX;  // stanzas of one commit, at most
    std::size_t in_commit_ = 0;     // of queue_
    bool is_in_doubt_ = false;      // nobody has said whether the last commit was done
    bool is_last_ = false;          // the commit on its way ends the session
    bool stores_offline_ = true;    // there may be room
    std::vector<SessionRef> full_;  // sessions that we do not wait for any more
    unsigned tries_ = 0;
    core::Alive alive_;  // answers may come after the end
};

}  // namespace backend
