#pragma once
// What the operator's commands act on: the running process, as an interface, so that the commands
// can be tested without one. AdminOperations implements it. Control loop's thread only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/endpoint.h"
#include "core/result.h"
#include "core/tls_counts.h"
#include "proxy/admin/certificate_news.h"
#include "proxy/admin/drift.h"
#include "proxy/admin/explanation.h"
#include "proxy/admin/shown_certificates.h"
#include "proxy/pools/before_change.h"
#include "proxy/pools/live_state_file.h"
#include "proxy/pools/pool_status.h"
#include "proxy/resumption/counts.h"
#include "proxy/session/session_counts.h"
#include "proxy/session/session_facts.h"
#include "proxy/session/session_gauge.h"

namespace proxy {

struct ListenerStatus {
    std::string address;
    std::string kind;
};

/// Sessions that tried another backend beside a silent one, and those that it served.
struct HedgesStatus {
    std::uint64_t begun = 0;
    std::uint64_t won = 0;
};

/// One whose place this process has taken, and that still has sessions.
struct OldProcess {
    std::int64_t pid = 0;
    std::string version;
    std::uint32_t sessions = 0;
    std::uint32_t resumable = 0;  // of them: those are being moved
    friend bool operator==(const OldProcess&, const OldProcess&) = default;
};

/// The process that took our place.
struct Upgraded {
    std::int64_t pid = 0;
    std::string version;
    std::uint32_t sessions = 0;         // that stay with us
    std::chrono::milliseconds over{0};  // in which those that can resume are moved
};

/// Connections that a listener has accepted.
struct AcceptedCount {
    std::string address;
    std::string_view kind;  // static text
    std::uint64_t count = 0;
};

struct NamedCount {
    std::string_view name;  // static text
    std::uint64_t count = 0;
};

/// What the workers have done since the start of the process.
struct WorkTally {
    SessionTally sessions;
    core::TlsTally tls;                       // handshakes of clients, as they ended
    core::TimeTally connects;                 // to backends, for sessions
    std::vector<NamedCount> failed_connects;  // of sessions that went on to another, by reason
    std::vector<NamedCount> bosh;             // requests, by what became of them
    std::vector<NamedCount> closes;           // of WebSockets, by code
    std::vector<AcceptedCount> accepted;
    std::vector<NamedCount> there;      // sessions, by their transport
    std::vector<double> lag_seconds{};  // of each worker's loop, at worst in the last seconds
};

struct ServerStatus {
    std::string version;
    std::string config_file;
    std::chrono::system_clock::time_point started;
    std::chrono::system_clock::time_point config_loaded;
    std::string last_reload_problem;  // of a reload refused since; empty: none
    unsigned workers = 0;
    std::uint32_t sessions = 0;
    std::uint32_t session_limit = 0;
    std::uint64_t failed_logins = 0;  // since the start of the process
    std::vector<NamedCount> refused;  // connections and logins by reason, the same
    EntranceCounts entrance;
    RoutedCounts routed{};        // the same
    ResumeCounts resumes{};       // the same
    SideDoorCounts side_doors{};  // the same
    HedgesStatus hedges;          // the same
    std::vector<ListenerStatus> listeners;
    std::vector<PoolStatus> pools;
    LiveKeeping keeping;
    std::vector<OldProcess> old_processes;
    WorkTally work;
    std::uint64_t reloads = 0;          // that were applied, since the start of the process
    std::uint64_t refused_reloads = 0;  // the same
    std::uint64_t lost_log_lines = 0;   // the same
};

/// What makes the file be read again.
enum class ReloadCause : std::uint8_t { saved, signal, command };
std::string_view to_string(ReloadCause cause);

/// An earlier reload that changed something, or was refused.
struct EarlierReload {
    std::chrono::system_clock::time_point when;
    ReloadCause cause{};
    std::vector<std::string> changes;  // what was applied; none: it was refused
    std::string why_refused;
};

/// What a reload did: one line each ("pool.main.backend \"a\": weight 100 -> 50").
struct ReloadResult {
    bool is_applied = false;
    std::vector<std::string> changes;
    std::vector<std::string> needs_restart;  // differs from the file until the process is restarted
    std::vector<std::string> problems;       // why it was refused, with places; or warnings
    std::vector<CertificateNews> certificates = {};
    std::vector<LiveMember> live = {};  // what the operator has set, and counts
    ReloadCause cause = ReloadCause::command;
    /// When there is nothing new to apply: what was applied last, and what has been refused since.
    std::vector<EarlierReload> earlier = {};

    /// What has changed: changes, and certificates without those that only warn.
    std::vector<std::string> news() const;
};

class AdminTarget {
public:
    virtual ServerStatus status() const = 0;

    // As PoolControl has them; the words of an error are for the operator.
    using Changed = core::Result<BeforeChange, std::string>;
    virtual Changed set_weight(std::string_view pool, std::string_view backend,
                               std::uint64_t weight) = 0;
    /// With `evict_over` (maintenance), sessions that are there are sent away, spread evenly over
    /// that time. Ready and drain end an eviction under way.
    virtual Changed set_admin_state(std::string_view pool, std::string_view backend,
                                    balancer::AdminState state,
                                    std::chrono::milliseconds evict_over) = 0;

    /// What becomes of these changes at a restart.
    virtual LiveKeeping keeping() const = 0;
    /// In what the process differs from its file.
    virtual Drift drift() const = 0;
    virtual ShownCertificates certificates() const = 0;

    /// What would become of a login of this user (prepared bare JID), from there if that is known.
    virtual Explanation explain(std::string_view user,
                                const std::optional<core::Endpoint>& client) const = 0;

    /// At most `most` of the sessions that match, and how many match in all; comes later.
    using OnSessions = std::function<void(std::vector<SessionFacts>, std::uint64_t matching)>;
    virtual void find_sessions(const SessionFilter& filter, std::size_t most,
                               OnSessions on_found) = 0;
    /// Ends the sessions that match (by id or user, never all): a client that can resume gets a cut
    /// TCP, another one a stream error. Says how many; comes later.
    virtual void kick(const SessionFilter& filter, std::function<void(std::uint64_t)> on_done) = 0;
    /// Comes later, once every worker serves by the new configuration, or with the refusal.
    virtual void reload(std::function<void(const ReloadResult&)> on_done) = 0;
    /// A new process of the installed program takes our place: comes once it listens, or with why
    /// it does not; then everything is as before.
    using OnUpgraded = std::function<void(core::Result<Upgraded, std::string>)>;
    virtual void upgrade(OnUpgraded on_done) = 0;

protected:
    ~AdminTarget() = default;
};

}  // namespace proxy
