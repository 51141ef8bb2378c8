#pragma once
// Which backend a forwarded request goes to: the one that others with the same key (an address, a
// room, a sid) went to, or a new choice; then the next ones, as long as none is connected. Owned by
// its exchange; loop thread only.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "conf/config.h"
#include "core/endpoint.h"
#include "http/request_head.h"
#include "proxy/web/forwarding.h"

namespace proxy {

class ForwardRoute {
public:
    /// `shared` outlives it.
    ForwardRoute(Forwarding& shared, const http::RequestHead& head, const core::Endpoint& client,
                 const conf::WebForward& to);

    /// Does the choice depend on a sid in the request's body?
    bool needs_sid() const { return needs_sid_; }
    /// The request is of that session.
    void use_sid(std::string_view sid);

    /// The first backend; false: none takes requests.
    bool choose();
    /// The current one could not be reached: the next one; false: it was the last.
    bool go_on();
    /// It is connected: requests with this key will find it.
    void note_open();
    /// Its answer begins a session of that sid.
    void remember_sid(std::string_view sid);

    const conf::WebForward& settings() const { return to_; }
    /// The current backend as its HTTP port is reached; empty before choose().
    const conf::Backend& backend() const { return backend_; }
    std::chrono::milliseconds connect_timeout() const;

private:
    const balancer::Member& member() const;
    void take_current();
    void remember(std::uint64_t key);

    Forwarding& shared_;
    const conf::WebForward to_;
    std::uint64_t key_;             // that backends are ranked by
    std::uint64_t sticky_key_ = 0;  // that the choice is remembered by; 0: it is not
    bool needs_sid_ = false;
    std::shared_ptr<const balancer::BackendPool> pool_;
    std::vector<std::uint32_t> order_;  // places in it
    std::size_t at_ = 0;
    conf::Backend backend_;
};

}  // namespace proxy
