#pragma once
// The answer to one forwarded request, read from a backend: its interim heads, if there are any,
// and then its head. Keeps the bytes of an unfinished head; bodies are not touched. Pure; one
// thread.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/head_filter.h"
#include "http/refusal.h"
#include "http/response_head.h"

namespace http {

class ResponseReader {
public:
    enum class State : std::uint8_t {
        reading,
        complete,  // take() the head
        refused,   // tell the client 502, and close the backend's connection
    };

    /// Of the answer to a request of `method`. `limits` must outlive the reader.
    explicit ResponseReader(Method method, const HeadLimits& limits = kResponseHeadLimits);
    ResponseReader(Method, HeadLimits&&) = delete;

    /// Takes bytes up to the end of the head, or up to where it refuses; returns how many. To be
    /// called while reading. The result is the same however the bytes are cut.
    std::size_t feed(std::string_view bytes);

    State state() const { return state_; }
    const Refusal& refusal() const {
        assert(state_ == State::refused);
        return refusal_;
    }
    /// The complete head. If it is interim, the reader waits for the next one.
    ResponseHead take();

private:
    void finish();
    void refuse(std::string_view reason);

    const HeadLimits* limits_;
    HeadFilter filter_;
    std::string text_;
    std::optional<ResponseHead> head_;
    Refusal refusal_;
    std::uint8_t interim_ = 0;
    Method method_;
    State state_ = State::reading;
};

}  // namespace http
