#pragma once
// Host names to addresses: A, AAAA and the hosts file, with a cache by TTL that keeps the last good
// answer when DNS fails. One per worker; loop thread only.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/endpoint.h"
#include "core/event_loop.h"
#include "dns/channel.h"
#include "dns/known_addresses.h"
#include "dns/questions.h"

namespace dns {

class AddressResolver {
public:
    using Addresses = std::vector<core::Endpoint>;
    using Query = Questions<Addresses>::Query;
    /// All addresses of the host (port 0), in the order of the answer; without any, the problem
    /// says why. A host that had addresses keeps them, whatever goes wrong: which of its two
    /// questions (A, AAAA) failed is not known here, and a backend that is gone is noticed without
    /// DNS.
    using OnAddresses = std::function<void(const Known<Addresses>&)>;

    /// Throws std::runtime_error when the system's configuration or a server cannot be read.
    /// `shared`: what all resolvers have learnt; may be null.
    explicit AddressResolver(core::EventLoop& loop, const Servers& servers = {},
                             Now now = core::Clock::now,
                             std::shared_ptr<KnownAddresses> shared = nullptr);

    /// `on_addresses` comes once, from the loop, never from within this call; it may destroy the
    /// query. Queries must not outlive the resolver.
    std::unique_ptr<Query> resolve(const std::string& host, OnAddresses on_addresses);

private:
    void perform(const std::string& host);

    std::shared_ptr<KnownAddresses> shared_;
    Questions<Addresses> questions_;
    Channel channel_;  // destroyed first: it cancels what is under way
};

/// What the operator reads of a host without addresses: DNS says that there are none, or it says
/// nothing. `problem` is that of the answer.
std::string words_for_unknown_host(std::string_view host, Problem problem);
/// The same of a host whose answer is still to come.
std::string words_for_awaited_host(std::string_view host);

}  // namespace dns
