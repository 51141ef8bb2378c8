#include "http/response_reader.h"

#include <utility>

namespace http {
namespace {

/// A backend may say "Processing" while it works, but not for ever.
constexpr std::uint8_t kInterimMost = 100;

}  // namespace

ResponseReader::ResponseReader(Method method, const HeadLimits& limits)
    : limits_(&limits), filter_(HeadKind::response, limits), method_(method) {}

std::size_t ResponseReader::feed(std::string_view bytes) {
    assert(state_ == State::reading);
    std::size_t taken = 0;
    while (taken < bytes.size() && state_ == State::reading) {
        const std::size_t passed = filter_.feed(bytes.substr(taken));
        text_.append(bytes.substr(taken, passed));
        taken += passed;
        if (filter_.state() == HeadFilter::State::refused)
            refuse(filter_.refusal().reason);
        else if (filter_.state() == HeadFilter::State::complete)
            finish();
    }
    return taken;
}

void ResponseReader::finish() {
    text_.shrink_to_fit();
    auto head = ResponseHead::read(std::exchange(text_, {}), filter_.fields(), method_);
    if (!head) return refuse(head.error().reason);
    if (head->is_interim() && ++interim_ > kInterimMost)
        return refuse("The backend sends interim answers only.");
    head_ = std::move(*head);
    state_ = State::complete;
}

void ResponseReader::refuse(std::string_view reason) {
    refusal_ = {502, reason};
    state_ = State::refused;
    std::exchange(text_, {});
}

ResponseHead ResponseReader::take() {
    assert(state_ == State::complete);
    ResponseHead head = std::move(*head_);
    head_.reset();
    filter_ = HeadFilter(HeadKind::response, *limits_);
    state_ = State::reading;
    return head;
}

}  // namespace http
