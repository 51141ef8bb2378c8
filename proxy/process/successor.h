#pragma once
// The process that takes the place of this one, from its start to its first word and beyond. Owned
// by Server; control loop's thread only.

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"
#include "core/result.h"
#include "core/timer.h"
#include "proxy/process/hand_over.h"

namespace proxy {

class Successor {
public:
    /// How long it may take until it listens.
    static constexpr std::chrono::seconds kPatience{45};

    struct Events {
        /// It listens; its version.
        std::function<void(std::string)> on_ready;
        /// It has ended, or was ended, before that; why, as a sentence.
        std::function<void(std::string)> on_failed;
    };
    /// Starts `program run FILE`, with these variables beside ours, and gives it all of `what`. The
    /// error is a sentence; nothing runs then.
    static core::Result<std::unique_ptr<Successor>, std::string> start(
        core::EventLoop& loop, const std::string& program, const std::string& file,
        std::vector<std::string> environment, const HandOver& what, Events events);
    ~Successor();

    pid_t pid() const noexcept { return pid_; }
    bool is_ready() const noexcept { return is_ready_; }
    /// It hears what we still have; loses a word rather than wait.
    void tell(const std::string& left);

private:
    Successor(core::EventLoop& loop, core::Fd link, pid_t pid, Events events);

    void on_readable();
    void on_gone(std::string why);

    core::Fd link_;
    pid_t pid_;
    Events events_;
    bool is_ready_ = false;
    core::Event readable_;
    core::Timer deadline_;
};

}  // namespace proxy
