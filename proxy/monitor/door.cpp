#include "proxy/monitor/door.h"

#include <algorithm>
#include <utility>

namespace proxy {

namespace {

/// A visit is short, so the system need not look whether a peer is there.
constexpr core::Listener::Settings kVisitors{
    .backlog = 64, .keepalive = {.idle_seconds = 60, .interval_seconds = 20, .probes = 3}};

}  // namespace

MonitorDoor::~MonitorDoor() = default;

core::Result<void, std::string> MonitorDoor::open(const conf::Admin& configured) {
    const bool is_open = listener_ != nullptr;
    const bool is_wanted = configured.http.family() != core::Endpoint::Family::none;
    if (is_wanted && !(is_open && configured.http == configured_.http)) {
        auto socket = core::Listener::bind(configured.http, kVisitors);
        if (!socket) return core::fail(core::cannot_listen(configured.http, socket.error()));
        if (listener_) listener_->close();
        listen_on(std::move(socket).value());
    } else if (!is_wanted && is_open) {
        close();
    }
    configured_ = configured;
    return {};
}

void MonitorDoor::take_over(const conf::Admin& configured, core::Fd socket) {
    listen_on(std::move(socket));
    configured_ = configured;
}

void MonitorDoor::listen_on(core::Fd socket) {
    listener_ = std::make_unique<core::Listener>(
        loop_, std::move(socket),
        [this](core::Fd connection, const core::Endpoint&) { begin(std::move(connection)); });
}

void MonitorDoor::close() {
    if (listener_) listener_->close();
    listener_.reset();
}

void MonitorDoor::tick(core::TimePoint now) {
    // Nobody looks at the curves where there is no page.
    if (listener_ && hour_.is_due(now)) hour_.take(look_().status, now);
}

void MonitorDoor::begin(core::Fd connection) {
    if (visits_.size() >= kMostVisits) return;
    visits_.push_back(std::make_unique<MonitorVisit>(
        loop_, std::move(connection),
        [this](const http::RequestHead& head) {
            return page_for(head, configured_.http_hosts, look_(), hour_);
        },
        [this](MonitorVisit& visit) { end(visit); }));
}

void MonitorDoor::end(MonitorVisit& visit) {
    const auto at = std::find_if(visits_.begin(), visits_.end(),
                                 [&](const auto& each) { return each.get() == &visit; });
    loop_.defer_delete(std::move(*at));
    visits_.erase(at);
}

}  // namespace proxy
