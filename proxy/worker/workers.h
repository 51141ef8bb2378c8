#pragma once
// All workers as one, seen from the control loop: what concerns each is posted to its loop, and
// answers are gathered here. Control loop's thread only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/result.h"
#include "core/worker_pool.h"
#include "proxy/session/session_facts.h"
#include "proxy/worker/worker.h"

namespace proxy {

class Workers {
public:
    /// `count` loops that do not run yet; `control` is the caller's own loop.
    Workers(core::EventLoop& control, unsigned count) : control_(control), pool_(count) {}
    /// Waits for the threads, then takes the workers apart.
    ~Workers();

    unsigned size() const { return pool_.size(); }
    /// Makes the workers, one for each of `settings`. Before start().
    void make(const SharedByWorkers& shared, std::vector<WorkerSettings> settings);
    [[nodiscard]] core::Result<void, std::string> start() { return pool_.start(); }
    void stop() { pool_.stop(); }

    /// `on_applied` comes once every worker has its settings.
    void apply(std::vector<WorkerSettings> settings, std::function<void()> on_applied);
    void route_by(const Routing& routing);
    void set_ticket_keys(const std::shared_ptr<const core::TicketKeys>& keys);
    void set_resumption_tags(const ResumptionTagsPtr& tags);
    /// `on_empty` comes when the last session of the last worker is gone.
    void shut_down(std::function<void()> on_empty);

    /// `on_all` comes once each worker's loop has run a turn.
    void when_all_turn(std::function<void()> on_all);

    /// As Worker has them, for all of them.
    void find_sessions(const SessionFilter& filter, std::size_t most,
                       std::function<void(FoundSessions)> on_found);
    void kick(const SessionFilter& filter, std::function<void(std::uint64_t)> on_done);
    void evict(balancer::BackendId backend, std::chrono::milliseconds over, bool resume_anywhere);
    void end_eviction(balancer::BackendId backend);
    void listening(std::function<void(std::vector<Worker::ListeningAt>)> on_all);
    void stop_listening();
    void send_away(Worker::Leaving who, std::chrono::milliseconds over);
    /// TLS handshakes of one. Any thread.
    const core::TlsCounts& tls_counts(unsigned worker) { return pool_.loop(worker).tls_counts(); }
    void left(std::function<void(Worker::Left)> on_all);

private:
    /// Asks each worker on its own loop; `on_answers` gets what they said, in no order, here.
    template <class Answer>
    void gather(std::function<Answer(Worker&)> ask,
                std::function<void(std::vector<Answer>)> on_answers);
    void tell(std::function<void(Worker&)> what);

    core::EventLoop& control_;
    std::vector<std::unique_ptr<Worker>> workers_;
    core::WorkerPool pool_;
};

}  // namespace proxy
