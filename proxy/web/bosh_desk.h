#pragma once
// Where BOSH sessions and their requests meet. A session lives at the worker where it was created;
// its requests come over any connection of any worker and are posted to it, and their answers back.
// A desk belongs to one worker and is used on its thread only; the doors between them are any
// thread's.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conf/config.h"
#include "core/event_loop.h"
#include "proxy/web/bosh_leg.h"
#include "proxy/web/bosh_machine.h"
#include "proxy/web/bosh_sids.h"
#include "proxy/web/guess_count.h"
#include "xmpp/bosh_body.h"

namespace proxy {

class BoshDesk;

/// The desks of a process. Filled before any loop runs.
class BoshDesks {
public:
    explicit BoshDesks(unsigned workers) : desks_(workers) {}

    const BoshSids& sids() const { return sids_; }
    void open(unsigned worker, core::EventLoop& loop, BoshDesk& desk) {
        desks_[worker] = {&loop, &desk};
    }
    /// Runs `task` there, in a later turn. Nothing for a worker that is none.
    void post(unsigned worker, std::function<void(BoshDesk&)> task);

    std::atomic<std::uint32_t> sessions{0};  // of all workers
    GuessCount guesses;                      // of sids

private:
    struct Desk {
        core::EventLoop* loop = nullptr;
        BoshDesk* desk = nullptr;
    };
    const BoshSids sids_;
    std::vector<Desk> desks_;
};

/// A request of one connection that waits for its answer.
class BoshWaiting {
public:
    /// It waits no more.
    virtual void answer(std::uint16_t status, std::string_view entity) = 0;

protected:
    ~BoshWaiting() = default;
};

class BoshDesk final : private BoshHouse {
public:
    struct Environment {
        core::EventLoop& loop;
        xmpp::ScanWorkPool& scan_work;
        BoshDesks& desks;
        unsigned worker = 0;
    };
    explicit BoshDesk(Environment environment);

    void use(const conf::Web& web) { settings_.output_bytes = web.bosh_held; }

    // From a connection of this worker.

    /// A name for the request; wait() and forget() bound the time that its answer is taken.
    BoshRequestId wait(BoshWaiting& request);
    /// Its client is gone, or it has its answer.
    void stop_waiting(BoshRequestId id);
    /// A leg for the session that `creation` asks for; the caller begins a session with it.
    std::unique_ptr<BoshLeg> create(xmpp::BoshBody creation, BoshRequestId id, ClientFacts facts);
    /// Any other request, to the worker of its session (BoshSids::worker_of).
    void pass(unsigned worker, xmpp::BoshBody body, BoshRequestId id);
    /// The client of a request that was passed on is gone.
    void pass_gone(unsigned worker, const xmpp::BoshSid& sid, BoshRequestId id);

    const BoshSids& sids() const { return environment_.desks.sids(); }
    unsigned worker() const { return environment_.worker; }
    std::uint32_t sessions() const { return environment_.desks.sessions.load(); }
    GuessCount& guesses() { return environment_.desks.guesses; }

private:
    // For its legs.
    core::EventLoop& loop() override { return environment_.loop; }
    xmpp::ScanWorkPool& scan_work() override { return environment_.scan_work; }
    const BoshSettings& settings() const override { return settings_; }
    void reply(const BoshReply& reply) override;
    void forget(const BoshLeg& leg) override;

    void take(xmpp::BoshBody body, BoshRequestId id);
    void take_gone(const xmpp::BoshSid& sid, BoshRequestId id);
    void deliver(BoshRequestId id, std::uint16_t status, std::string_view entity);

    Environment environment_;
    BoshSettings settings_;
    std::uint64_t last_request_ = 0;
    std::unordered_map<std::string, BoshLeg*> sessions_;  // by sid, which nobody else can choose
    std::unordered_map<std::uint64_t, BoshWaiting*> waiting_;
};

}  // namespace proxy
