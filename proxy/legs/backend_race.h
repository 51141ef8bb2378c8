#pragma once
// The opening of a link: candidates in order, and the next one beside a silent one after a moment,
// until the session has accepted the answer of one of them. Owned by its link until then; loop
// thread only.
//
// One runner leads: it is the backend that the session knows of, and what happens to it is told.
// While others run beside it, nothing of any of them is shown to the session before its whole first
// answer is there. The first one that has it takes the lead.
//
//   running --open--> --first bytes--> answered --accepted--> won
//      \________________\___________________\--> passed over: the next one leads, or on_failed
//
// Why: proxy/README.md, "Beside a silent backend".

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "balancer/load_board.h"
#include "core/timer.h"
#include "proxy/legs/backend_connection.h"
#include "proxy/legs/backend_link.h"
#include "proxy/legs/link_environment.h"

namespace proxy {

class BackendRace {
public:
    static constexpr std::size_t kMostRunners = 3;  // at a time

    /// Starts with the first candidate, which has given the login a turn (balancer/login_lines).
    /// The others are asked for one. `link` is told of the one that leads: on_open when the lead
    /// changes to an open connection or the leader opens, on_failed when no candidate is left, or
    /// when the next one has no login to give (is_held()). All outlive the race.
    BackendRace(LinkEnvironment& environment, LinkRequest request, BackendConnectionEvents& link);
    ~BackendRace();

    /// Null when nobody leads; it may not be open.
    BackendConnection* leading_connection() const;
    // Of the leader, in on_open.
    const balancer::Member& leading_member() const;
    bool is_first_leading() const;
    // In on_failed.
    bool is_held() const { return is_held_; }
    /// Candidates, a bit for each.
    std::uint32_t tried() const { return tried_; }
    /// What is left of the time for its answer.
    std::chrono::milliseconds answer_time() const;

    /// The session has no use for the answer of the leader, or for its silence. From the loop
    /// follows on_open or on_failed(why) of the link.
    void pass_over(LinkFailure why, std::string_view detail);

    struct Won {
        std::unique_ptr<BackendConnection> connection;
        balancer::SessionSlot slot;
    };
    /// The session has accepted the answer of the leader. Ends the race: the others are closed.
    Won win();
    /// Only the leader is left, as it is; its session leaves.
    void leave_others();

private:
    struct Shared;
    class Runner;

    std::optional<std::size_t> next_candidate(core::TimePoint now) const;
    void start(std::size_t candidate, core::TimePoint now);
    void try_next_beside();
    bool must_know_that_it_hangs(std::size_t next) const;
    bool is_racing() const { return runners_.size() > 1; }

    // What runners meet.
    void on_runner_failed(Runner& runner, LinkFailure why);
    void on_runner_open(Runner& runner);
    std::size_t on_runner_bytes(Runner& runner, std::string_view window);
    void on_runner_end(Runner& runner);
    void on_runner_lost(Runner& runner, std::string_view detail);

    void log_failure(const Runner& runner, const core::Endpoint& address, LinkFailure why,
                     std::string_view detail) const;
    void note_failure(const Runner& runner, LinkFailure why);
    void note_lost(Runner& runner, core::TimePoint now);
    /// It is out; what follows from that comes from the loop.
    void drop(Runner& runner, LinkFailure why);
    void go_on();
    void lead(Runner& runner);
    static void close_unused(Runner& runner);

    const std::shared_ptr<const Shared> shared_;
    BackendConnectionEvents& link_;
    std::vector<std::unique_ptr<Runner>> runners_;  // in the order of their start
    Runner* leader_ = nullptr;
    std::uint32_t tried_ = 0;  // candidates, a bit for each
    LinkFailure why_{};        // the last one that is out
    bool is_held_ = false;
    core::Timer moment_;
    core::Timer next_;  // at once, but from the loop
};

}  // namespace proxy
