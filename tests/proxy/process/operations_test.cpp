// Aim: an operator sees the process as it is, and commands reach what they are about.

#include "proxy/process/operations.h"

#include "tests/proxy/pools/pool_control_scene.h"
#include "tests/proxy/resumption/some_tags.h"
#include "tests/support/temp_dir.h"

namespace proxy {
namespace {

using namespace std::chrono_literals;

class AdminOperationsTest : public PoolControlTest {
protected:
    void SetUp() override {
        config_.file = "/etc/stanzagate.toml";
        config_.listen = {
            {.address = *core::Endpoint::parse("0.0.0.0:5222")},
            {.address = *core::Endpoint::parse("[::]:5223"), .kind = conf::ListenKind::c2s_tls}};
        configs_.use(std::make_shared<const conf::Config>(config_), {});
        adopt();
    }

    Configurations configs_;
    SharedByWorkers shared_{
        .loads = std::shared_ptr<balancer::LoadBoard>(std::shared_ptr<void>(), &loads_),
        .sessions = std::make_shared<SessionGauge>(7),
        .resumption = test::some_resumption(),
        .remembered_users = std::make_shared<RememberedUsers>(100),
        .web = std::make_shared<WebProcess>(3),
        .refusals = std::make_shared<Refusals>(),
        .report = {}};
    Workers workers_{loop_, 3};
    const test::TempDir folder_;
    LiveStateFile live_;
    std::function<void(const ReloadResult&)> asked_to_reload_;
    std::shared_ptr<const core::CertificateStore> certificates_;
    AdminOperations operations_{{.configs = configs_,
                                 .shared = shared_,
                                 .pools = control_,
                                 .live = live_,
                                 .workers = workers_,
                                 .certificates = certificates_,
                                 .reload = [this](auto on_done) { asked_to_reload_ = on_done; },
                                 .upgrade = {},
                                 .old_processes = [] { return std::vector<OldProcess>(); }}};
};

TEST_F(AdminOperationsTest, TellTheStateOfTheProcess) {
    shared_.sessions->try_enter();
    configs_.why_refused = "a port is taken";
    const ServerStatus status = operations_.status();
    EXPECT_EQ(status.config_file, "/etc/stanzagate.toml");
    EXPECT_EQ(status.last_reload_problem, "a port is taken");
    EXPECT_EQ(status.workers, 3U);
    EXPECT_EQ(status.sessions, 1U);
    EXPECT_EQ(status.session_limit, 7U);
    ASSERT_EQ(status.listeners.size(), 2U);
    EXPECT_EQ(status.listeners[0].address, "0.0.0.0:5222");
    EXPECT_EQ(status.listeners[0].kind, "c2s");
    EXPECT_EQ(status.listeners[1].address, "[::]:5223");
    EXPECT_EQ(status.listeners[1].kind, "c2s-tls");
    ASSERT_EQ(status.pools.size(), 1U);
    EXPECT_EQ(status.pools[0].backends.size(), 2U);
}

TEST_F(AdminOperationsTest, ChangeThePools) {
    ASSERT_TRUE(operations_.set_weight("main", "a", 10));
    EXPECT_EQ(status(0).weight, 10U);
    ASSERT_TRUE(operations_.set_admin_state("main", "b", balancer::AdminState::maintenance, 1s));
    EXPECT_EQ(status(1).admin, balancer::AdminState::maintenance);
    EXPECT_FALSE(operations_.set_admin_state("main", "c", balancer::AdminState::drain, 0s));
}

TEST_F(AdminOperationsTest, WhatIsSetIsKeptWhereAFileIsNamed) {
    ASSERT_TRUE(operations_.set_weight("main", "a", 10));
    EXPECT_FALSE(operations_.keeping().is_kept());
    live_.use(folder_.path() / "state");
    ASSERT_TRUE(operations_.set_admin_state("main", "b", balancer::AdminState::drain, 0s));
    EXPECT_TRUE(operations_.keeping().is_kept());
    LiveStateFile later;
    later.use(folder_.path() / "state");
    EXPECT_EQ(later.load(), control_.live());
    EXPECT_EQ(later.load().size(), 2U);
    live_.use(folder_.path() / "gone" / "state");
    ASSERT_TRUE(operations_.set_weight("main", "a", 11));
    EXPECT_NE(operations_.status().keeping.problem.find("cannot be written: No such file"),
              std::string::npos);
}

TEST_F(AdminOperationsTest, AReloadIsTheProcessesToMake) {
    bool is_done = false;
    operations_.reload([&](const ReloadResult& result) { is_done = result.is_applied; });
    ASSERT_TRUE(asked_to_reload_);
    asked_to_reload_({.is_applied = true, .changes = {}, .needs_restart = {}, .problems = {}});
    EXPECT_TRUE(is_done);
}

}  // namespace
}  // namespace proxy
