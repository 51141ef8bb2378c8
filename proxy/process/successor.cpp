#include "proxy/process/successor.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <new>
#include <utility>

#include "core/child_process.h"
#include "core/log.h"
#include "proxy/process/predecessor.h"

namespace proxy {

core::Result<std::unique_ptr<Successor>, std::string> Successor::start(
    core::EventLoop& loop, const std::string& program, const std::string& file,
    std::vector<std::string> environment, const HandOver& what, Events events) {
    if (program.empty()) return core::fail(std::string("the program's own path is not known"));
    auto pair = core::message_pair();
    if (!pair) return core::fail(std::string("the system gives no sockets"));
    auto& [ours, theirs] = *pair;
    // It waits there, until the process reads it.
    if (auto sent = send_hand_over(ours.get(), what); !sent) return core::fail(sent.error());
    environment.push_back(fmt::format("{}={}", kHandOverVariable, core::kChildDescriptor));
    auto pid = core::start_child({.program = program,
                                  .arguments = {"run", file},
                                  .environment = std::move(environment),
                                  .descriptor = theirs.get()});
    if (!pid) return core::fail(pid.error());
    return std::unique_ptr<Successor>(
        new Successor(loop, std::move(ours), *pid, std::move(events)));
}

Successor::Successor(core::EventLoop& loop, core::Fd link, pid_t pid, Events events)
    : link_(std::move(link)), pid_(pid), events_(std::move(events)), deadline_(loop, [this] {
          on_gone(fmt::format("it did not listen within {} s", kPatience.count()));
      }) {
    const auto trampoline = [](evutil_socket_t, short, void* self) noexcept {
        static_cast<Successor*>(self)->on_readable();
    };
    readable_.reset(event_new(loop.base(), link_.get(), EV_READ | EV_PERSIST, trampoline, this));
    if (!readable_) throw std::bad_alloc();
    event_add(readable_.get(), nullptr);
    deadline_.start(kPatience);
}

Successor::~Successor() = default;

void Successor::on_readable() {
    auto message = core::receive_message(link_.get());
    if (!message && message.error() == core::NoMessage::yet) return;
    if (!message)
        return on_gone("it has ended; what it said stands in the log or on standard error");
    std::string_view words = message->bytes;
    if (words.starts_with(kRefusedWord))
        return on_gone(std::string(words.substr(kRefusedWord.size())));
    if (is_ready_ || !words.starts_with(kReadyWord)) return;
    is_ready_ = true;
    deadline_.cancel();
    events_.on_ready(std::string(words.substr(kReadyWord.size())));
}

void Successor::on_gone(std::string why) {
    event_del(readable_.get());
    deadline_.cancel();
    link_.reset();
    if (!is_ready_) ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, is_ready_ ? WNOHANG : 0);
    if (!is_ready_) return events_.on_failed(std::move(why));
    core::Log(core::Severity::warn, "successor_gone")
        .with("pid", pid_)
        .with("remedy", "start stanzagate again; this process only ends its own sessions");
}

void Successor::tell(const std::string& left) {
    if (link_) (void)core::send_message(link_.get(), left);
}

}  // namespace proxy
