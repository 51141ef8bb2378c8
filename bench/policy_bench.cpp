// Picks per second by policy and size of the pool, sessions being taken and ended all the while.

#include <benchmark/benchmark.h>

#include <vector>

#include "balancer/router.h"

namespace {

constexpr std::size_t kLiveSessions = 4096;
constexpr unsigned kWorkers = 8;

void Pick(benchmark::State& state, conf::Balance balance) {
    conf::Config config;
    conf::Pool pool;
    pool.name = "main";
    pool.balance = balance;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        conf::Backend backend;
        backend.name = std::to_string(i);
        backend.weight = 50 + static_cast<std::uint32_t>(i % 3) * 50;
        backend.max_sessions = 100'000;
        pool.backends.push_back(backend);
    }
    config.pools = {pool};
    config.domains = {{"example.org", "main"}};

    balancer::BackendIds ids;
    balancer::LoadBoard board(kWorkers);
    balancer::Router router(*balancer::make_routing_table(config, ids), board, 0, 1);
    std::vector<balancer::SessionSlot> live(kLiveSessions);
    std::size_t oldest = 0;
    const balancer::Router::TimePoint now{};
    for (auto _ : state) {
        const auto candidates = router.route({.domain = "example.org", .client = {}}, now);
        live[oldest] = router.take((*candidates)[0]);
        oldest = (oldest + 1) % kLiveSessions;
    }
    state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(Pick, round_robin, conf::Balance::round_robin)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK_CAPTURE(Pick, least_sessions, conf::Balance::least_sessions)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK_CAPTURE(Pick, random_two, conf::Balance::random_two)->Arg(3)->Arg(30)->Arg(300);

}  // namespace
