#pragma once
// What all forwarded requests of one worker share; outlives them. Loop thread only.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "balancer/backend_pool.h"
#include "balancer/failure_memory.h"
#include "balancer/random.h"
#include "proxy/legs/tcp_backend_link.h"
#include "proxy/resumption/remembered_users.h"

namespace proxy {

struct Forwarding {
    LinkEnvironment& links;
    /// Where requests with a key (a room, a sid, an address) went; of the whole process.
    RememberedUsers& keys;
    /// The pool as it is now; null when there is none.
    std::function<std::shared_ptr<const balancer::BackendPool>(std::string_view name)> pool_named;
    balancer::Random random;
    /// Backends whose HTTP port did not answer; that says nothing about their XMPP.
    balancer::FailureMemory failures = {};
    // Room that they use one after the other.
    std::string to_client = {};
    std::string to_backend = {};

    static constexpr std::size_t kRememberedKeys = 100'000;
};

}  // namespace proxy
