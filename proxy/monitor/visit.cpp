#include "proxy/monitor/visit.h"

#include <array>
#include <ctime>
#include <utility>

#include "http/date.h"
#include "http/error_page.h"
#include "http/response.h"

namespace proxy {

namespace {

constexpr http::HeadLimits kVisitHead{.bytes = 8 * 1024, .start_line = 2 * 1024, .fields = 50};
/// For the request, and again for the answer.
constexpr std::chrono::milliseconds kVisitPatience{10'000};
constexpr core::Watermarks kVisitMarks{};

std::string date_now() {
    return std::string(http::DateText().at(std::time(nullptr)));
}

}  // namespace

MonitorVisit::MonitorVisit(core::EventLoop& loop, core::Fd socket, Answer answer, OnOver on_over)
    : answer_(std::move(answer)),
      on_over_(std::move(on_over)),
      connection_(loop, std::move(socket), static_cast<core::ConnectionEvents&>(*this),
                  kVisitMarks),
      reader_(kVisitHead),
      deadline_(loop, [this] {
          if (state_ == State::reading)
              return refuse({408, "The request does not come to its end."}, false);
          leave();
      }) {
    deadline_.start(kVisitPatience);
    connection_.resume_reading();
}

std::size_t MonitorVisit::on_bytes(std::string_view window) {
    if (state_ != State::reading) return window.size();
    const std::size_t taken = reader_.feed(window);
    switch (reader_.state()) {
        case http::RequestReader::State::reading: return taken;
        case http::RequestReader::State::refused: refuse(reader_.refusal(), false); break;
        case http::RequestReader::State::complete: answer(reader_.take()); break;
    }
    return window.size();  // a second request gets no answer, for the connection ends
}

void MonitorVisit::answer(const http::RequestHead& head) {
    const bool is_to_head = head.method() == http::Method::head;
    const auto page = answer_(head);
    if (!page) return refuse(page.error(), is_to_head);
    http::ResponseWriter writer(page->status);
    writer.date(date_now())
        .field("Content-Type", page->type)
        .field("Cache-Control", "no-store")
        .field("X-Content-Type-Options", "nosniff")
        .field("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        .content_length(page->body.size())
        .close();
    std::string response = writer.finish();
    if (!is_to_head) response += page->body;
    end_with(response);
}

void MonitorVisit::refuse(const http::Refusal& why, bool is_to_head) {
    const std::string date = date_now();
    const std::array allow{http::HeadField{"Allow", "GET, HEAD"}};
    http::ErrorPage page{.why = why, .date = date, .fields = {}, .is_to_head = is_to_head};
    if (why.status == 405) page.fields = allow;
    end_with(http::write_error_page(page));
}

void MonitorVisit::end_with(std::string_view response) {
    state_ = State::ending;
    connection_.send(response);
    connection_.finish();
    deadline_.start(kVisitPatience);
    end_if_done();
}

void MonitorVisit::on_end() {
    has_ended_ = true;
    if (state_ == State::reading) return leave();
    end_if_done();
}

void MonitorVisit::on_broken(core::Broken, std::string_view) {
    leave();
}

/// What a peer still sends is read and dropped until it ends, or our answer might be lost to it.
void MonitorVisit::end_if_done() {
    if (state_ == State::ending && has_ended_ && connection_.pending_output() == 0) leave();
}

void MonitorVisit::leave() {
    if (std::exchange(state_, State::over) == State::over) return;
    connection_.close();
    deadline_.cancel();
    on_over_(*this);
}

}  // namespace proxy
