// A session looks for its backend, and waits where that has no login to give.

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "proxy/session/session.h"
#include "xmpp/stream_header.h"

namespace proxy {

using xmpp::StreamErrorCondition;

namespace {

/// Of the time that is left for a login as much may be spent in line; the rest is for the backend.
std::chrono::milliseconds longest_wait(core::TimePoint login_by, core::TimePoint now) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(login_by - now);
    return std::max(left, std::chrono::milliseconds(0)) * 3 / 4;
}

}  // namespace

balancer::RoutingKey Session::routing_key(const Route& route, RoutedBy& by_owner) const {
    balancer::RoutingKey key{.domain = route.domain, .client = client_->peer(), .user = {}};
    if (!route.user.empty()) key.user = route.user;
    const auto session =
        route.previd ? host_.resumption().tags->read(route.previd->reveal()) : std::nullopt;
    if (session) {
        key.owner = session->owner;
        by_owner = RoutedBy::tag;
    } else if (key.user) {
        const auto known = host_.remembered_users().known(*key.user, host_.now());
        if (known) key.owner = known->owner;
        // Another device of one who is there is no resumption; SASL2 says by itself what it wants.
        key.may_resume = known && !known->is_live && !opening_->is_inline;
        by_owner = RoutedBy::remembered;
    }
    return key;
}

void Session::choose_backend(std::optional<balancer::BackendId> granted) {
    step_deadline_.reset();
    Opening& opening = *opening_;
    RoutedBy by_owner{};
    balancer::RoutingKey key = routing_key(*opening.route, by_owner);
    key.granted = granted;
    auto found = host_.route(key);
    if (found) {
        found->remove_if([&](const balancer::Member& member) {
            return std::count(opening.tried.begin(), opening.tried.end(), member.id) > 0;
        });
    }
    const bool has_first = found && !found->empty();
    const balancer::Member* first = has_first ? &(*found)[0] : nullptr;
    if (granted && (!has_first || first->id != *granted))
        host_.give_back_login(*granted, opening.kind);
    if (!found) return no_route(found.error());
    if (!has_first) return on_link_failed(*opening.failure);
    const bool owner_is_first = key.owner && first->owner == *key.owner;
    if (key.owner) routed_by_ = owner_is_first ? by_owner : RoutedBy::user;
    opening.candidates = *found;
    if (granted != first->id) {
        opening.kind = balancer::Router::kind_at(found->pool(), *first, key);
        const auto most = longest_wait(opening.login_by, host_.now());
        const auto turn = host_.ask_for_login(*this, *first, opening.kind, most);
        if (turn == LoginTurn::waits) return wait_for_login();
        if (turn == LoginTurn::come_back) return come_back_later();
    }
    open_link(*std::move(found), owner_is_first);
}

void Session::open_link(balancer::Candidates candidates, bool owner_is_first) {
    const Route& route = *opening_->route;
    ClientFacts told = facts_for(candidates);
    core::Certificate shown = shown_to_client(candidates);
    link_ = host_.open_link({.candidates = std::move(candidates),
                             .domain = route.domain,
                             .opening = xmpp::write_initial_header(route.header),
                             .facts = std::move(told),
                             .shown = std::move(shown),
                             .owner_is_first = owner_is_first},
                            *this);
}

void Session::no_route(balancer::RouteFailure why) {
    switch (why) {
        case balancer::RouteFailure::unknown_domain:
            end_with_error(EndReason::host_unknown, StreamErrorCondition::host_unknown,
                           "this domain is not served here", "");
            break;
        case balancer::RouteFailure::no_backend:
            end_without_backend(EndReason::no_backend, StreamErrorCondition::internal_server_error,
                                "no server is available, try again later", "no_open_backend");
            break;
        case balancer::RouteFailure::all_full:
            end_without_backend(EndReason::pool_full, StreamErrorCondition::resource_constraint,
                                "all servers are full, try again later", "");
            break;
    }
}

// In line.

void Session::wait_for_login() {
    opening_->is_waiting = true;
    client_->resume_reading();
}

void Session::leave_line() {
    if (!is_waiting()) return;
    opening_->is_waiting = false;
    host_.leave_line(*this);
}

void Session::on_login_turn(LoginTurn what) {
    const balancer::BackendId at = (*opening_->candidates)[0].id;
    opening_->is_waiting = false;
    client_->pause_reading();
    switch (what) {
        case LoginTurn::now: choose_backend(at); break;
        case LoginTurn::come_back: come_back_later(); break;
        case LoginTurn::anew: choose_backend(); break;
        case LoginTurn::waits: break;
    }
}

/// Many hear this at once, and it is no fault of theirs: they are counted, not told one by one.
void Session::come_back_later() {
    constexpr std::string_view kWords = "too many log in now, try again in a while";
    const std::string farewell = relay_.refuse_login(kWords);
    (void)relay_.take_failed_logins();
    if (farewell.empty()) {
        end_with_error(EndReason::login_rate, StreamErrorCondition::resource_constraint, kWords,
                       {});
    } else {
        end(EndReason::login_rate, farewell, {});
    }
}

/// From the loop: this is called by what another link replaces.
void Session::on_link_held(LinkFailure why, std::uint32_t tried) {
    Opening& opening = *opening_;
    opening.failure = why;
    for (std::size_t i = 0; i < opening.candidates->size(); ++i)
        if ((tried >> i & 1) != 0) opening.tried.push_back((*opening.candidates)[i].id);
    step_deadline_ = host_.make_deadline([this] { choose_backend(); });
    step_deadline_->start(std::chrono::milliseconds(0));
}

}  // namespace proxy
