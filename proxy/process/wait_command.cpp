#include "proxy/process/wait_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "proxy/admin/text_table.h"
#include "proxy/process/ask_command.h"

namespace proxy {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kBetweenQuestions{500};
constexpr std::string_view kLineAgain = "\r\x1b[K";  // what is written next takes its place

struct Waited {
    std::uint64_t left = 0;
    milliseconds time{0};
};

/// The number that an answer of `sessions --json` begins with.
std::optional<std::uint64_t> matching_in(std::string_view answer) {
    constexpr std::string_view kBegin = R"({"matching":)";
    if (!answer.starts_with(kBegin)) return std::nullopt;
    answer.remove_prefix(kBegin.size());
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(answer.data(), answer.data() + answer.size(), number);
    return error == std::errc{} ? std::optional(number) : std::nullopt;
}

core::Result<std::uint64_t, std::string> sessions_left(const LocalCall& call,
                                                       const std::string& member) {
    const auto reply =
        ask_process(call, {"sessions", "--backend", member, "--limit", "1", "--json"});
    if (!reply) return core::fail(reply.error());
    if (const auto left = matching_in(reply->text)) return *left;
    return core::fail("the process does not say how many sessions are left at " + member);
}

std::string progress(const StateCommand& command, std::uint64_t left) {
    const bool drains = command.state == balancer::AdminState::drain;
    return shortened(fmt::format("{} {}: {} left", drains ? "draining" : "emptying",
                                 command.member.text(), counted(left, "session")),
                     kTerminalColumns - 1);
}

core::Result<Waited, std::string> wait(const LocalCall& call, const StateCommand& command) {
    const Clock::time_point begin = Clock::now();
    while (true) {
        const auto left = sessions_left(call, command.member.text());
        if (!left) return core::fail(left.error());
        const auto time = std::chrono::duration_cast<milliseconds>(Clock::now() - begin);
        if (*left == 0 || time >= *command.wait) return Waited{*left, time};
        if (call.handlers.err_columns > 0) {
            call.err << kLineAgain << progress(command, *left);
            call.err.flush();
        }
        call.handlers.pause(std::min(kBetweenQuestions, *command.wait - time));
    }
}

/// An object of JSON with two members more.
std::string with_end(std::string_view changed, const Waited& waited) {
    return fmt::format(R"({},"sessions_left":{},"waited_ms":{}}})"
                       "\n",
                       changed.substr(0, changed.rfind('}')), waited.left, waited.time.count());
}

}  // namespace

int wait_until_empty(const LocalCall& call, const StateCommand& command, std::string_view changed) {
    if (!call.is_json()) {
        call.err << changed;  // at once: it may show what else to do while this waits
        call.err.flush();
    }
    const auto waited = wait(call, command);
    if (call.handlers.err_columns > 0) call.err << kLineAgain;
    if (!waited) return call.fail(waited.error(), kUnreachable);
    const std::string member = command.member.text();
    const std::string time =
        age_text(std::chrono::duration_cast<std::chrono::seconds>(waited->time));
    if (call.is_json()) {
        call.out << with_end(changed, *waited);
    } else if (waited->left == 0) {
        call.out << wrapped(fmt::format("{}: no session is left after {}", member, time), 0);
    } else {
        call.fail(fmt::format("{} left at {} after {}; it takes no new ones until `ready`",
                              counted(waited->left, "session"), member, time),
                  kFailed);
    }
    return waited->left == 0 ? kFine : kFailed;
}

}  // namespace proxy
