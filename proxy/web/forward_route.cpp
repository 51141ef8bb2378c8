#include "proxy/web/forward_route.h"

#include <string>

#include "balancer/hash_key.h"
#include "core/event_loop.h"
#include "proxy/web/forward_choice.h"

namespace proxy {

namespace {

constexpr std::size_t kBackendsTried = 8;
/// From the last request with a key: longer than sessions of BOSH stay without one.
constexpr std::chrono::seconds kRemembersFor{600};

/// What the table of remembered keys knows it by.
std::string name_of(std::string_view pool, std::uint64_t key) {
    return std::string(pool).append(1, '\0').append(std::to_string(key));
}

}  // namespace

ForwardRoute::ForwardRoute(Forwarding& shared, const http::RequestHead& head,
                           const core::Endpoint& client, const conf::WebForward& to)
    : shared_(shared), to_(to), key_(balancer::hash_of_client(client)) {
    switch (to_.sticky) {
        case conf::ForwardSticky::none: key_ = shared.random.next(); break;
        case conf::ForwardSticky::address: sticky_key_ = key_; break;
        case conf::ForwardSticky::query:
            if (const auto value = query_value(head.query(), to_.query))
                key_ = balancer::hash_of_word(*value);
            sticky_key_ = key_;
            break;
        case conf::ForwardSticky::bosh_sid: needs_sid_ = head.method() == http::Method::post; break;
    }
}

void ForwardRoute::use_sid(std::string_view sid) {
    sticky_key_ = balancer::hash_of_word(sid);
}

bool ForwardRoute::choose() {
    const core::TimePoint now = core::Clock::now();
    pool_ = shared_.pool_named(to_.pool);
    if (pool_ == nullptr) return false;
    const auto owner =
        sticky_key_ == 0 ? std::nullopt : shared_.keys.find(name_of(to_.pool, sticky_key_), now);
    order_ = forward_order(
        *pool_, key_, owner,
        [&](const balancer::Member& one) { return shared_.failures.is_resting(one.id, now); },
        kBackendsTried);
    if (order_.empty()) return false;
    take_current();
    return true;
}

const balancer::Member& ForwardRoute::member() const {
    return pool_->members()[order_[at_]];
}

void ForwardRoute::take_current() {
    backend_ = *member().backend;
    backend_.port = to_.port;
    backend_.proxy = to_.proxy;
    backend_.tls = conf::BackendTls::off;
    backend_.channel_binding = conf::ChannelBinding::none;
}

std::chrono::milliseconds ForwardRoute::connect_timeout() const {
    return pool_->settings().connect_timeout;
}

bool ForwardRoute::go_on() {
    shared_.failures.note_failure(member().id, core::Clock::now());
    if (at_ + 1 == order_.size()) return false;
    ++at_;
    take_current();
    return true;
}

void ForwardRoute::note_open() {
    shared_.failures.note_success(member().id);
    // One that only stands in is not remembered: others, in other proxies too, go on to the first.
    if (sticky_key_ != 0 && at_ == 0) remember(sticky_key_);
}

void ForwardRoute::remember_sid(std::string_view sid) {
    remember(balancer::hash_of_word(sid));
}

void ForwardRoute::remember(std::uint64_t key) {
    const std::string name = name_of(to_.pool, key);
    const core::TimePoint now = core::Clock::now();
    shared_.keys.note_session(name, member().owner, now);
    shared_.keys.note_end(name, member().owner, kRemembersFor, now);
}

}  // namespace proxy
