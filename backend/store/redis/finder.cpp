#include "backend/store/redis/finder.h"

#include <netdb.h>

#include <mutex>
#include <thread>
#include <utility>

#include "backend/store/redis/reply.h"

namespace backend {

namespace {

/// A sentinel that connects but says nothing is passed over after this time.
constexpr std::chrono::milliseconds kSentinelTime{2'000};

core::Result<core::Endpoint, std::string> ask_system(const RedisHost& host) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG;
    addrinfo* found = nullptr;
    if (const int error = ::getaddrinfo(host.name.c_str(), nullptr, &hints, &found); error != 0) {
        return core::fail("cannot resolve " + host.name + ": " + ::gai_strerror(error));
    }
    const auto endpoint = core::Endpoint::from_sockaddr(found->ai_addr).with_port(host.port);
    ::freeaddrinfo(found);
    return endpoint;
}

}  // namespace

/// Outlives the resolver for as long as its thread runs.
struct RedisResolver::Shared {
    std::mutex mutex;
    core::EventLoop* loop = nullptr;  // null: the resolver is gone; guarded by mutex
};

RedisResolver::RedisResolver(core::EventLoop& loop) : shared_(std::make_shared<Shared>()) {
    shared_->loop = &loop;
}

RedisResolver::~RedisResolver() {
    const std::lock_guard lock(shared_->mutex);
    shared_->loop = nullptr;
}

void RedisResolver::resolve(const RedisHost& host, OnResolved on_resolved) {
    // A thread that waits for DNS cannot be stopped, so nobody waits for it.
    std::thread([shared = shared_, host, on_resolved = std::move(on_resolved)]() mutable {
        auto endpoint = ask_system(host);
        const std::lock_guard lock(shared->mutex);
        if (shared->loop == nullptr) return;
        shared->loop->post([shared, endpoint, on_resolved = std::move(on_resolved)] {
            // The loop's own thread is the only one that clears the pointer.
            if (shared->loop != nullptr) on_resolved(endpoint);
        });
    }).detach();
}

RedisFinder::RedisFinder(core::EventLoop& loop, const RedisAddress& address)
    : loop_(loop), address_(address), resolver_(loop), timer_(loop, [this] {
          if (link_ != nullptr) return next_sentinel("no answer in time");
          finish(RedisTarget(address_.path));
      }) {}

void RedisFinder::find(OnFound on_found) {
    on_found_ = std::move(on_found);
    asked_ = 0;
    refusal_.clear();
    switch (address_.kind) {
        case RedisAddress::Kind::unix_socket: return timer_.start_now();
        case RedisAddress::Kind::sentinel: return ask_next_sentinel();
        case RedisAddress::Kind::tcp: break;
    }
    resolver_.resolve(address_.hosts.front(), [this](auto endpoint) {
        if (!endpoint) return finish(core::fail(RedisNotFound{endpoint.error()}));
        finish(RedisTarget(*endpoint));
    });
}

void RedisFinder::cancel() {
    on_found_ = nullptr;
    timer_.cancel();
    link_.reset();
}

void RedisFinder::finish(core::Result<RedisTarget, RedisNotFound> found) {
    const OnFound on_found = std::exchange(on_found_, nullptr);
    cancel();
    if (on_found) on_found(std::move(found));
}

void RedisFinder::ask_next_sentinel() {
    timer_.cancel();
    link_.reset();
    resolver_.resolve(address_.hosts[sentinel_], [this](auto endpoint) {
        if (!on_found_) return;
        if (!endpoint) return next_sentinel(endpoint.error());
        RedisLink::Listener& self = *this;
        link_ = std::make_unique<RedisLink>(loop_, *endpoint, self);
    });
}

std::string RedisFinder::name_of_sentinel() const {
    const RedisHost& host = address_.hosts[sentinel_];
    return host.name + ":" + std::to_string(host.port);
}

void RedisFinder::next_sentinel(std::string_view why) {
    const std::string last = name_of_sentinel() + ": " + std::string(why);
    sentinel_ = (sentinel_ + 1) % address_.hosts.size();
    if (++asked_ < address_.hosts.size()) return ask_next_sentinel();
    if (!refusal_.empty()) return finish(core::fail(RedisNotFound{refusal_, true}));
    finish(core::fail(RedisNotFound{"no sentinel knows the master; the last one asked, " + last}));
}

void RedisFinder::on_refused(std::string_view why) {
    refusal_ = "cannot be found: the sentinel at " + name_of_sentinel() + " " + std::string(why);
    next_sentinel(why);
}

void RedisFinder::on_connected() {
    timer_.start(kSentinelTime);
    is_logging_in_ = !address_.sentinel_password.empty();
    if (is_logging_in_) link_->log_in({}, address_.sentinel_password);
    link_->send({"SENTINEL", "get-master-addr-by-name", address_.master});
}

void RedisFinder::on_reply(const redisReply& reply) {
    if (std::exchange(is_logging_in_, false)) {
        // Without its words: some servers repeat what they were given.
        if (redis_reply::is_error(reply))
            on_refused("does not accept the password in sentinel_password_file");
        return;
    }
    if (redis_reply::text(reply).starts_with("NOAUTH")) {
        return on_refused(
            "wants a password: name its file, as in \"?sentinel_password_file=PATH\"");
    }
    const auto parts = redis_reply::elements(reply);
    if (parts.size() != 2) {
        return next_sentinel(redis_reply::is_error(reply) ? redis_reply::text(reply)
                                                          : "does not know this master");
    }
    const auto port = redis_reply::integer(*parts[1]);
    if (!port || *port < 1 || *port > 65'535) return next_sentinel("answers without a port");
    const RedisHost master{std::string(redis_reply::text(*parts[0])),
                           static_cast<std::uint16_t>(*port)};
    if (const auto endpoint = core::Endpoint::from_address(master.name, master.port)) {
        return finish(RedisTarget(*endpoint));
    }
    // Sentinels may announce host names.
    timer_.cancel();
    link_.reset();
    resolver_.resolve(master, [this](auto endpoint) {
        if (!on_found_) return;
        if (!endpoint) return next_sentinel(endpoint.error());
        finish(RedisTarget(*endpoint));
    });
}

void RedisFinder::on_lost(std::string_view why) {
    next_sentinel(std::string(why));
}

}  // namespace backend
