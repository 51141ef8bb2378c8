// What it costs to remember users: a login that asks, a session that comes and goes, and the bytes
// of each user. The table is the default one, of 1,000,000.

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "proxy/resumption/remembered_users.h"

namespace {

constexpr std::size_t kMost = 1'000'000;

std::string name(std::size_t number) {
    return "user" + std::to_string(number) + "@example.org";
}

/// So many users as the benchmark says, in turns that no cache foresees.
class Table {
public:
    explicit Table(const benchmark::State& state) {
        const auto count = static_cast<std::size_t>(state.range(0));
        for (std::size_t i = 0; i < count; ++i) {
            names_.push_back(name(i));
            users.note_session(names_.back(), home, now);
        }
    }
    const std::string& next() { return names_[(at_ += 7'919) % names_.size()]; }
    double bytes_of_each() const {
        return static_cast<double>(users.bytes_in_use()) / static_cast<double>(names_.size());
    }

    const balancer::Owner home = balancer::owner_of("main", "a");
    const core::TimePoint now = core::Clock::now();
    proxy::RememberedUsers users{kMost};

private:
    std::vector<std::string> names_;
    std::size_t at_ = 0;
};

void FindRememberedUser(benchmark::State& state) {
    Table table(state);
    for (auto _ : state) benchmark::DoNotOptimize(table.users.find(table.next(), table.now));
    state.counters["bytes"] = table.bytes_of_each();
}
BENCHMARK(FindRememberedUser)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Arg(kMost);

void SessionOfRememberedUser(benchmark::State& state) {
    Table table(state);
    for (auto _ : state) {
        const std::string& user = table.next();
        table.users.note_session(user, table.home, table.now);
        table.users.note_end(user, table.home, std::chrono::seconds(600), table.now);
    }
}
BENCHMARK(SessionOfRememberedUser)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Arg(kMost);

/// All users of a full table, one after the other, with all that the table grows for them.
void RememberAll(benchmark::State& state) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < kMost; ++i) names.push_back(name(i));
    const balancer::Owner home = balancer::owner_of("main", "a");
    const core::TimePoint now = core::Clock::now();
    for (auto _ : state) {
        proxy::RememberedUsers users(kMost);
        for (const std::string& each : names) users.note_session(each, home, now);
        benchmark::DoNotOptimize(users.bytes_in_use());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kMost));
}
BENCHMARK(RememberAll)->Unit(benchmark::kMillisecond);

}  // namespace
