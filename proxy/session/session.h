#pragma once
// One client's session: owns both legs and performs what the pure machines ask. Made by its host
// for a client leg, destroyed by it when finished; loop thread only.
//
//   negotiating --Route--> routing --link open, answered--> relaying
//        \__________________\_____________________________\--end()--> closing --both legs done-->
//        finished
//
// stage        set from then on
// negotiating  client_, opening_, login_deadline_
// routing      where the backend's login rate makes it wait: its place in the line; then link_,
//              step_deadline_ (the backend's answer)
// relaying     opening_ gone; after login both deadlines gone, and perhaps a pace in its room
// closing      step_deadline_ (the peers' goodbyes); the legs drop what arrives

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/event_loop.h"
#include "proxy/legs/address_limits.h"
#include "proxy/legs/backend_link.h"
#include "proxy/legs/client_leg.h"
#include "proxy/session/client_pace.h"
#include "proxy/session/login_turn.h"
#include "proxy/session/one_of_two.h"
#include "proxy/session/opening.h"
#include "proxy/session/relay.h"
#include "proxy/session/session_facts.h"
#include "proxy/session/session_host.h"

namespace proxy {

class Session final : public core::Deletable, private ClientLegEvents, private BackendLinkEvents {
public:
    /// `host` and `frontend` outlive the session. begin() follows.
    Session(SessionHost& host, const Frontend& frontend, std::unique_ptr<ClientLeg> client,
            std::uint32_t number);
    ~Session() override;

    /// Listens to its client from now on, who has waited so long for it.
    void begin(std::chrono::milliseconds waited = {});

    core::TimePoint started() const { return started_; }
    /// Its client could come back to it now, after a cut.
    bool is_resumable() const { return stage_ == Stage::relaying && relay_.is_resumable(); }
    /// The proxy stops, or sends the session away: a client that can resume gets a cut TCP, any
    /// other `condition`. The first one gets `condition`, too, if no backend would know its
    /// session.
    void evict(EndReason reason, xmpp::StreamErrorCondition condition, std::string_view text,
               bool may_come_back = true);

    /// What has become of its login, which waits(); from the loop.
    void on_login_turn(LoginTurn what);

    /// As BackendLink has it.
    void doubt_backend(bool is_doubted) {
        if (link_) link_->doubt(is_doubted);
    }
    /// The host's relay_limits() are others now.
    void note_limits();

    SessionFacts facts_for_operator() const;
    /// Looks at what is there; builds nothing that the filter does not ask for.
    bool matches(const SessionFilter& filter) const;
    /// The backend in use, or the last that was; none before one is connected.
    std::optional<balancer::BackendId> backend_id() const;
    /// It has ended; only its goodbyes are under way.
    bool is_ending() const { return stage_ == Stage::closing || stage_ == Stage::finished; }

    const core::Endpoint& peer() const { return client_->peer(); }
    /// Its host's, which counts it at its client's address.
    AddressStanding standing() const { return standing_; }
    void set_standing(AddressStanding standing) { standing_ = standing; }

    /// As its Frontend names it.
    std::string_view transport() const { return frontend_.kind; }

    /// Its place in its owner's table.
    std::uint32_t index = 0;

private:
    enum class Stage : std::uint8_t { negotiating, routing, relaying, closing, finished };
    static std::string_view name_of(Stage stage);
    class ToClient;

    /// The one place where the stage changes.
    void enter(Stage next);

    // The client leg.
    std::size_t on_client_bytes(std::string_view window) override;
    void on_client_broke_rules(const ClientFault& fault) override;
    void on_client_secured() override;
    void on_client_end() override;
    void on_client_lost(ClientLoss why, std::string_view detail) override;
    void on_client_drained() override;
    void on_client_gone() override { finish_if_done(); }

    // The backend leg.
    void on_link_open(const OpenedBackend& backend) override;
    void on_link_failed(LinkFailure why) override;
    void on_link_held(LinkFailure why, std::uint32_t tried) override;
    std::size_t on_link_bytes(std::string_view window) override;
    void on_link_end() override;
    void on_link_lost(std::string_view detail) override;
    void on_link_drained() override;
    void on_link_gone() override { finish_if_done(); }

    std::size_t negotiate(std::string_view window);
    void perform(const Answer& answer);
    void perform(const StartTls& start);
    void perform(Route route);
    /// Also for a login that has waited: `granted` has given it a turn.
    void choose_backend(std::optional<balancer::BackendId> granted = {});
    balancer::RoutingKey routing_key(const Route& route, RoutedBy& by_owner) const;
    void no_route(balancer::RouteFailure why);
    void wait_for_login();
    void come_back_later();
    void leave_line();
    void open_link(balancer::Candidates candidates, bool owner_is_first);
    bool is_waiting() const { return opening_ && opening_->is_waiting; }
    void perform(const End& end);
    void start_tls(std::string_view domain);
    std::size_t relay_from_client(std::string_view window);
    std::size_t relay_some(std::string_view window);
    // The rate of its client.
    std::size_t relay_at_rate(std::string_view window);
    void pause_if_in_debt(ClientPace& pace);
    void go_on_reading();
    void end_pause();
    void backend_broke_rules(const RelayEnd& broken);
    /// Nothing of this backend has reached the client: another one may serve it unseen.
    void try_next_backend(LinkFailure why, std::string_view detail);
    void note_progress();
    void tell_failed_logins();
    /// Its client's address may not log in: the stream ends.
    bool is_refused_login();
    void end_at_limit(Refused why);
    void begin_relaying();
    /// A session that can be resumed has its user's later logins led to the same backend.
    void remember_user();
    /// It has ended, and its backend may keep it for a client that comes back.
    void note_end_of_remembered(bool is_kept);
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
    /// The same when no backend takes the stream. A client that has begun a login hears that it
    /// failed for now; clients repeat that more readily than a stream that an error has ended.
    void end_without_backend(EndReason reason, xmpp::StreamErrorCondition condition,
                             std::string_view text, std::string_view detail);
    void finish_if_done();
    SessionIdentity identity() const;
    /// What the backend hears of the client: also what logins are bound to, if one of the
    /// candidates wants to know.
    ClientFacts facts_for(const balancer::Candidates& candidates) const;
    /// Only if one of the candidates has to show the same.
    core::Certificate shown_to_client(const balancer::Candidates& candidates) const;

    SessionHost& host_;
    const Frontend& frontend_;
    const std::unique_ptr<ClientLeg> client_;
    std::unique_ptr<BackendLink> link_;
    OneOfTwo<Opening, ClientPace> opening_;  // and, after login, the pace of its client
    std::unique_ptr<Deadline> login_deadline_;
    std::unique_ptr<Deadline> step_deadline_;
    Relay relay_;
    core::TimePoint started_;
    std::uint32_t number_;
    Stage stage_ = Stage::negotiating;
    /// What the backend that was tried last said instead of features.
    std::optional<xmpp::StreamErrorCondition> refusal_;
    RoutedBy routed_by_ : 2 = RoutedBy::domain;
    AddressStanding standing_ : 2 = AddressStanding::unlimited;
    bool is_together_ : 1 = false;     // all devices of a user share the backend
    bool asks_for_users_ : 1 = false;  // the pool does, where they may resume
    bool is_remembered_ : 1 = false;   // its user is, because of it
    bool registers_ : 1 = false;       // [limits] registration counts, not login
};

}  // namespace proxy
