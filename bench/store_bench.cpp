// Acknowledged messages per second of one core, through each store: SM sessions on two nodes (two
// loops, two threads) of one process send to each other. Each message is what a node does with it:
// read the recipient, commit the new count of handled stanzas with the copy in the recipient's
// queue, and later trim that queue, some dozens at a time. For Redis a server of its own is
// started, and the core's second is that of this process: what Redis needs itself stands beside it.

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "backend/node/node.h"
#include "backend/store/redis/address.h"
#include "backend/store/redis/store.h"
#include "backend/store/sqlite/store.h"
#include "tests/support/redis_server.h"
#include "tests/support/temp_dir.h"

namespace {

using namespace backend;

constexpr int kSessions = 100;  // on each node
constexpr int kPipelined = 16;  // messages of a session on their way
constexpr std::uint64_t kTrimEvery = 32;

double cpu_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// A node whose sessions each send `messages` to the session of the same number on the other node.
class BenchNode final : StoreEvents {
public:
    BenchNode(const AttachStore& attach, std::string name, std::string peer, int messages,
              std::latch& ready, std::latch& go, std::latch& finished)
        : name_(std::move(name)),
          peer_(std::move(peer)),
          messages_(messages),
          ready_(ready),
          go_(go),
          finished_(finished),
          store_(attach(loop_, NodeName(name_), *this)) {
        thread_ = std::thread([this] {
            loop_.post([this] { open(); });
            loop_.run();
        });
    }
    ~BenchNode() {
        loop_.post([this] { store_.reset(); });
        loop_.stop();
        thread_.join();
    }
    bool has_failed() const { return failed_; }

private:
    struct Session {
        SessionRef ref;
        SessionRef to;
        int sent = 0;
        int confirmed = 0;
        std::uint64_t trimmed = 0;
        std::uint64_t got = 0;
    };

    static SessionRef ref(const std::string& node, int number) {
        const auto text = std::to_string(number);
        return {"user" + text + "-" + node + "@example.org", SessionId(node + text)};
    }

    void open() {
        sessions_.resize(kSessions);
        for (int i = 0; i < kSessions; ++i) {
            Session& session = sessions_[static_cast<std::size_t>(i)];
            session.ref = ref(name_, i);
            session.to = ref(peer_, i);
            store_->put_account({session.ref.user, {}, {}}, [](auto) {});
            store_->open_session(session.ref, "phone", [](auto) {});
            store_->commit({session.ref, 1, {}, {EnableSm{true, std::chrono::seconds(300)}}},
                           [this, i](const CommitOutcome& outcome) {
                               if (!std::holds_alternative<Done>(outcome)) failed_ = true;
                               if (i + 1 < kSessions) return;
                               ready_.count_down();
                               go_.wait();
                               for (auto& each : sessions_)
                                   for (int k = 0; k < kPipelined; ++k) send(each);
                           });
        }
    }

    void send(Session& session) {
        if (session.sent == messages_) return;
        ++session.sent;
        store_->read_users({{.user = session.to.user}}, [this, &session](auto answer) {
            const auto* read = std::get_if<std::vector<UserSnapshot>>(&answer);
            if (read == nullptr || read->at(0).routes.size() != 1) return fail();
            Commit commit{session.ref, 1, static_cast<std::uint32_t>(session.sent), {}};
            commit.writes.push_back(Enqueue{session.to, std::string(250, 'm')});
            store_->commit(std::move(commit), [this, &session](const CommitOutcome& outcome) {
                if (!std::holds_alternative<Done>(outcome)) return fail();
                if (++session.confirmed == messages_) finish_one();
                send(session);
            });
        });
    }

    void on_queued(const SessionRef& to, Epoch, std::vector<QueuedStanza> stanzas) override {
        const auto number = std::stoul(std::string(to.id.reveal().substr(name_.size())));
        Session& session = sessions_[number];
        for (const auto& stanza : stanzas)
            if (stanza.number != ++session.got) fail();
        if (session.got - session.trimmed < kTrimEvery) return;
        session.trimmed = session.got;
        store_->commit({session.ref, 1, {}, {Trim{session.got}}}, [](const auto&) {});
    }
    void on_taken(const SessionRef&, Epoch) override { fail(); }
    void on_must_end(const SessionRef&, std::string_view) override { fail(); }

