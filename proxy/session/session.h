#pragma once
// One client's session: owns both legs and performs what the pure machines ask. Made by the worker
// for an accepted connection, destroyed by it when finished; loop thread only.
//
//   negotiating --Route--> routing --link open, answered--> relaying
//        \__________________\_____________________________\--end()--> closing --both legs done-->
//        finished
//
// stage        set from then on
// negotiating  client_, negotiation_, login_deadline_
// routing      link_, step_deadline_ (the backend's answer)
// relaying     negotiation_ gone; after login both deadlines gone
// closing      step_deadline_ (the peers' goodbyes); what arrives is dropped

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/connection.h"
#include "core/timer.h"
#include "proxy/legs/backend_link.h"
#include "proxy/session/negotiation.h"
#include "proxy/session/relay.h"
#include "proxy/session/session_facts.h"
#include "proxy/session/session_log.h"

namespace proxy {

class Worker;
struct Frontend;

class Session final : public core::Deletable,
                      private core::ConnectionEvents,
                      private BackendLinkEvents {
public:
    Session(Worker& worker, const Frontend& frontend, core::Fd client, const core::Endpoint& peer,
            std::uint32_t number);
    ~Session() override;

    /// The proxy stops (or the session is told to go): a client that can resume gets a cut TCP,
    /// another one `condition`; also the first one, if nobody it can come back to knows the
    /// session.
    void evict(EndReason reason, xmpp::StreamErrorCondition condition, std::string_view text,
               bool may_come_back = true);

    /// The worker's relay_limits() are others now.
    void note_limits();

    SessionFacts facts_for_operator() const;
    /// The backend in use, or the last that was; none before one is connected.
    std::optional<balancer::BackendId> backend_id() const;
    /// It has ended; only its goodbyes are under way.
    bool is_ending() const { return stage_ == Stage::closing || stage_ == Stage::finished; }

    /// Its place in the worker's table.
    std::uint32_t index = 0;

private:
    enum class Stage : std::uint8_t { negotiating, routing, relaying, closing, finished };
    static std::string_view name_of(Stage stage);

    // The client leg.
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override;
    void on_secured() override;

    // The backend leg.
    void on_link_open(std::chrono::milliseconds answer_timeout,
                      xmpp::HeldBindings bindings) override;
    void on_link_failed(LinkFailure why) override;
    std::size_t on_link_bytes(std::string_view window) override;
    void on_link_end() override;
    void on_link_lost(std::string_view detail) override;
    void on_link_drained() override;

    std::size_t negotiate(std::string_view window);
    void perform(const Answer& answer);
    void perform(const StartTls& start);
    void perform(Route route);
    void open_link(const Route& route);
    void perform(const End& end);
    void start_tls(std::string_view domain, core::Connection::ClearTail tail);
    std::size_t relay_from_client(std::string_view window);
    void backend_broke_rules(const RelayEnd& broken);
    /// Nothing of this backend has reached the client: another one may serve it unseen.
    void try_next_backend(LinkFailure why, std::string_view detail);
    void note_progress();
    void tell_failed_logins();
    void begin_relaying();
    void backend_is_gone(std::string_view detail);
    /// One of the streams has been closed: the other side has a limited time to do the same.
    void start_goodbyes();
    EndReason reason_of_goodbye() const;
    /// The condition of the stream error that was passed on, else `otherwise`.
    std::string_view detail_of_goodbye(std::string_view otherwise = {}) const;
    void on_step_deadline();
    void start_step(std::chrono::milliseconds limit);

    /// Ends both legs. The client gets `farewell` first, and its backend the end of the stream; an
    /// empty one is a cut, unless one of them has ended the stream before.
    void end(EndReason reason, std::string_view farewell, std::string_view detail);
    void end_with_error(EndReason reason, xmpp::StreamErrorCondition condition,
                        std::string_view text, std::string_view detail);
    /// The same when no backend takes the stream. Who has begun a login learns that it failed for
    /// now, which clients repeat more readily than what a stream error has ended.
    void end_without_backend(EndReason reason, xmpp::StreamErrorCondition condition,
                             std::string_view text, std::string_view detail);
    void finish_if_done();
    std::string_view kind() const;
    SessionIdentity identity() const;
    ClientFacts facts() const;
    /// The same with what logins are bound to, if one of the candidates is to be told.
    ClientFacts facts_for(const balancer::Candidates& candidates) const;
    /// Only if one of the candidates has to show the same.
    core::Certificate shown_to_client(const balancer::Candidates& candidates) const;
    std::string name() const;

    Worker& worker_;
    const Frontend& frontend_;
    core::Connection client_;
    std::unique_ptr<BackendLink> link_;
    std::unique_ptr<Negotiation> negotiation_;
    std::unique_ptr<core::Timer> login_deadline_;
    std::unique_ptr<core::Timer> step_deadline_;
    Relay relay_;
    core::Endpoint peer_;
    core::TimePoint started_;
    std::uint32_t number_;
    Stage stage_ = Stage::negotiating;
    /// What the backend that was tried last said instead of features.
    std::optional<xmpp::StreamErrorCondition> refusal_;
    bool routed_by_user_ : 1 = false;
    bool registers_ : 1 = false;     // [limits] registration counts, not login
    bool client_ended_ : 1 = false;  // it will send no more
    bool client_done_ : 1 = false;   // and there is nothing more to send to it
    bool backend_done_ : 1 = false;  // the backend leg is gone, or never was
};

}  // namespace proxy
