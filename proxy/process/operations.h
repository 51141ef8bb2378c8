#pragma once
// What the operator's commands do to the running process, and what they tell of it. Owned by
// Server; control loop's thread only.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "core/certificate_store.h"
#include "proxy/admin/target.h"
#include "proxy/pools/live_state_file.h"
#include "proxy/pools/pool_control.h"
#include "proxy/process/reload.h"
#include "proxy/session/session_gauge.h"
#include "proxy/worker/workers.h"

namespace proxy {

class AdminOperations final : public AdminTarget {
public:
    using OnReloaded = std::function<void(const ReloadResult&)>;

    /// What there is to operate on; all of it outlives this.
    struct Process {
        const Configurations& configs;
        const SharedByWorkers& shared;  // filled by the time that anything is asked
        PoolControl& pools;
        LiveStateFile& live;
        Workers& workers;
        const std::shared_ptr<const core::CertificateStore>& certificates;  // in use
        std::function<void(OnReloaded)> reload;
        std::function<void(OnUpgraded)> upgrade;
        std::function<std::vector<OldProcess>()> old_processes;
    };
    explicit AdminOperations(Process process) : process_(std::move(process)) {}

    ServerStatus status() const override;
    Changed set_weight(std::string_view pool, std::string_view backend,
                       std::uint64_t weight) override;
    Changed set_admin_state(std::string_view pool, std::string_view backend,
                            balancer::AdminState state,
                            std::chrono::milliseconds evict_over) override;
    LiveKeeping keeping() const override { return process_.live.keeping(); }
    Drift drift() const override;
    ShownCertificates certificates() const override;
    Explanation explain(std::string_view user,
                        const std::optional<core::Endpoint>& client) const override;
    void find_sessions(const SessionFilter& filter, std::size_t most, OnSessions on_found) override;
    void kick(const SessionFilter& filter, std::function<void(std::uint64_t)> on_done) override;
    void reload(OnReloaded on_done) override;
    void upgrade(OnUpgraded on_done) override { process_.upgrade(std::move(on_done)); }

private:
    Process process_;
};

}  // namespace proxy
