#pragma once
// An operator's command as a value: the words of a call to the running process, understood and
// checked. The command line makes one to complain before it connects, the process to carry it out.
// Pure; any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "balancer/member_state.h"
#include "core/endpoint.h"
#include "core/result.h"
#include "proxy/admin/verb_table.h"
#include "proxy/pools/member_name.h"
#include "proxy/session/session_facts.h"

namespace proxy {

struct StatusCommand {};
struct BackendsCommand {
    std::string pool;  // empty: all
};
struct SessionsCommand {
    SessionFilter filter;
    std::size_t most = 0;
};
struct ExplainCommand {
    std::string user;                      // prepared bare JID
    std::optional<core::Endpoint> client;  // its port means nothing
};
struct WeightCommand {
    MemberName member;
    std::uint64_t weight = 0;
};
struct StateCommand {  // drain, ready, maintenance
    MemberName member;
    balancer::AdminState state{};
    std::chrono::milliseconds over{0};  // of a maintenance
    /// How long who asks waits for the last session to go; none: not at all.
    std::optional<std::chrono::milliseconds> wait = {};
};
struct KickCommand {
    SessionFilter filter;
};
struct ReloadCommand {};
struct CertificatesCommand {};
struct DriftCommand {
    bool as_state = false;  // in the form of [admin] state
};
struct UpgradeCommand {};

struct AdminCommand {
    bool json = false;
    std::variant<StatusCommand, BackendsCommand, SessionsCommand, ExplainCommand, WeightCommand,
                 StateCommand, KickCommand, ReloadCommand, CertificatesCommand, DriftCommand,
                 UpgradeCommand>
        what;
};

inline constexpr std::size_t kSessionsShown = 50;
inline constexpr std::size_t kMostSessionsShown = 10'000;  // of one answer
inline constexpr std::chrono::milliseconds kEvictOver{60'000};
inline constexpr std::chrono::milliseconds kShortestEviction{1'000};
inline constexpr std::chrono::milliseconds kShortestWait{100};
inline constexpr std::chrono::milliseconds kLongestWait{std::chrono::days(7)};
inline constexpr std::chrono::milliseconds kLongestEviction{24 * 3'600'000};

/// `call` is one of a remote verb and wants no help.
core::Result<AdminCommand, UsageProblem> read_admin_command(const VerbCall& call);

}  // namespace proxy
