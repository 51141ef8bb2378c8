#pragma once
// Names of services to their records: SRV questions, with a cache by TTL that keeps the last good
// answer when DNS fails. One per loop that needs it; loop thread only.

#include <functional>
#include <memory>
#include <string>

#include "core/event_loop.h"
#include "dns/channel.h"
#include "dns/questions.h"
#include "dns/srv.h"

namespace dns {

class SrvResolver {
public:
    using Query = Questions<SrvSet>::Query;
    /// "Not offered" and "no such name" are answers. A broken, endless or missing one is a problem
    /// and leaves the last good answer, which is stale then.
    using OnServices = std::function<void(const Known<SrvSet>&)>;

    /// Throws std::runtime_error when the system's configuration or a server cannot be read.
    explicit SrvResolver(core::EventLoop& loop, const Servers& servers = {},
                         Now now = core::Clock::now);

    /// `name` is absolute, "_xmpp-client._tcp.example.org", no search list is applied. The callback
    /// comes once, from the loop, never from within this call; it may destroy the query. Queries
    /// must not outlive the resolver.
    std::unique_ptr<Query> resolve(const std::string& name, OnServices on_services);

private:
    void perform(const std::string& name);

    Questions<SrvSet> questions_;
    Channel channel_;  // destroyed first: it cancels what is under way
};

}  // namespace dns
