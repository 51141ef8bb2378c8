#pragma once
// The way from a session to its backend, as an interface: open with what is known of the client,
// bytes both ways, ended or lost. One TCP connection per session (tcp_backend_link) is its first
// implementation; a multiplexed link can be another. Owned by the session; loop thread only.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "balancer/backend_id.h"
#include "balancer/candidates.h"
#include "balancer/owner.h"
#include "core/handle.h"
#include "proxy/legs/byte_sink.h"
#include "proxy/legs/client_facts.h"
#include "proxy/legs/link_failure.h"
#include "xmpp/stream_features.h"

namespace proxy {

/// The candidate that a link has opened.
struct OpenedBackend {
    std::chrono::milliseconds answer_timeout{0};  // from now on
    xmpp::HeldBindings bindings{};                // what its clients can bind their logins to
    balancer::Owner owner;                        // of the sessions that it enables
    const balancer::BackendPool* pool = nullptr;  // of which it is; lives as long as the link
    bool resume_anywhere = false;                 // the other backends of the pool know them, too
    bool together = false;                        // all devices of a user share it
    bool is_first = true;                         // of the candidates
};

/// Called from the loop, never from within a call of the link.
class BackendLinkEvents {
public:
    /// A candidate is connected (and secured, where its configuration wants that), and has been
    /// sent the PROXY header and the opening bytes. It should answer with features in time. Comes
    /// again, before settle(), when another candidate takes the place of this one because it has
    /// answered first, or after try_next().
    virtual void on_link_open(const OpenedBackend& backend) = 0;
    /// Every candidate has been tried; `why` is what the last of them lacked.
    virtual void on_link_failed(LinkFailure why) = 0;
    /// The candidates of `tried`, a bit for each, have failed, the last of them for `why`, and the
    /// next one has no login to give now. Nothing follows; the link is of no more use.
    virtual void on_link_held(LinkFailure why, std::uint32_t tried) = 0;
    /// As core::ConnectionEvents::on_bytes.
    virtual std::size_t on_link_bytes(std::string_view window) = 0;
    /// The backend will send no more.
    virtual void on_link_end() = 0;
    /// Nothing can be read or written any more.
    virtual void on_link_lost(std::string_view detail) = 0;
    virtual void on_link_drained() = 0;
    /// After leave(): the backend is gone, too. Nothing follows.
    virtual void on_link_gone() = 0;

protected:
    ~BackendLinkEvents() = default;
};

/// What a link is opened with.
struct LinkRequest {
    balancer::Candidates candidates;
    std::string domain;   // prepared; the name that the backend's certificate must carry
    std::string opening;  // the first bytes: our stream header in the client's name
    ClientFacts facts;
    /// The certificate that the client was shown, if a candidate has to show the same; null: not
    /// known.
    core::Certificate shown;
    /// The first candidate is the backend that holds the session that the client may resume.
    bool owner_is_first = false;
};

/// How the stream of a session ended: in words, or with the connection of its client.
enum class Parting : std::uint8_t { said, client_lost };

class BackendLink : public ByteSink {
public:
    virtual ~BackendLink() = default;

    /// The backend in use is no good although it is connected; nothing of it has reached the
    /// client. Goes on with the next candidate: on_link_open or on_link_failed(why) follows.
    virtual void try_next(LinkFailure why, std::string_view detail) = 0;
    /// The backend has answered and stays: what served to reach another one is forgotten.
    virtual void settle() = 0;
    /// No more will be sent: flush, then end the sending side; input stays open.
    virtual void finish() = 0;
    /// The session is over: as finish(), and what comes is dropped. on_link_gone() follows unless
    /// is_gone() says so already. For a client that was lost the backend sees FIN or RST, as its
    /// configuration wants it. A link that is not open yet gives up at once.
    virtual void leave(Parting how) = 0;
    /// Closes at once and drops what was not sent. No event comes any more.
    virtual void abandon() = 0;
    /// Nothing is heard from a backend any more: it has ended or was lost, or none is connected.
    virtual bool is_gone() const = 0;
    virtual bool is_open() const = 0;
    /// Checks have found that the backend is gone, or that it is there again: an open link that
    /// says nothing is asked at once whether it is, or as seldom as before.
    virtual void doubt(bool is_doubted) = 0;
    virtual void pause_reading() = 0;
    virtual void resume_reading() = 0;
    /// The backend in use, for the log; empty before on_link_open.
    virtual std::string_view backend_name() const = 0;
    virtual std::string_view pool_name() const = 0;
    /// The backend in use, for accounts and reports; none before on_link_open.
    virtual std::optional<balancer::BackendId> backend_id() const = 0;
};

}  // namespace proxy
