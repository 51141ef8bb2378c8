#pragma once
// What would become of one user's login now, and why: the answer to `explain`. Values; any thread.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "balancer/router.h"
#include "conf/config.h"

namespace proxy {

struct Explanation {
    std::string user;  // prepared bare JID
    std::string domain;
    std::string rule;  // the [domain] that serves it: "example.org", "*.org", "*"; empty: none
    std::string pool;  // the rest counts only with one
    conf::Balance balance{};
    conf::RouteBy route{};
    bool resume_anywhere = false;

    struct Session {
        std::string backend;  // empty: the pool does not have it any more
        bool is_live = false;
        std::chrono::seconds left{0};  // of one that is not: how long it may be resumed
    };
    std::optional<Session> remembered;
    /// Whether the login goes to the remembered session's backend.
    bool goes_to_session = false;
    /// Where it goes. More than one: which of them is decided at that moment, or by the client's
    /// address, which was not given. None: it is refused.
    std::vector<std::string> backends;
    std::optional<balancer::RouteFailure> refusal;
};

}  // namespace proxy
