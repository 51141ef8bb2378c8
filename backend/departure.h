#pragma once
// The end of a session in the store: it is taken over, so that nobody else acts for it any more,
// what its client never got goes where the rules say, and its record goes. Owned by the node; loop
// thread only.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "backend/plan.h"
#include "backend/store.h"
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
    /// the departure; a store that fails is asked again until it answers.
    Departure(core::EventLoop& loop, Store& store, const Locality& locality, SessionRef session,
              TakeReason reason, std::function<void()> on_done);

    const SessionRef& session() const { return session_; }

private:
    void take();
    void on_taken(std::variant<TakenSession, TakeFailure> answer);
    void read(Needs needs);
    void on_read(Store::Answer<std::vector<UserSnapshot>> answer);
    void decide();
    void commit(std::vector<Write> writes);
    void on_committed(const CommitOutcome& outcome);
    void begin_again();
    void try_later();
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
    std::vector<QueuedStanza> queue_;
    Knowledge known_;
    unsigned stale_ = 0;
    std::shared_ptr<int> alive_ = std::make_shared<int>();  // answers may come after the end
};

}  // namespace backend
