// Picks per second by policy and size of the pool, sessions being taken and ended all the while;
// and what a live change costs.

#include <benchmark/benchmark.h>

#include <string>
#include <utility>
#include <vector>

#include "balancer/live_change.h"
#include "balancer/router.h"

namespace {

constexpr std::size_t kLiveSessions = 4096;
constexpr unsigned kWorkers = 8;

/// So many backends as the benchmark says, named by their numbers.
conf::Pool pool_of(const benchmark::State& state, conf::Balance balance) {
    conf::Pool pool;
    pool.name = "main";
    pool.balance = balance;
    for (std::int64_t i = 0; i < state.range(0); ++i) {
        conf::Backend backend;
        backend.name = std::to_string(i);
        pool.backends.push_back(backend);
    }
    return pool;
}

conf::Config serving(conf::Pool pool) {
    conf::Config config;
    config.pools = {std::move(pool)};
    config.domains = {{"example.org", "main"}};
    return config;
}

void Pick(benchmark::State& state, conf::Balance balance) {
    conf::Pool pool = pool_of(state, balance);
    std::uint32_t number = 0;
    for (conf::Backend& backend : pool.backends) {
        backend.weight = 50 + number++ % 3 * 50;
        backend.max_sessions = 100'000;
    }
    const conf::Config config = serving(std::move(pool));

    balancer::BackendIds ids;
    balancer::LoadBoard board(kWorkers);
    const auto table = *balancer::make_routing_table(config, ids);
    balancer::Router router(table, board, 0, 1);
    std::vector<balancer::SessionSlot> live(kLiveSessions);
    std::size_t oldest = 0;
    std::vector<std::string> users;
    for (std::size_t i = 0; i < kLiveSessions; ++i)
        users.push_back("user" + std::to_string(i) + "@example.org");
    std::vector<core::Endpoint> clients;
    for (std::size_t i = 0; i < kLiveSessions; ++i)
        clients.push_back(*core::Endpoint::from_address(
            "10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256), 5222));
    const balancer::Router::TimePoint now{};
    for (auto _ : state) {
        const auto candidates = router.route(
            {.domain = "example.org", .client = clients[oldest], .user = users[oldest]}, now);
        live[oldest] = router.take((*candidates)[0]);
        oldest = (oldest + 1) % kLiveSessions;
    }
    state.SetItemsProcessed(state.iterations());
}

/// One live change: a new snapshot of a pool that was given another weight.
void SetWeight(benchmark::State& state) {
    const conf::Pool pool = pool_of(state, conf::Balance::least_sessions);
    balancer::BackendIds ids;
    auto now = balancer::BackendPool::make(pool, ids);
    std::uint64_t weight = 1;
    for (auto _ : state) now = *balancer::with_weight(*now, "0", weight++ % balancer::kMaxWeight);
    state.SetItemsProcessed(state.iterations());
}

/// A reload: the whole table anew, with the states of the one before.
void Reload(benchmark::State& state, conf::Balance balance) {
    conf::Pool pool = pool_of(state, balance);
    for (conf::Backend& backend : pool.backends) {
        backend.name.insert(0, "backend");
        backend.host = "10.0.0.1";
    }
    const conf::Config config = serving(std::move(pool));
    balancer::BackendIds ids;
    auto table = *balancer::make_routing_table(config, ids);
    for (auto _ : state) table = *balancer::make_routing_table(config, ids, {}, table.get());
    state.SetItemsProcessed(state.iterations());
}

using conf::Balance;
BENCHMARK_CAPTURE(Reload, least_sessions, Balance::least_sessions)
    ->Arg(1000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Reload, hash_user, Balance::hash_user)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Pick, round_robin, Balance::round_robin)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK_CAPTURE(Pick, least_sessions, Balance::least_sessions)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK_CAPTURE(Pick, random_two, Balance::random_two)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK_CAPTURE(Pick, hash_user, Balance::hash_user)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK_CAPTURE(Pick, hash_ip, Balance::hash_ip)->Arg(3)->Arg(30)->Arg(300);
BENCHMARK(SetWeight)->Arg(3)->Arg(30)->Arg(300);

}  // namespace
