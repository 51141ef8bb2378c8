#include "backend/node/node.h"

#include <algorithm>
#include <cassert>

#include "backend/rules/disco.h"
#include "backend/rules/token.h"
#include "core/log.h"
#include "core/random_bytes.h"
#include "core/tcp_socket.h"

namespace backend {
namespace {

constexpr std::chrono::milliseconds kSweepEvery{1'000};
constexpr std::size_t kSweptAtOnce = 100;
/// A proxy that vanished is given up after some six minutes, spread as clients are by a proxy: its
/// sessions are many, and silent most of the time.
constexpr core::Keepalive kProxyKeepalive{.idle_seconds = 240, .interval_seconds = 15, .probes = 8};

xmpp::ScanLimits scan_limits(const conf::NodeLimits& limits) {
    return {.bytes = limits.stanza,
            .depth = static_cast<std::uint16_t>(limits.depth),
            .attributes = static_cast<std::uint16_t>(limits.attributes)};
}

StreamSettings stream_settings(const Node::Settings& settings) {
    return {.serves =
                [domains = settings.node.domains](std::string_view domain) {
                    return std::find(domains.begin(), domains.end(), domain) != domains.end();
                },
            .make_token = make_token,
            .salt_secret = settings.salt_secret,
            .more_features = caps_feature(PlanContext{{}, settings.node.domains}.software),
            .limits = scan_limits(settings.limits),
            .resume_time = settings.limits.resume};
}

}  // namespace

Node::Node(core::EventLoop& loop, const Settings& settings)
    : loop_(loop),
      settings_(settings),
      side_(loop),
      environment_{
          .loop = loop,
          .host = *this,
          .side = side_,
          .name = NodeName(settings.node.name),
          .proxy = settings.node.proxy,
          .limits = settings.limits,
          .locality = {.domains = settings.node.domains, .version = STANZAGATE_VERSION},
          .stream = stream_settings(settings),
          .watermarks = {.low = settings.limits.buffer_low, .high = settings.limits.buffer_high}},
      lease_(loop, [this] { renew_lease(); }),
      sweep_(loop, [this] { sweep(); }),
      look_(loop, [this] { watch_store(); }),
      watch_(core::Clock::now()) {
    environment_.stream.has_store = [this] { return watch_.does_answer(); };
}

core::Result<std::unique_ptr<Node>, std::string> Node::create(core::EventLoop& loop,
                                                              const Settings& settings,
                                                              const AttachStore& attach) {
    const core::Endpoint& address = settings.node.listen;
    auto socket = core::Listener::bind(
        address, {.backlog = settings.node.backlog, .keepalive = kProxyKeepalive});
    if (!socket) {
        return core::fail("node " + settings.node.name + " " +
                          core::cannot_listen(address, socket.error()));
    }
    std::unique_ptr<Node> node(new Node(loop, settings));
    node->store_ = attach(loop, NodeName(settings.node.name), *node);
    node->environment_.store = node->store_.get();
    node->renew_lease();
    node->sweep_.start(kSweepEvery);
    node->look_.start(StoreWatch::kEvery);
    node->listener_ = std::make_unique<core::Listener>(
        loop, std::move(socket).value(),
        [self = node.get()](core::Fd fd, const core::Endpoint& peer) {
            self->on_accept(std::move(fd), peer);
        });
    return node;
}

Node::~Node() {
    // Sessions first: they still use the store.
    listener_.reset();
    all_.clear();
    departures_.clear();
    store_.reset();
}

// Clients.

bool Node::is_trusted(const core::Endpoint& peer) const {
    if (settings_.node.proxy == conf::NodeProxy::off) return true;
    const auto& trusted = settings_.node.trusted_proxies;
    return std::any_of(trusted.begin(), trusted.end(),
                       [&](const core::AddressBlock& each) { return each.contains(peer); });
}

void Node::on_accept(core::Fd socket, const core::Endpoint& peer) {
    if (!is_trusted(peer)) {
        core::Log(core::Severity::warn, "peer_refused")
            .with("node", settings_.node.name)
            .with("peer", peer.to_string())
            .with("remedy", "add it to trusted_proxies if it is a proxy of yours");
        return;
    }
    core::set_keepalive(socket.get(), kProxyKeepalive.spread(core::random_value<std::uint32_t>()));
    if (all_.size() >= settings_.sessions) {
        core::Log(core::Severity::warn, "node_full")
            .with("node", settings_.node.name)
            .with("sessions", static_cast<std::uint64_t>(all_.size()))
            .with("remedy", "raise [limits] sessions and LimitNOFILE, or add a node");
        return;
    }
    auto session = std::make_unique<NodeSession>(environment_, std::move(socket), peer);
    all_.emplace(session.get(), std::move(session));
}

void Node::on_bound(NodeSession& session) {
    [[maybe_unused]] const bool is_new =
        bound_.emplace(key_of(session.ref().id, session.epoch()), &session).second;
    assert(is_new);  // each binding and each taking has an epoch of its own
}

void Node::on_left(NodeSession& session) {
    [[maybe_unused]] const auto erased = bound_.erase(key_of(session.ref().id, session.epoch()));
    assert(erased == 1);
}

void Node::on_gone(NodeSession& session) {
    const auto found = all_.find(&session);
    assert(found != all_.end());
    loop_.defer_delete(std::move(found->second));
    all_.erase(found);
    finish_if_empty();
}

// What the store tells.

void Node::on_queued(const SessionRef& session, Epoch epoch, std::vector<QueuedStanza> stanzas) {
    const auto found = bound_.find(key_of(session.id, epoch));
    if (found != bound_.end()) return found->second->on_queued(std::move(stanzas));
    const auto departure = departures_.find(session.id);
    if (departure != departures_.end()) departure->second->on_queued(epoch, std::move(stanzas));
}

void Node::on_taken(const SessionRef& session, Epoch old_epoch) {
    const auto found = bound_.find(key_of(session.id, old_epoch));
    if (found == bound_.end()) return;
    found->second->end(xmpp::StreamErrorCondition::conflict, "conflict", NodeSession::Fate::left);
}

void Node::on_must_end(const SessionRef& session, std::string_view condition) {
    // The session keeps its reason until it is logged; the store's bytes are gone by then.
    const auto known =
        xmpp::condition_named(condition).value_or(xmpp::StreamErrorCondition::undefined_condition);
    // An older copy may still wait for the store to confirm what its client has said.
    for (auto at = bound_.lower_bound(key_of(session.id, 0));
         at != bound_.end() && at->first.first == session.id;) {
        NodeSession& copy = *(at++)->second;
        copy.end(known, to_string(known), NodeSession::Fate::departed);
    }
}

// Sessions without a client.

void Node::depart(SessionRef session, TakeReason reason, std::function<void()> on_done) {
    const SessionId id = session.id;
    if (departures_.contains(id)) {
        // The one on its way may find that the client was faster, so it is not relied on.
        if (reason == TakeReason::resume) {
            on_departed_[id].push_back(
                [this, session = std::move(session), reason, on_done = std::move(on_done)] {
                    depart(session, reason, on_done);
                });
        }
        return;
    }
    if (on_done) on_departed_[id].push_back(std::move(on_done));
    auto& place = departures_[id];
    place = std::make_unique<Departure>(loop_, *store_, environment_.locality, std::move(session),
                                        reason, [this, id] {
                                            departures_.erase(id);
                                            auto waiting = on_departed_.extract(id);
                                            if (!waiting.empty()) {
                                                for (const auto& each : waiting.mapped()) each();
                                            }
                                            finish_if_empty();
                                        });
}

void Node::detach(const SessionRef& session, Epoch epoch) {
    store_->commit({.session = session, .epoch = epoch, .handled = {}, .writes = {Detach{}}},
                   [this, session, epoch](const CommitOutcome& outcome) {
                       // Without this it would wait for its client for ever.
                       if (std::holds_alternative<StoreError>(outcome))
                           undetached_.emplace_back(session, epoch);
                   });
}

void Node::renew_lease() {
    lease_.start(Store::kLeaseTime / 4);
    store_->renew_lease([this](const Store::Answer<Done>& answer) {
        const auto* error = std::get_if<StoreError>(&answer);
        // Of a silent store watch_store() tells, and sooner.
        const bool is_silent = error != nullptr && (*error == StoreError::not_asked ||
                                                    *error == StoreError::unavailable);
        const bool is_kept = error == nullptr;
        if (is_silent || is_kept == is_lease_kept_) return;
        is_lease_kept_ = is_kept;
        core::Log line(is_kept ? core::Severity::info : core::Severity::error,
                       is_kept ? "store_answers_again" : "store_failed");
        line.with("node", settings_.node.name);
        if (is_kept) return;
        line.with("reason", to_string(*error)).with("remedy", remedy_of(*error));
    });
}

void Node::watch_store() {
    look_.start(StoreWatch::kEvery);
    if (!watch_.look(environment_.now(), store_->silent_since())) return;
    if (watch_.does_answer()) {
        core::Log(core::Severity::info, "store_answers_again").with("node", settings_.node.name);
        return;
    }
    {
        const auto seconds = std::chrono::duration<double>(watch_.silence()).count();
        core::Log line(core::Severity::error, "store_silent");
        line.with("node", settings_.node.name).with("seconds", seconds);
        if (const auto about = store_->about_silence(); !about.empty()) line.with("about", about);
        line.with("remedy",
                  "new logins are refused until it answers; if a process is stopped, "
                  "continue or end it, else check that the store runs and can be reached");
    }
    std::vector<NodeSession*> sessions;
    for (const auto& [session, owner] : all_) sessions.push_back(session);
    for (NodeSession* session : sessions) session->on_store_silent();
}

void Node::sweep() {
    sweep_.start(kSweepEvery);
    for (const auto& [session, epoch] : std::exchange(undetached_, {})) detach(session, epoch);
    store_->find_expired(kSweptAtOnce, [this](Store::Answer<std::vector<SessionRef>> answer) {
        auto* expired = std::get_if<std::vector<SessionRef>>(&answer);
        if (expired == nullptr || on_empty_) return;
        for (SessionRef& session : *expired) depart(std::move(session), TakeReason::expire, {});
    });
}

// The end.

void Node::shut_down(std::function<void()> on_done) {
    assert(loop_.is_own_thread());
    on_empty_ = std::move(on_done);
    listener_->close();
    std::vector<NodeSession*> sessions;
    for (const auto& [session, owner] : all_) sessions.push_back(session);
    for (NodeSession* session : sessions) session->shut_down();
    finish_if_empty();
}

void Node::finish_if_empty() {
    if (!on_empty_ || !all_.empty() || !departures_.empty()) return;
    const auto on_empty = std::exchange(on_empty_, {});
    on_empty();
}

}  // namespace backend
