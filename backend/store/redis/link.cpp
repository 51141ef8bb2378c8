#include "backend/store/redis/link.h"

#include <fcntl.h>

#include <new>

namespace backend {

namespace {

redisAsyncContext* connect(const RedisTarget& target) {
    if (const auto* path = std::get_if<std::string>(&target)) {
        return redisAsyncConnectUnix(path->c_str());
    }
    const auto& endpoint = std::get<core::Endpoint>(target);
    return redisAsyncConnect(endpoint.address_text().c_str(), endpoint.port());
}

std::string text_of(const char* why) {
    return why != nullptr && *why != '\0' ? why : "connection closed";
}

}  // namespace

RedisLink* RedisLink::of(const redisAsyncContext* context) {
    return static_cast<RedisLink*>(context->data);
}

RedisLink::RedisLink(core::EventLoop& loop, const RedisTarget& target, Listener& listener)
    : listener_(listener), timer_(loop, [this] { on_timer(); }) {
    context_ = connect(target);
    if (context_ == nullptr) throw std::bad_alloc();
    if (context_->err != 0) {
        failed_at_once_ = text_of(context_->errstr);
        redisAsyncFree(context_);
        context_ = nullptr;
        timer_.start_now();
        return;
    }
    // A child process that kept the socket open would keep it in epoll too, after its close here:
    // the events of the dead one would come under the number of the next.
    ::fcntl(context_->c.fd, F_SETFD, FD_CLOEXEC);
    context_->data = this;
    if (!attach(loop, *context_)) throw std::bad_alloc();
    redisAsyncSetDisconnectCallback(context_, [](const redisAsyncContext* context, int) {
        if (of(context) != nullptr) of(context)->lose(text_of(context->errstr));
    });
    redisAsyncSetConnectCallback(context_, [](const redisAsyncContext* context, int status) {
        RedisLink* self = of(context);
        if (self == nullptr) return;
        if (status != REDIS_OK) return self->lose(text_of(context->errstr));
        self->timer_.cancel();
        self->listener_.on_connected();
    });
    timer_.start(kConnectTime);
}

RedisLink::~RedisLink() {
    if (context_ == nullptr) return;
    context_->data = nullptr;
    // From within a callback of this context, hiredis frees it when the callback has returned.
    redisAsyncFree(context_);
}

void RedisLink::on_timer() {
    if (context_ == nullptr) return lose(failed_at_once_);
    context_->data = nullptr;
    redisAsyncFree(context_);
    lose("no connection in time");
}

void RedisLink::lose(std::string why) {
    context_ = nullptr;
    timer_.cancel();
    listener_.on_lost(why);
}

void RedisLink::send(const RedisArguments& arguments) {
    Words words;
    words.texts.reserve(arguments.size());
    words.sizes.reserve(arguments.size());
    for (const std::string& argument : arguments) words.add(argument);
    send(words);
}

void RedisLink::log_in(std::string_view user, const RedisPassword& password) {
    Words words;
    words.add("AUTH");
    if (!user.empty()) words.add(user);
    words.add(password.reveal());
    send(words);
}

void RedisLink::send(Words& words) {
    if (context_ == nullptr) return;
    const auto on_reply = [](redisAsyncContext* context, void* reply, void*) {
        RedisLink* self = of(context);
        // Without a reply: the context is being freed; on_lost tells it once for all.
        if (self == nullptr || reply == nullptr) return;
        self->listener_.on_reply(*static_cast<const redisReply*>(reply));
    };
    redisAsyncCommandArgv(context_, on_reply, nullptr, static_cast<int>(words.texts.size()),
                          words.texts.data(), words.sizes.data());
}

bool RedisLink::attach(core::EventLoop& loop, redisAsyncContext& context) {
    const auto on_readable = [](evutil_socket_t, short, void* raw) {
        redisAsyncHandleRead(static_cast<redisAsyncContext*>(raw));
    };
    const auto on_writable = [](evutil_socket_t, short, void* raw) {
        redisAsyncHandleWrite(static_cast<redisAsyncContext*>(raw));
    };
    auto* adapter = new Adapter;
    const int fd = context.c.fd;
    adapter->read.reset(event_new(loop.base(), fd, EV_READ | EV_PERSIST, on_readable, &context));
    adapter->write.reset(event_new(loop.base(), fd, EV_WRITE | EV_PERSIST, on_writable, &context));
    context.ev.data = adapter;
    context.ev.addRead = [](void* raw) {
        event_add(static_cast<Adapter*>(raw)->read.get(), nullptr);
    };
    context.ev.delRead = [](void* raw) { event_del(static_cast<Adapter*>(raw)->read.get()); };
    context.ev.addWrite = [](void* raw) {
        event_add(static_cast<Adapter*>(raw)->write.get(), nullptr);
    };
    context.ev.delWrite = [](void* raw) { event_del(static_cast<Adapter*>(raw)->write.get()); };
    context.ev.cleanup = [](void* raw) { delete static_cast<Adapter*>(raw); };
    return adapter->read != nullptr && adapter->write != nullptr;
}

}  // namespace backend
