#include "proxy/worker/worker.h"

#include <algorithm>
#include <string>
#include <utility>

#include "conf/words.h"
#include "core/log.h"
#include "core/random_bytes.h"
#include "dns/address_resolver.h"
#include "proxy/legs/keepalives.h"
#include "proxy/pools/name_servers.h"
#include "proxy/session/session_name.h"

namespace proxy {

namespace {

/// How often a worker that stops looks whether its last answers are out.
constexpr std::chrono::milliseconds kLastLooks{20};

}  // namespace

Worker::Worker(core::EventLoop& loop, unsigned index, const SharedByWorkers& shared,
               WorkerSettings settings)
    : loop_(loop),
      index_(index),
      all_counts_(shared.counts),
      counts_(all_counts_->of(index)),
      lag_(loop, counts_.lag),
      config_(settings.config),
      routing_(settings.routing),
      gauge_(shared.sessions),
      refusals_(shared.refusals),
      addresses_(shared.addresses),
      slowed_(shared.slowed),
      logins_(shared.logins),
      resumption_(shared.resumption),
      remembered_users_(shared.remembered_users),
      loads_(shared.loads),
      router_(routing_.table, *loads_, index, core::random_value<std::uint64_t>()),
      login_waits_(loads_->login_lines(), index),
      login_clock_(loop, [this] { tell_who_waits(); }),
      reports_(loop, shared.report),
      links_{.loop = loop_,
             .router = router_,
             .scan_work = scan_work_,
             .reports = reports_,
             .watermarks = {},
             .tls = nullptr,
             .own = routing_.own,
             .resolver = nullptr,
             .hedges = shared.hedges,
             .connects = {all_counts_, &counts_.connects}},
      forwarding_{.links = links_,
                  .keys = shared.web->forwarded_keys,
                  .pool_named = [this](std::string_view name) { return pool_named(name); },
                  .random = balancer::Random(core::random_value<std::uint64_t>())},
      web_({.loop = loop,
            .watermarks = links_.watermarks,
            .scan_work = scan_work_,
            .host = static_cast<WebHost&>(*this),
            .process = shared.web,
            .worker = index,
            .forwarding = forwarding_,
            .counts = {all_counts_, &counts_.web}}),
      proxied_(loop),
      entrance_(loop, static_cast<EntranceHost&>(*this), *gauge_),
      eviction_step_(loop, [this] { go_on_evicting(); }),
      last_call_(loop, [this] {
          // Answers that are on their way may still arrive.
          if (web_.is_busy() && now() < last_call_by_) return last_call_.start(kLastLooks);
          if (on_empty_) std::exchange(on_empty_, nullptr)();
      }) {
    for (const auto kind : {conf::ListenKind::c2s, conf::ListenKind::c2s_tls})
        doors_.emplace(kind, make_door(kind));
    for (const auto kind :
         {WebSessionKind::websocket, WebSessionKind::bosh, WebSessionKind::direct_tls})
        web_frontends_.emplace(kind, frontend(to_string(kind), LegBegins::secured));
    apply(std::move(settings));
}

Worker::~Worker() = default;

Frontend Worker::frontend(std::string_view kind, LegBegins begins) {
    const auto features_for = [this](std::string_view domain) -> const FeaturesProfile* {
        const balancer::BackendPool* pool = router_.pool_of(domain);
        if (pool == nullptr || pool->settings().route != conf::RouteBy::user) return nullptr;
        return routing_.profiles->find(pool->settings().name, domain);
    };
    return {.kind = kind,
            .negotiation = {
                .begins = begins,
                .serves =
                    [this](std::string_view domain) { return router_.pool_of(domain) != nullptr; },
                .profile_for = features_for,
                .make_stream_id = make_stream_id}};
}

std::unique_ptr<Door> Worker::make_door(conf::ListenKind kind) {
    const bool begins_in_clear = kind == conf::ListenKind::c2s;
    return std::make_unique<Door>(
        Door{.frontend = frontend(conf::word_of<conf::ListenKind>(conf::kListenKinds, kind),
                                  begins_in_clear ? LegBegins::in_clear : LegBegins::with_tls),
             .clients = {.loop = loop_,
                         .watermarks = links_.watermarks,
                         .tls = nullptr,
                         .begins_in_clear = begins_in_clear}});
}

void Worker::apply(WorkerSettings settings) {
    if (links_.resolver == nullptr || config_->dns != settings.config->dns)
        links_.resolver = std::make_shared<dns::AddressResolver>(
            loop_, name_servers(*settings.config), core::Clock::now, settings.routing.addresses);
    config_ = std::move(settings.config);
    tls_ = std::move(settings.tls);
    links_.tls = tls_.backend.get();
    const bool tells_bindings = tells_channel_bindings(*config_);
    for (const auto& [kind, tls] : {std::pair(conf::ListenKind::c2s, tls_.starttls.get()),
                                    std::pair(conf::ListenKind::c2s_tls, tls_.direct_tls.get())}) {
        TcpClients& clients = doors_.at(kind)->clients;
        clients.tls = tls;
        clients.tells_bindings = tells_bindings;
    }
    set_limits();
    web_.use({.config = config_.get(),
              .tls = tls_.web.get(),
              .tls_with_xmpp = tls_.web_with_xmpp.get(),
              .limits = &relay_limits_.back()->from_client,
              .tells_bindings = tells_bindings});
    route_by(std::move(settings.routing));
    if (on_empty_) return;  // shutting down: what was closed stays closed
    close_listeners_but(config_->listen);
    for (auto& each : settings.listeners) listen(std::move(each));
}

void Worker::set_limits() {
    const conf::Limits& limits = config_->limits;
    set_relay_limits(proxy::relay_limits(limits));
    links_.watermarks = {.low = limits.buffer_low, .high = limits.buffer_high};
    recount_addresses();
}

void Worker::set_relay_limits(const RelayLimits& limits) {
    if (!relay_limits_.empty() && *relay_limits_.back() == limits) return;
    relay_limits_.push_back(std::make_unique<const RelayLimits>(limits));
    for (const auto& session : sessions_) session->note_limits();
}

void Worker::route_by(Routing routing) {
    routing_ = std::move(routing);
    router_.replace_table(routing_.table);
    links_.own = routing_.own;
    note_health();
    for (Session* session : login_waits_.use(*routing_.table))
        session->on_login_turn(LoginTurn::anew);
    set_login_clock();
}

/// Sessions at a backend that checks find gone, and those at one that is there again, hear of it.
void Worker::note_health() {
    std::map<balancer::BackendId, balancer::Health> health;
    for (const auto& pool : routing_.table->pools)
        for (const balancer::Member& member : pool->members())
            health.emplace(member.id, member.state.health);
    const auto was_down = [&](balancer::BackendId id) {
        const auto before = health_.find(id);
        return before != health_.end() && before->second == balancer::Health::down;
    };
    std::map<balancer::BackendId, bool> is_doubted;  // of those that changed
    for (const auto& [id, now] : health) {
        const bool is_down = now == balancer::Health::down;
        if (is_down != was_down(id)) is_doubted.emplace(id, is_down);
    }
    health_ = std::move(health);
    if (is_doubted.empty()) return;
    for (const auto& session : sessions_) {
        const auto backend = session->backend_id();
        const auto changed = backend ? is_doubted.find(*backend) : is_doubted.end();
        if (changed != is_doubted.end()) session->doubt_backend(changed->second);
    }
}

void Worker::listen(WorkerSettings::Listening what) {
    if (!what.socket) {
        for (auto& open : listeners_) {
            if (open->address != what.settings.address) continue;
            set_up(*open, what.settings);
            open->listener->set_backlog(what.settings.backlog);
        }
        return;
    }
    auto open = std::make_unique<OpenListener>();
    open->address = what.settings.address;
    set_up(*open, what.settings);
    open->listener = std::make_unique<core::Listener>(
        loop_, std::move(what.socket),
        [this, at = open.get()](core::Fd client, const core::Endpoint& peer) {
            accept(*at, std::move(client), peer);
        });
    listeners_.push_back(std::move(open));
}

void Worker::set_up(OpenListener& open, const conf::Listen& settings) {
    const auto door = doors_.find(settings.kind);
    open.door = door == doors_.end() ? nullptr : door->second.get();
    open.web = nullptr;
    open.accept_proxy = settings.accept_proxy;
    open.accepted =
        &all_counts_->accepted().of({settings.address.to_string(), settings.kind}, index_);
    if (open.door != nullptr) return;
    open.web = std::make_shared<const WebDoor>(
        WebDoor{.is_clear = settings.kind == conf::ListenKind::web_clear,
                .speaks_xmpp = settings.xmpp,
                .trust = settings.trust});
}

void Worker::accept(const OpenListener& open, core::Fd client, const core::Endpoint& peer) {
    open.accepted->add();
    const bool is_proxy = std::any_of(open.accept_proxy.begin(), open.accept_proxy.end(),
                                      [&](const auto& block) { return block.contains(peer); });
    if (is_proxy) {
        accept_proxied(open, std::move(client), peer);
    } else {
        Caller caller{.door = open.door,
                      .web = open.web,
                      .client = {.socket = std::move(client), .peer = peer, .local = {}},
                      .came = now()};
        if (enter_address(caller)) let_come(std::move(caller));
    }
}

/// It has a session's place while it waits, so no proxy can use up the descriptors.
void Worker::accept_proxied(const OpenListener& open, core::Fd client,
                            const core::Endpoint& proxy) {
    if (!find_place()) {
        return refuse({.door = open.door,
                       .web = open.web,
                       .client = {.socket = std::move(client), .peer = proxy, .local = {}},
                       .came = now()},
                      Refused::process_full);
    }
    // The listener may be gone by then.
    proxied_.accept(
        std::move(client), proxy, config_->limits.handshake,
        [this, door = open.door, web = open.web, proxy](std::optional<AcceptedClient> accepted) {
            gauge_->leave();
            if (!accepted) return;
            // A proxy that names nobody is nobody's address.
            const bool is_proxy_itself = accepted->peer == proxy;
            Caller caller{.door = door, .web = web, .client = *std::move(accepted), .came = now()};
            if (is_proxy_itself || enter_address(caller)) let_come(std::move(caller));
        });
}

void Worker::let_come(Caller caller) {
    if (caller.web) {
        if (!web_.take_place(caller.client.peer, *caller.web)) return;
    } else if (!find_place()) {
        return refuse(caller, Refused::process_full);
    }
    entrance_.come(std::move(caller));
}

bool Worker::find_place() {
    if (gauge_->try_enter()) return true;
    return entrance_.make_room() && gauge_->try_enter();
}

void Worker::begin_caller(Caller caller, std::chrono::milliseconds waited) {
    core::set_keepalive(caller.client.socket.get(),
                        kClientKeepalive.spread(core::random_value<std::uint32_t>()));
    if (caller.web) return web_.begin(std::move(caller.web), std::move(caller.client));
    const Door& door = *caller.door;
    AddressPlace place = std::move(caller.client.place);
    begin_session(door.frontend,
                  std::make_unique<TcpClientLeg>(door.clients, std::move(caller.client)),
                  std::move(place), waited);
}

void Worker::leave_place(const Caller& caller) {
    caller.web ? web_.leave_place(caller.client.peer) : gauge_->leave();
}

void Worker::close_listeners_but(const std::vector<conf::Listen>& kept) {
    std::erase_if(listeners_, [&](const std::unique_ptr<OpenListener>& open) {
        const bool is_kept = std::any_of(kept.begin(), kept.end(), [&](const conf::Listen& each) {
            return each.address == open->address;
        });
        if (!is_kept) open->listener->drain_and_close();
        return !is_kept;
    });
}

void Worker::note_refused(Refused why, const core::Endpoint& client) {
    const std::uint64_t count = refusals_->note(why, client, core::Clock::now());
    if (count > 0) log_refused({why, client, count});
}

void Worker::refuse(const Caller& caller, Refused why) {
    note_refused(why, caller.client.peer);
    turn_away(caller,
              why == Refused::process_full ? xmpp::StreamErrorCondition::resource_constraint
                                           : xmpp::StreamErrorCondition::policy_violation,
              words_of(why));
}

void Worker::begin_session(WebSessionKind kind, std::unique_ptr<ClientLeg> client,
                           AddressPlace place) {
    begin_session(web_frontends_.at(kind), std::move(client), std::move(place));
}

void Worker::begin_session(const Frontend& frontend, std::unique_ptr<ClientLeg> client,
                           AddressPlace place, std::chrono::milliseconds waited) {
    auto session = std::make_unique<Session>(static_cast<SessionHost&>(*this), frontend,
                                             std::move(client), next_number_++);
    session->index = static_cast<std::uint32_t>(sessions_.size());
    session->set_standing(place.hand_over());
    counts_.there_by(frontend.kind).add();
    sessions_.push_back(std::move(session));
    sessions_.back()->begin(waited);
}

// The host of its sessions.

std::unique_ptr<Deadline> Worker::make_deadline(std::function<void()> on_passed) {
    class OnLoop final : public Deadline {
    public:
        OnLoop(core::EventLoop& loop, std::function<void()> on_passed)
            : timer_(loop, std::move(on_passed)) {}
        void start(std::chrono::milliseconds after) override { timer_.start(after); }

    private:
        core::Timer timer_;
    };
    return std::make_unique<OnLoop>(loop_, std::move(on_passed));
}

std::string Worker::name_of(std::uint32_t number) const {
    return session_name(index_, number);
}

core::Result<balancer::Candidates, balancer::RouteFailure> Worker::route(
    const balancer::RoutingKey& key) {
    return router_.route(key, now());
}

std::unique_ptr<BackendLink> Worker::open_link(LinkRequest request, BackendLinkEvents& events) {
    return std::make_unique<TcpBackendLink>(links_, std::move(request), events);
}

std::shared_ptr<const balancer::BackendPool> Worker::pool_named(std::string_view name) const {
    const auto index = routing_.table->find_pool(name);
    return index ? routing_.table->pools[*index] : nullptr;
}

void Worker::release(Session& session) {
    const std::uint32_t index = session.index;
    std::unique_ptr<Session> leaving = std::move(sessions_[index]);
    if (index + 1 != sessions_.size()) {
        sessions_[index] = std::move(sessions_.back());
        sessions_[index]->index = index;
    }
    sessions_.pop_back();
    gauge_->leave();
    counts_.there_by(leaving->transport()).take_back();
    addresses_->leave(leaving->peer(), leaving->standing());
    loop_.defer_delete(std::move(leaving));
    if (sessions_.empty() && on_empty_) last_call_.start_now();
}

void Worker::note_routed(const SessionIdentity& session, const ClientFacts& client, RoutedBy by) {
    gauge_->count_routed(by);
    log_session_routed(session, client, by);
}

void Worker::note_login(balancer::BackendId backend, std::string_view pool) {
    logins_->note(pool, LoginResult::success);
    router_.note_login(backend);
    reports_.note_success(backend);
}

void Worker::note_failed_logins(const SessionIdentity& session, const FailedLogins& failed) {
    gauge_->count_failed_logins(failed.count);
    if (!session.pool.empty()) logins_->note(session.pool, LoginResult::refused, failed.count);
    if (failed.guesses > 0) addresses_->note_failed_logins(session.peer, failed.guesses, now());
    for (const FailedLogin& login : failed.told) log_login_failed(session, login);
}

void Worker::note_end(const SessionIdentity& session, const SessionTotals& totals, EndReason reason,
                      std::string_view detail) {
    counts_.sessions.note_end(reason);
    if (found_no_backend(reason) && !session.pool.empty())
        logins_->note(session.pool, LoginResult::unserved);
    log_session_end(session, totals, reason, detail);
}

void Worker::set_ticket_keys(std::shared_ptr<const core::TicketKeys> keys) {
    tls_.set_ticket_keys(keys);
}

void Worker::shut_down(std::function<void()> on_empty) {
    on_empty_ = std::move(on_empty);
    for (auto& open : listeners_) open->listener->close();
    proxied_.close_all();
    entrance_.close();
    web_.shut_down();
    // Backwards: a session that ends at once leaves its place to the last one, which was evicted
    // before.
    for (std::size_t i = sessions_.size(); i-- > 0;) {
        sessions_[i]->evict(EndReason::shutdown, xmpp::StreamErrorCondition::system_shutdown,
                            "the proxy is being restarted, connect again");
    }
    last_call_by_ = now() + config_->limits.close;
    last_call_.start(sessions_.empty() ? std::chrono::milliseconds(0) : config_->limits.close);
}

}  // namespace proxy
