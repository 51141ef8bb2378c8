#pragma once
// Requests on a connection, read head by head: bytes in, a RequestHead or a refusal out. Keeps the
// bytes of an unfinished head and nothing between heads. What is behind a head (its body, a tunnel,
// the next request) is not touched. Pure; one thread.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/head_filter.h"
#include "http/refusal.h"
#include "http/request_head.h"

namespace http {

class RequestReader {
public:
    enum class State : std::uint8_t {
        reading,
        complete,  // take() the head
        refused,   // answer refusal() once and close the connection: what follows means nothing
    };

    /// `limits` must outlive the reader.
    explicit RequestReader(const HeadLimits& limits);
    explicit RequestReader(HeadLimits&&) = delete;

    /// Takes bytes up to the end of the head, or up to where it refuses; returns how many. To be
    /// called while reading. The result is the same however the bytes are cut, and comes with the
    /// first byte that settles it.
    std::size_t feed(std::string_view bytes);

    State state() const { return state_; }
    /// Has a head begun? Then its deadline runs; else the connection is idle.
    bool has_begun() const { return state_ != State::reading || !text_.empty(); }
    const Refusal& refusal() const {
        assert(state_ == State::refused);
        return refusal_;
    }
    /// The complete head; afterwards the reader waits for the next one.
    RequestHead take();

private:
    std::optional<Refusal> judge_line() const;
    void finish();
    void refuse(const Refusal& why);

    const HeadLimits* limits_;
    HeadFilter filter_;
    std::string text_;
    std::optional<RequestHead> head_;
    Refusal refusal_;
    State state_ = State::reading;
};

}  // namespace http
