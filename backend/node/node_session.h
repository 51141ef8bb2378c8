#pragma once
// One client's connection to a node, from accept to the end of what follows from it: the PROXY
// header, then a stream (backend/stream/stream) whose actions it performs against the store, and in
// the end the session's fate. Owned by its node; loop thread only.
//
//   proxy_header --header--> streaming --end(), lost--> ending --connection closed, store told-->
//   gone

#include <cassert>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "backend/node/stanza_queue.h"
#include "backend/store/store.h"
#include "backend/stream/stream.h"
#include "core/alive.h"
#include "core/connection.h"
#include "core/timer.h"

namespace backend {

struct NodeEnvironment;

class NodeSession final : public core::Deletable,
                          private core::ConnectionEvents,
                          private StanzaQueueEvents {
public:
    /// What becomes of the session in the store when its stream is over.
    enum class Fate : std::uint8_t {
        left,      // it is somebody else's
        detached,  // it waits for its client
        departed,  // it ends
    };

    /// `environment` outlives the session.
    NodeSession(NodeEnvironment& environment, core::Fd socket, const core::Endpoint& peer);
    ~NodeSession() override;

    // What the store tells.
    void on_queued(std::vector<QueuedStanza> stanzas);
    /// Ends the stream for a reason found elsewhere; `text` is for the client.
    void end(xmpp::StreamErrorCondition condition, std::string_view reason, Fate fate,
             std::string_view text = {});
    /// The store does not answer: a stream that waits for it to log in ends.
    void on_store_silent();
    /// The node stops: who can resume does so elsewhere.
    void shut_down();

    bool is_bound() const { return queue_ != nullptr; }
    const SessionRef& ref() const {
        assert(is_bound());
        return queue_->sender().session;
    }
    Epoch epoch() const {
        assert(is_bound());
        return queue_->epoch();
    }

private:
    static constexpr std::string_view kClientClosed = "client_closed";
    static constexpr std::string_view kClientLost = "client_lost";
    static constexpr std::string_view kBadProxyHeader = "bad_proxy_header";

    enum class Phase : std::uint8_t { proxy_header, streaming, ending, gone };

    /// The one door between phases.
    void enter(Phase next);
    bool is_over() const { return phase_ == Phase::ending || phase_ == Phase::gone; }
    /// The one way into the stream, while it lasts: performs the actions that `take` returns of it,
    /// then goes on.
    template <class Take>
    void step(Take take);
    /// Writes what is held and reads on, as far as the stream and its client let it.
    void go_on();

    // The connection.
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;
    std::size_t read_proxy_header(std::string_view window);
    void begin_stream(ConnectionFacts facts);
    void start_deadline(std::chrono::milliseconds after);
    void update_reading();
    void on_deadline();

    // The stream's actions.
    void perform(Actions actions);
    void perform(Send action);
    void perform(FindAccount action);
    void perform(CheckPassword action);
    void perform(DelayRefusal action);
    void perform(OpenSession action);
    void perform(Resume action);
    void perform(EnableSm action);
    void perform(SetInactive action);
    void perform(Handle action);
    void perform(Acked action);
    void perform(Close action);

    // Sessions.
    void open(OpenSession wish, unsigned tries);
    void make_room(OpenSession wish, unsigned tries);
    void on_opened(OpenSession wish, const SessionRef& ref);
    void begin_session(Sender sender, Epoch epoch);
    void on_taken(TakenSession taken);
    void confirm_taken(std::shared_ptr<TakenSession> taken);
    bool may_hold_back() const;
    void deliver();
    void watch_for_silence();
    void on_silence();

    // What becomes of stanzas.
    void on_confirmed(std::size_t count) override;
    void on_idle() override;
    void on_refused(xmpp::StreamErrorCondition condition) override;
    void on_fenced() override;
    void on_store_failed(StoreError error) override;

    // The end.
    /// Closes the connection without a word, if it is there, and leaves. Who can come again may.
    void cut(std::string_view reason);
    /// Nothing more is done for the client but to say what is said; once, later calls wait on.
    void leave(std::string_view reason, Fate fate);
    void settle_fate();
    /// In the last phase there is nothing but the fate to care for: true then, and it is settled.
    bool settle_if_ending();
    Fate fate_without_stream() const;
    void finish_if_done();
    void log_end() const;

    /// Answers are counted, so that the session is there for the last one.
    template <class... Values, class Then>
    std::function<void(Values...)> answered(Then then);

    NodeEnvironment& environment_;
    core::Endpoint peer_;  // the client, once the proxy has said who that is
    core::Connection connection_;
    std::unique_ptr<Stream> stream_;
    std::unique_ptr<StanzaQueue> queue_;  // from binding on
    std::unique_ptr<core::Timer> deadline_;
    std::unique_ptr<core::Timer> delay_;
    std::unique_ptr<core::Timer> silence_;  // while an answer to <r/> is awaited
    std::list<QueuedStanza> held_;  // until the client takes more, or need not wait any longer
    std::string unique_id_;
    std::string_view reason_ = kClientClosed;
    core::TimePoint started_;
    unsigned pending_ = 0;  // answers of the store
    Phase phase_ = Phase::proxy_header;
    Fate fate_ = Fate::departed;
    bool is_resumable_ = false;
    bool is_fate_settled_ = false;
    bool is_inactive_ = false;  // XEP-0352
    bool has_spoken_ = false;   // since its silence was last looked at
    core::Alive alive_;         // answers may come after the end
};

template <class Take>
void NodeSession::step(Take take) {
    if (phase_ != Phase::streaming) return;
    perform(take(*stream_));
    go_on();
}

template <class... Values, class Then>
std::function<void(Values...)> NodeSession::answered(Then then) {
    ++pending_;
    return [this, then = std::move(then), here = alive_.tie()](Values... values) mutable {
        if (!here) return;
        --pending_;
        then(std::forward<Values>(values)...);
        if (here) finish_if_done();
    };
}

}  // namespace backend
