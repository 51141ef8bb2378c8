// Aim: what goes wrong with a pool is a line with what it means and what helps, and its end is a
// line, too.

#include "proxy/pools/pool_log.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "balancer/live_change.h"
#include "tests/support/log_in_file.h"

namespace proxy {
namespace {

TEST(PoolLog, SaysWhatHelpsAPoolInPanic) {
    conf::Pool settings;
    settings.name = "main";
    settings.backends.resize(2);
    settings.backends[0].name = "a";
    settings.backends[1].name = "b";
    balancer::BackendIds ids;
    const auto well = balancer::BackendPool::make(settings, ids);
    std::vector<balancer::HealthReport> reports;
    for (const auto& member : well->members())
        reports.push_back({member.id, balancer::Health::down, balancer::kFullRamp});
    const auto panicking = balancer::with_health(*well, reports);

    test::LogInFile log;
    log_panic(*panicking);
    log_panic(*well);

    EXPECT_EQ(log.end(),
              (std::vector<std::string>{
                  "warn  pool_panic pool=main healthy=0 of=2 effect=\"new sessions go to all "
                  "backends, health is ignored\" remedy=\"repair the backends that `stanzagate "
                  "backends` shows as down\"",
                  "info  pool_panic_over pool=main healthy=2 of=2"}));
}

}  // namespace
}  // namespace proxy
