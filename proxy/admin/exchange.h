#pragma once
// One connection to the admin socket: reads one request, has it carried out, sends the reply, ends.
// Owned by AdminSocket; loop's thread only.
//
//     reading --request--> working --reply--> sending --all sent--> over
//         \--refused, late--------------------/   \--broken, late--/

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "core/alive.h"
#include "core/event_loop.h"
#include "core/handle.h"
#include "core/timer.h"
#include "proxy/admin/protocol.h"

namespace proxy {

class AdminExchange final : public core::Deletable {
public:
    struct Patience {
        std::chrono::milliseconds request{10'000};  // from the connection to the whole request
        std::chrono::milliseconds work{60'000};     // until the reply is there
        std::chrono::milliseconds reply{10'000};    // until it is sent
    };
    using OnReply = std::function<void(AdminReply)>;
    /// Carries out a request and calls back once, at once or later, also when this is gone.
    using Perform = std::function<void(std::vector<std::string> words, OnReply on_reply)>;
    using OnOver = std::function<void(AdminExchange&)>;

    /// `on_over` comes once, from the loop; whoever owns this lets go of it then (defer_delete).
    AdminExchange(core::EventLoop& loop, core::Fd socket, Patience patience, Perform perform,
                  OnOver on_over);

private:
    enum class State { reading, working, sending, over };

    void on_event();
    void on_late();
    void read_some();
    void work();
    void reply(const AdminReply& reply);
    void send_some();
    void finish();

    core::EventLoop& loop_;
    core::Fd socket_;
    Patience patience_;
    Perform perform_;
    OnOver on_over_;
    State state_ = State::reading;
    AdminRequestReader request_;
    std::string output_;
    std::size_t sent_ = 0;
    core::Event readable_;
    core::Event writable_;
    core::Timer deadline_;
    core::Alive alive_;  // a reply may come late
};

}  // namespace proxy
