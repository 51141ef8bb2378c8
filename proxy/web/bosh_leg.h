#pragma once
// A client leg over BOSH (XEP-0124, XEP-0206): requests outside, on any connection of any worker,
// and the plain stream of RFC 6120 inside. What the protocol says is the machine's; this gives it
// time, and carries its actions out. Owned by its session; loop thread of its home worker only.

#include <memory>
#include <optional>
#include <string>

#include "core/byte_buffer.h"
#include "core/event_loop.h"
#include "core/timer.h"
#include "proxy/legs/client_leg.h"
#include "proxy/web/bosh_machine.h"
#include "xmpp/bosh_body.h"
#include "xmpp/stream_cutter.h"

namespace proxy {

class BoshLeg;

/// What all BOSH sessions of one worker share; outlives them.
class BoshHouse {
public:
    virtual core::EventLoop& loop() = 0;
    virtual xmpp::ScanWorkPool& scan_work() = 0;
    virtual const BoshSettings& settings() const = 0;
    /// To the connection of the request, wherever that is.
    virtual void reply(const BoshReply& reply) = 0;
    /// No request finds the session any more.
    virtual void forget(const BoshLeg& leg) = 0;

protected:
    ~BoshHouse() = default;
};

class BoshLeg final : public ClientLeg {
public:
    /// `creation` and its request begin the session.
    BoshLeg(BoshHouse& house, ClientFacts facts, xmpp::BoshSid sid, xmpp::BoshBody creation,
            BoshRequestId request);
    ~BoshLeg() override;

    // From the desk.
    void take(xmpp::BoshBody body, BoshRequestId request);
    void request_gone(BoshRequestId request);
    std::string_view sid() const { return sid_.reveal(); }

    void begin(ClientLegEvents& events) override;
    bool send(std::string_view bytes) override;
    void pause_reading() override;
    void resume_reading() override;
    core::Result<void, std::string> start_tls(std::string_view domain) override;
    const core::Endpoint& peer() const override { return peer_; }
    const ClientFacts& facts() const override;
    core::Certificate shown_certificate() const override { return nullptr; }
    void settle() override { facts_.reset(); }
    void finish() override;
    void abandon() override;
    bool is_gone() const override { return is_abandoned_ || over_.has_value(); }

private:
    struct Creation {
        xmpp::BoshBody body;
        BoshRequestId request;
    };

    void on_clock();
    void begin_machine();
    void end_before_begin();
    /// From the loop, not from within a call of the session.
    void perform_and_tell(const BoshActions& actions);
    /// Replies alone; the end is told later.
    void perform_quietly(const BoshActions& actions);
    void to_session(std::string_view bytes);
    void show_inbox();
    void tell_over();
    /// What the client said before its end comes first, also where the session takes it slowly.
    bool is_inbox_first() const {
        return (is_paused_ || is_resuming_) && !is_finishing_ && !inbox_.empty();
    }
    void set_clock();
    static core::TimePoint now() { return core::Clock::now(); }

    BoshHouse& house_;
    const xmpp::BoshSid sid_;
    core::Endpoint peer_;
    std::unique_ptr<const ClientFacts> facts_;  // until settled
    std::unique_ptr<Creation> creation_;        // until the machine has it
    ClientLegEvents* events_ = nullptr;         // set by begin()
    BoshMachine machine_;
    xmpp::StreamCutter cutter_;
    core::ByteBuffer inbox_;   // what the session has not taken
    core::ByteBuffer outbox_;  // the beginning of an element to send
    core::Timer clock_;
    std::optional<BoshOver> over_;
    bool is_told_ = false;  // that it is over
    bool is_paused_ = false;
    bool is_resuming_ = false;
    bool is_full_ = false;  // the session waits for room
    bool is_finishing_ = false;
    bool is_abandoned_ = false;
};

}  // namespace proxy
