#pragma once
// A backend link that is one TCP connection: a race of candidates (legs/backend_race) until the
// session has accepted the answer of one, then the session's bytes. Owned by its session; loop
// thread only.
//
//   racing --settle()--> settled
//      \--> on_link_failed

#include <cstdint>
#include <memory>
#include <optional>

#include "balancer/load_board.h"
#include "proxy/legs/backend_connection.h"
#include "proxy/legs/backend_link.h"
#include "proxy/legs/backend_race.h"
#include "proxy/legs/link_environment.h"

namespace proxy {

class TcpBackendLink final : public BackendLink, private BackendConnectionEvents {
public:
    /// Starts with the first candidate. `events` outlives the link.
    TcpBackendLink(LinkEnvironment& environment, LinkRequest request, BackendLinkEvents& events);
    ~TcpBackendLink() override;

    void try_next(LinkFailure why, std::string_view detail) override;
    void settle() override;
    bool send(std::string_view bytes) override;
    void finish() override;
    void leave(Parting how) override;
    void abandon() override;
    bool is_gone() const override { return has_ended_ || !is_open(); }
    bool is_open() const override;
    void doubt(bool is_doubted) override;
    void pause_reading() override;
    void resume_reading() override;
    std::string_view backend_name() const override;
    std::string_view pool_name() const override { return pool_->settings().name; }
    std::optional<balancer::BackendId> backend_id() const override;

private:
    static constexpr std::uint32_t kNone = UINT32_MAX;

    /// Of the race or of its winner; null when there is none.
    BackendConnection* connection() const;
    const balancer::Member& member() const { return pool_->members()[place_]; }

    void on_address_failed(const core::Endpoint&, LinkFailure, std::string_view) override {}
    void on_failed(LinkFailure why) override;
    void on_open() override;
    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_lost(std::string_view detail) override;
    void on_drained() override;

    BackendLinkEvents& events_;
    std::unique_ptr<BackendRace> race_;  // null once settled or given up
    std::unique_ptr<BackendConnection> connection_;
    balancer::SessionSlot slot_;
    std::shared_ptr<const balancer::BackendPool> pool_;
    std::uint32_t place_ = kNone;  // of the backend in use in its pool; kNone before one is open
    bool is_leaving_ = false;
    bool has_ended_ = false;  // the backend sends no more
};

}  // namespace proxy
