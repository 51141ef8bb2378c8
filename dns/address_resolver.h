#pragma once
// Host names to addresses: c-ares on one EventLoop, with a cache by TTL that keeps the last good
// answer when DNS fails. One per worker; loop thread only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/endpoint.h"
#include "core/event_loop.h"

namespace dns {

/// Answers are believed at least and at most this long, whatever their TTL says.
inline constexpr std::chrono::seconds kTtlFloor{5};
inline constexpr std::chrono::seconds kTtlCeiling{3600};

/// "c-ares 1.18.1", for `stanzagate version`.
std::string resolver_library();

class AddressResolver {
public:
    /// All addresses of the host (port 0), in the order of the answer; empty when there are none.
    using OnAddresses = std::function<void(const std::vector<core::Endpoint>&)>;

    /// Throws std::runtime_error when the system's resolver configuration cannot be read.
    explicit AddressResolver(core::EventLoop& loop);
    ~AddressResolver();
    AddressResolver(const AddressResolver&) = delete;
    AddressResolver& operator=(const AddressResolver&) = delete;

    /// A question that waits; destroyed means that nobody wants the answer any more.
    class Query {
    public:
        ~Query();

    private:
        friend class AddressResolver;
        AddressResolver* resolver = nullptr;
        std::string host;
        OnAddresses on_addresses;
    };

    /// `on_addresses` comes once, from the loop, never from within this call; it may destroy the
    /// query. Questions for one host that wait at the same time are asked once.
    std::unique_ptr<Query> resolve(const std::string& host, OnAddresses on_addresses);

private:
    struct Channel;
    struct Answer {
        std::vector<core::Endpoint> addresses;
        core::TimePoint fresh_until{};
        std::vector<Query*> waiting;
        bool is_asked = false;
    };

    void ask(const std::string& host);
    void take_answer(const std::string& host, std::vector<core::Endpoint> addresses,
                     std::chrono::seconds ttl);
    void tell(Answer& answer);

    core::EventLoop& loop_;
    std::map<std::string, Answer> answers_;
    std::unique_ptr<Channel> channel_;  // destroyed first: it cancels what is under way
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace dns
