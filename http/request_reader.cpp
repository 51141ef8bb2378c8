#include "http/request_reader.h"

#include <utility>

namespace http {
namespace {

constexpr std::size_t kLineEnd = 2;  // CR LF

}  // namespace

RequestReader::RequestReader(const HeadLimits& limits)
    : limits_(&limits), filter_(HeadKind::request, limits) {}

std::size_t RequestReader::feed(std::string_view bytes) {
    assert(state_ == State::reading);
    std::size_t taken = 0;
    while (taken < bytes.size() && state_ == State::reading) {
        const bool had_line = filter_.has_start_line();
        const std::size_t passed = filter_.feed(bytes.substr(taken));
        text_.append(bytes.substr(taken, passed));
        taken += passed;
        if (filter_.state() == HeadFilter::State::refused) {
            refuse(filter_.refusal());
        } else if (!had_line && filter_.has_start_line()) {
            if (filter_.has_blank_line()) text_.erase(0, kLineEnd);
            if (const auto why = judge_line()) refuse(*why);
        } else if (filter_.state() == HeadFilter::State::complete) {
            finish();
        }
    }
    return taken;
}

/// As soon as it has come: who speaks HTTP/0.9 or HTTP/2 sends no head that could be waited for.
std::optional<Refusal> RequestReader::judge_line() const {
    const auto line = read_request_line(std::string_view(text_).substr(0, text_.size() - kLineEnd));
    return line ? std::nullopt : std::optional(line.error());
}

void RequestReader::finish() {
    text_.shrink_to_fit();
    auto head = RequestHead::read(std::exchange(text_, {}), filter_.fields());
    if (!head) return refuse(head.error());
    head_ = std::move(*head);
    state_ = State::complete;
}

void RequestReader::refuse(const Refusal& why) {
    refusal_ = why;
    state_ = State::refused;
    std::exchange(text_, {});
}

RequestHead RequestReader::take() {
    assert(state_ == State::complete);
    RequestHead head = std::move(*head_);
    head_.reset();
    filter_ = HeadFilter(HeadKind::request, *limits_);
    state_ = State::reading;
    return head;
}

}  // namespace http
