#pragma once
// The process whose place this one takes: what it gives, and what it still has. Owned by Server;
// main's thread, control loop's later.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event_loop.h"
#include "core/handle.h"
#include "core/result.h"
#include "proxy/process/hand_over.h"

namespace proxy {

inline constexpr const char* kHandOverVariable = "STANZAGATE_HAND_OVER";
inline constexpr std::string_view kReadyWord = "ready ";
inline constexpr std::string_view kRefusedWord = "refused ";

class Predecessor {
public:
    /// Taken out of the environment; null where nobody has to be replaced. To be called while there
    /// is one thread.
    static std::unique_ptr<Predecessor> of_environment();

    /// All that it gives, which may take some seconds; or why not, as a sentence.
    core::Result<HandOver, std::string> receive();
    /// We cannot take its place.
    void refuse(std::string_view why);
    /// We listen, so it may stop. From now on, on this loop, processes() is what it tells.
    void take_place(core::EventLoop& loop, std::string_view version);
    /// The old processes that still have sessions; none once they are gone.
    const std::vector<OldProcess>& processes() const { return processes_; }

private:
    explicit Predecessor(core::Fd link) : link_(std::move(link)) {}
    void on_readable();

    core::Fd link_;
    core::Event readable_;
    std::vector<OldProcess> processes_;
};

}  // namespace proxy
