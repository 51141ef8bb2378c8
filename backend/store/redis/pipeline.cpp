#include "backend/store/redis/pipeline.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "backend/store/redis/greeting.h"
#include "backend/store/redis/reply.h"
#include "backend/store/redis/scripts.h"
#include "core/log.h"

namespace backend {

namespace {

/// How often deadlines are looked at: one timer instead of one for each request.
constexpr std::chrono::milliseconds kTick{250};

std::vector<RedisQuestion> greeting(const RedisAddress& address) {
    auto questions = redis_greeting::about_keeping(to_string(address));
    const RedisScripts& all = RedisScripts::get();
    for (const RedisScript* script :
         {&all.put_account, &all.remove_account, &all.read_users, &all.open, &all.take, &all.commit,
          &all.sync, &all.renew, &all.find_expired}) {
        questions.push_back({{"SCRIPT", "LOAD", script->text}, redis_greeting::judge_ok});
    }
    return questions;
}

/// Errors of the server's state and not of what was asked: a new connection puts them right, with
/// the scripts loaded again or another master found.
bool is_of_server(std::string_view error) {
    for (const std::string_view start : {"NOSCRIPT", "READONLY", "LOADING", "MASTERDOWN", "BUSY",
                                         "NOAUTH", "UNKILLABLE", "NOREPLICAS"}) {
        if (error.starts_with(start)) return true;
    }
    return false;
}

StoreError meaning_of(std::string_view error) {
    // Errors from within a script may have words of the script before them.
    const auto has = [error](std::string_view word) {
        return error.find(word) != std::string_view::npos;
    };
    if (has("OOM ") || has("MISCONF")) return StoreError::full;
    return StoreError::broken;
}

}  // namespace

RedisPipeline::RedisPipeline(core::EventLoop& loop, const RedisAddress& address, Limits limits,
                             OnStarted on_started)
    : limits_(limits),
      on_started_(std::move(on_started)),
      tick_(loop, [this] { on_tick(); }),
      connection_(loop, address, "requests", greeting(address), *this) {
    connection_.start();
}

void RedisPipeline::ask(RedisArguments arguments, Again again, OnReply on_reply) {
    const auto now = core::Clock::now();
    silence_.on_asked(now);
    Request request{
        .again = again, .on_reply = std::move(on_reply), .deadline = now + limits_.wait};
    for (const std::string& argument : arguments) request.bytes += argument.size();
    // A refusal waits for its turn like an answer, for answers come in the order of asking. So it
    // stands behind a request that is asked: one that waits alone is asked, however large it is.
    const bool is_too_much =
        requests_.size() >= limits_.requests || bytes_ + request.bytes > limits_.bytes;
    if (is_too_much && !requests_.empty()) {
        request.bytes = 0;
        request.is_refused = true;
    } else {
        request.arguments = std::move(arguments);
    }
    // One that is larger than all may be leaves room for what is asked beside it.
    request.bytes = std::min(request.bytes, limits_.bytes / 2);
    bytes_ += request.bytes;
    if (requests_.empty()) tick_.start(kTick);
    requests_.push_back(std::move(request));
    if (!connection_.is_up()) return;
    ++sent_;
    send(requests_.back());
}

void RedisPipeline::answer_first(const Reply& reply) {
    assert(!requests_.empty() && bytes_ >= requests_.front().bytes);
    Request request = std::move(requests_.front());
    requests_.pop_front();
    bytes_ -= request.bytes;
    if (sent_ > 0) --sent_;
    if (request.on_reply) request.on_reply(reply);
}

void RedisPipeline::send(Request& request) {
    if (request.is_refused) return;
    request.was_sent = true;
    connection_.send(request.arguments);
}

void RedisPipeline::give_up_first() {
    const bool was_sent = requests_.front().was_sent;
    answer_first(core::fail(was_sent ? StoreError::unavailable : StoreError::not_asked));
}

void RedisPipeline::answer_refused() {
    while (!requests_.empty() && requests_.front().is_refused) give_up_first();
}

void RedisPipeline::on_up() {
    for (Request& request : requests_) send(request);
    sent_ = requests_.size();
    started({});
}

bool RedisPipeline::on_reply(const redisReply& reply) {
    if (requests_.empty()) return false;
    const bool is_error = redis_reply::is_error(reply);
    const std::string_view error = is_error ? redis_reply::text(reply) : std::string_view();
    if (is_of_server(error)) return false;
    silence_.on_answer(core::Clock::now(), requests_.size() == 1);
    if (!is_error) {
        answer_first(&reply);
    } else {
        core::Log(core::Severity::error, "store_error")
            .with("why", error)
            .with("remedy", remedy_of(meaning_of(error)));
        answer_first(core::fail(meaning_of(error)));
    }
    answer_refused();
    return true;
}

void RedisPipeline::on_down() {
    for (std::size_t i = 0; i < sent_; ++i) {
        if (requests_[i].again == Again::no) requests_[i].is_refused = true;
    }
    sent_ = 0;
    answer_refused();
}

void RedisPipeline::on_refused(const std::string& why) {
    core::Log(core::Severity::error, "store_refused")
        .with("why", std::string_view(why))
        .with("remedy", "correct it there or in [store] url; the node asks again and again");
    started(core::fail(why));
}

void RedisPipeline::started(core::Result<void, std::string> how) {
    if (const OnStarted on_started = std::exchange(on_started_, nullptr)) {
        on_started(std::move(how));
    }
}

void RedisPipeline::on_tick() {
    const auto now = core::Clock::now();
    const bool is_late = !requests_.empty() && requests_.front().deadline <= now;
    // The first answer is missing, so the server hangs or the way to it is broken.
    if (is_late && sent_ > 0) connection_.renew("no answer in time");
    while (!requests_.empty() &&
           (requests_.front().deadline <= now || requests_.front().is_refused)) {
        give_up_first();
    }
    if (!requests_.empty()) tick_.start(kTick);
}

}  // namespace backend