    void finish_one() {
        if (++finished_sessions_ == kSessions) finished_.count_down();
    }
    void fail() {
        if (failed_.exchange(true)) return;
        finished_.count_down();
    }

    const std::string name_;
    const std::string peer_;
    const int messages_;
    std::latch& ready_;
    std::latch& go_;
    std::latch& finished_;
    core::EventLoop loop_;
    std::unique_ptr<Store> store_;
    std::vector<Session> sessions_;
    int finished_sessions_ = 0;
    std::atomic<bool> failed_ = false;
    std::thread thread_;
};

/// Processor time of another process.
double cpu_seconds_of(pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string field;
    std::getline(stat, field, ')');  // the name may have spaces
    double ticks = 0;
    for (int number = 3; number <= 15 && stat >> field; ++number) {
        if (number >= 14) ticks += std::stod(field);  // utime, stime
    }
    return ticks / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

struct Cost {
    double wall = 0;
    double cpu = 0;
};

/// All sessions of both nodes send `messages` each; none if a request failed.
std::optional<Cost> exchange(const AttachStore& attach, int messages) {
    std::latch ready(2);
    std::latch go(1);
    std::latch finished(2);
    BenchNode a(attach, "a", "b", messages, ready, go, finished);
    BenchNode b(attach, "b", "a", messages, ready, go, finished);
    ready.wait();
    const double cpu = cpu_seconds();
    const auto begin = core::Clock::now();
    go.count_down();
    finished.wait();
    const std::chrono::duration<double> wall = core::Clock::now() - begin;
    if (a.has_failed() || b.has_failed()) return std::nullopt;
    return Cost{wall.count(), cpu_seconds() - cpu};
}

void report(benchmark::State& state, double cpu, int messages) {
    const auto all = static_cast<double>(state.iterations()) * 2 * kSessions * messages;
    state.counters["messages_per_cpu_s"] = all / cpu;
    state.counters["us_cpu_per_message"] = cpu / all * 1e6;
    state.counters["messages_per_s"] = benchmark::Counter(all, benchmark::Counter::kIsRate);
}

void EmbeddedStoreMessages(benchmark::State& state) {
    const int messages = 1'000;  // of each session
    double cpu = 0;
    for (auto _ : state) {
        const test::TempDir folder;
        auto engine = SqliteEngine::open(folder.file("state.db"));
        if (!engine) return state.SkipWithError(engine.error().c_str());
        const auto cost = exchange(
            [&](core::EventLoop& loop, NodeName name, StoreEvents& events) {
                return std::make_unique<SqliteStore>(*engine, loop, std::move(name), events);
            },
            messages);
        *engine = nullptr;
        if (!cost) return state.SkipWithError("a request failed");
        state.SetIterationTime(cost->wall);
        cpu += cost->cpu;
    }
    report(state, cpu, messages);
}
BENCHMARK(EmbeddedStoreMessages)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(3);

void RedisStoreMessages(benchmark::State& state) {
    const int messages = 500;  // of each session
    double cpu = 0;
    double redis_cpu = 0;
    for (auto _ : state) {
        const test::RedisServer server({"appendfsync everysec"});
        const auto address = parse_redis_address(server.url());
        const double redis_before = cpu_seconds_of(server.pid());
        const auto cost = exchange(
            [&](core::EventLoop& loop, NodeName name, StoreEvents& events) {
                return std::make_unique<RedisStore>(loop, *address, std::move(name), events,
                                                    [](const auto&) {});
            },
            messages);
        if (!cost) return state.SkipWithError("a request failed");
        redis_cpu += cpu_seconds_of(server.pid()) - redis_before;
        state.SetIterationTime(cost->wall);
        cpu += cost->cpu;
    }
    report(state, cpu, messages);
    const auto all = static_cast<double>(state.iterations()) * 2 * kSessions * messages;
    state.counters["us_redis_per_message"] = redis_cpu / all * 1e6;
}
BENCHMARK(RedisStoreMessages)->Unit(benchmark::kMillisecond)->UseManualTime()->Iterations(3);

}  // namespace
