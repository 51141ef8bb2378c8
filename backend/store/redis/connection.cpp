#include "backend/store/redis/connection.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "backend/store/redis/reply.h"
#include "core/log.h"

namespace backend {

namespace {

using core::Log;
using core::Severity;

constexpr std::chrono::milliseconds kPauseMin{100};
constexpr std::chrono::milliseconds kPauseMax{3'200};
/// Pauses are multiples of this: the loop keeps a queue for each different duration.
constexpr std::chrono::milliseconds kPauseStep{50};

/// "-LOADING ...": the server will be ready soon, so this is no refusal.
bool is_passing(const redisReply& reply) {
    if (!redis_reply::is_error(reply)) return false;
    const std::string_view error = redis_reply::text(reply);
    return error.starts_with("LOADING") || error.starts_with("MASTERDOWN") ||
           error.starts_with("BUSY");
}

}  // namespace

RedisConnection::RedisConnection(core::EventLoop& loop, const RedisAddress& address,
                                 std::string_view purpose, std::vector<RedisQuestion> greeting,
                                 Listener& listener)
    : loop_(loop),
      address_(address),
      purpose_(purpose),
      greeting_(std::move(greeting)),
      listener_(listener),
      random_(std::random_device{}()),
      timer_(loop, [this] { on_timer(); }),
      finder_(loop, address) {}

void RedisConnection::start() {
    find();
}

void RedisConnection::find() {
    state_ = State::finding;
    finder_.find([this](core::Result<RedisTarget, RedisNotFound> target) {
        if (!target) return on_not_found(target.error());
        state_ = State::connecting;
        RedisLink::Listener& self = *this;
        link_ = std::make_unique<RedisLink>(loop_, *target, self);
    });
}

void RedisConnection::on_not_found(const RedisNotFound& how) {
    retry(how.why);
    if (how.is_refusal) listener_.on_refused(to_string(address_) + " " + how.why);
}

void RedisConnection::on_timer() {
    if (state_ == State::away) return find();
    retry("no answer to the greeting in time");
}

std::chrono::milliseconds RedisConnection::pause() {
    const auto longest = std::min(kPauseMax, kPauseMin * (1U << std::min(failures_, 5U)));
    ++failures_;
    const auto steps = static_cast<unsigned>(longest / kPauseStep);
    // Between half of it and all of it, so that nodes do not come back all at once.
    return kPauseStep * (steps / 2 + random_() % (steps - steps / 2 + 1));
}

void RedisConnection::retry(std::string_view why) {
    const State before = std::exchange(state_, State::away);
    Log(Severity::warn, "store_away")
        .with("store", std::string_view(to_string(address_)))
        .with("for", std::string_view(purpose_))
        .with("why", why)
        .with("remedy", "check that it runs and can be reached; the node asks again and again");
    judges_.clear();
    finder_.cancel();
    link_.reset();
    timer_.start(pause());
    if (before == State::up) listener_.on_down();
}

void RedisConnection::renew(std::string_view why) {
    if (state_ != State::away) retry(why);
}

void RedisConnection::ask(const RedisQuestion& question) {
    judges_.push_back(question.judge);
    link_->send(question.arguments);
}

void RedisConnection::on_connected() {
    state_ = State::greeting;
    timer_.start(kGreetingTime);
    if (!address_.password.empty()) {
        judges_.emplace_back(redis_greeting::judge_login);
        link_->log_in(address_.user, address_.password);
    }
    ask({{"SELECT", std::to_string(address_.db)}, redis_greeting::judge_ok});
    ask({{"ROLE"}, redis_greeting::judge_role});
    for (const RedisQuestion& question : greeting_) ask(question);
}

void RedisConnection::on_greeting(const redisReply& reply) {
    assert(!judges_.empty());  // a server that says more than was asked is refused by hiredis
    const auto judge = std::move(judges_.front());
    judges_.pop_front();
    if (const std::string problem = judge(reply); !problem.empty()) {
        const std::string sentence = to_string(address_) + " " + problem;
        const bool is_refusal = !is_passing(reply);
        retry(problem);
        if (is_refusal) listener_.on_refused(sentence);
        return;
    }
    if (!judges_.empty()) return;
    timer_.cancel();
    failures_ = 0;
    state_ = State::up;
    Log(Severity::info, "store_up")
        .with("store", std::string_view(to_string(address_)))
        .with("for", std::string_view(purpose_));
    listener_.on_up();
}

void RedisConnection::on_reply(const redisReply& reply) {
    if (state_ == State::greeting) return on_greeting(reply);
    if (state_ != State::up) return;
    if (!listener_.on_reply(reply)) retry(redis_reply::text(reply));
}

void RedisConnection::on_lost(std::string_view why) {
    retry(std::string(why));
}

}  // namespace backend
