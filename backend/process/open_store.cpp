#include "backend/process/open_store.h"

#include <utility>

#include "backend/process/ask_store.h"
#include "backend/store/redis/address.h"
#include "backend/store/redis/password.h"
#include "backend/store/redis/store.h"
#include "backend/store/sqlite/store.h"
#include "core/event_loop.h"
#include "core/timer.h"

namespace backend {
namespace {

/// Asks the Redis whether it may be used; nothing, or why not.
std::string problem_with(const RedisAddress& address) {
    core::EventLoop loop;
    NoEvents events;
    std::string problem = to_string(address) + " does not answer";
    core::Timer patience(loop, [&loop] { loop.stop(); });
    patience.start(kStorePatience);
    const RedisStore probe(loop, address, NodeName("(start)"), events,
                           [&](const core::Result<void, std::string>& started) {
                               problem = started ? std::string() : started.error();
                               loop.stop();
                           });
    loop.run();
    return problem;
}

core::Result<AttachStore, std::string> open_redis(const conf::StoreUrl& url) {
    auto parsed = parse_redis_address(url.text);
    if (!parsed) return core::fail("store: \"url\" " + parsed.error());
    const auto address = with_password(std::move(parsed).value(), url.folder);
    if (!address) return core::fail(address.error());
    if (const std::string problem = problem_with(*address); !problem.empty()) {
        return core::fail(problem);
    }
    return AttachStore([address = *address](core::EventLoop& loop, NodeName name,
                                            StoreEvents& events) -> std::unique_ptr<Store> {
        return std::make_unique<RedisStore>(loop, address, std::move(name), events, nullptr);
    });
}

core::Result<AttachStore, std::string> open_sqlite(const std::string& file) {
    auto engine = SqliteEngine::open(file);
    if (!engine) return core::fail(file + ": " + engine.error());
    return AttachStore([engine = std::move(engine).value()](core::EventLoop& loop, NodeName name,
                                                            StoreEvents& events) {
        return std::make_unique<SqliteStore>(engine, loop, std::move(name), events);
    });
}

}  // namespace

core::Result<AttachStore, std::string> open_store(const conf::StoreUrl& url) {
    return url.kind == conf::StoreKind::sqlite ? open_sqlite(url.file.string()) : open_redis(url);
}

}  // namespace backend
