#pragma once
// One question to a store, asked from a thread that runs no loop: for the command line, and for
// what must be known before nodes start.

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "backend/store/attach.h"
#include "backend/store/store.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "core/timer.h"

namespace backend {

/// The caller has nothing in the store that anything could happen to.
class NoEvents final : public StoreEvents {
    void on_queued(const SessionRef&, Epoch, std::vector<QueuedStanza>) override {}
    void on_taken(const SessionRef&, Epoch) override {}
    void on_must_end(const SessionRef&, std::string_view) override {}
};

/// For the operator.
std::string in_words(StoreError error);

inline constexpr std::chrono::milliseconds kStorePatience{10'000};

/// Attaches to the store as `name`, which no node may have, asks, and blocks until the answer comes
/// or patience is over.
template <class Value>
core::Result<Value, std::string> ask_store(
    const AttachStore& attach, const NodeName& name,
    const std::function<void(Store&, Store::On<Store::Answer<Value>>)>& question) {
    core::EventLoop loop;
    NoEvents events;
    const auto store = attach(loop, name, events);
    std::optional<Store::Answer<Value>> answer;
    core::Timer patience(loop, [&loop] { loop.stop(); });
    patience.start(kStorePatience);
    question(*store, [&](Store::Answer<Value> given) {
        answer = std::move(given);
        loop.stop();
    });
    loop.run();
    if (!answer) return core::fail(in_words(StoreError::unavailable));
    if (const auto* error = std::get_if<StoreError>(&*answer)) return core::fail(in_words(*error));
    return std::get<Value>(std::move(*answer));
}

}  // namespace backend
