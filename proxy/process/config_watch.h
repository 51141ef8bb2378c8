#pragma once
// Tells when something that a configuration was made of has changed on disk: its file, what it
// names, the certificates. Owned by Server; control loop's thread only.

#include <functional>
#include <initializer_list>

#include "conf/config.h"
#include "core/event_loop.h"
#include "core/file_watch.h"

namespace proxy {

/// What to watch for these configurations; null stands for none.
core::WatchedPaths paths_behind(std::initializer_list<const conf::Config*> configs);

class ConfigWatch {
public:
    /// `on_change` may call watch().
    ConfigWatch(core::EventLoop& loop, std::function<void()> on_change, core::WatchTimes times = {})
        : files_(loop, std::move(on_change), times) {}

    /// Replaces what is watched. The log names what cannot be watched, and what to do instead.
    void watch(core::WatchedPaths paths);

private:
    core::FileWatch files_;
};

}  // namespace proxy
