#pragma once
// One HTTP connection of monitoring: reads one request, sends its page, ends. Owned by MonitorDoor;
// control loop's thread only.
//
//   reading --head--> ending --peer has ended, late--> over
//      \--refused, late--/

#include <functional>
#include <string>
#include <string_view>

#include "core/connection.h"
#include "core/event_loop.h"
#include "core/result.h"
#include "core/timer.h"
#include "http/request_reader.h"
#include "proxy/monitor/pages.h"

namespace proxy {

class MonitorVisit final : public core::Deletable, private core::ConnectionEvents {
public:
    using Answer = std::function<core::Result<Page, http::Refusal>(const http::RequestHead&)>;
    using OnOver = std::function<void(MonitorVisit&)>;

    /// `on_over` comes once, from the loop; whoever owns this lets go of it then (defer_delete).
    MonitorVisit(core::EventLoop& loop, core::Fd socket, Answer answer, OnOver on_over);

private:
    enum class State : std::uint8_t { reading, ending, over };

    std::size_t on_bytes(std::string_view window) override;
    void on_end() override;
    void on_broken(core::Broken why, std::string_view detail) override;
    void on_drained() override { end_if_done(); }

    void answer(const http::RequestHead& head);
    void refuse(const http::Refusal& why, bool is_to_head);
    void end_with(std::string_view response);
    void end_if_done();
    void leave();

    Answer answer_;
    OnOver on_over_;
    core::Connection connection_;
    http::RequestReader reader_;
    core::Timer deadline_;
    State state_ = State::reading;
    bool has_ended_ = false;  // the peer sends no more
};

}  // namespace proxy
