#pragma once
// One session as an operator sees it. A plain value, made on the session's loop and handed to the
// control loop; any thread.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "core/endpoint.h"

namespace proxy {

struct SessionFacts {
    std::string id;  // "k3f9-0-12", as in the log
    core::Endpoint peer;
    std::string kind;   // "c2s", "c2s-tls"
    std::string state;  // "negotiating", "routing", "relaying", "closing"
    std::string domain;
    std::string user;  // bare JID once the login has shown it; may be empty
    std::string pool;
    std::string backend;
    std::chrono::seconds age{0};
    std::uint64_t stanzas_in = 0;
    std::uint64_t stanzas_out = 0;
    bool is_resumable = false;
};

/// Which sessions are meant; empty fields mean all.
struct SessionFilter {
    std::string id;
    std::string user;  // bare JID, prepared
    std::string pool;
    std::string backend;
};

/// Some of the sessions that match, and how many do.
struct FoundSessions {
    std::vector<SessionFacts> sessions;
    std::uint64_t matching = 0;
};

}  // namespace proxy
