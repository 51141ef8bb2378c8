#pragma once
// The body behind a head, whatever says how long it is, under one limit. Pure; one thread.

#include <cstdint>
#include <optional>
#include <string_view>

#include "http/body_framing.h"
#include "http/chunked.h"
#include "http/refusal.h"

namespace http {

class BodyReader {
public:
    using State = ChunkedReader::State;

    /// A body of more than `most` bytes is refused (413): with its head, when that says so, or with
    /// the chunk that is too much. Complete at once when there is none.
    BodyReader(const BodyFraming& framing, std::uint64_t most);

    /// As ChunkedReader::feed(): takes no byte behind the body, and gives views of what it takes.
    BodyPiece feed(std::string_view bytes);
    /// The connection has ended. True: the body is complete, now or before.
    bool end();

    State state() const { return state_; }
    const Refusal& refusal() const { return refusal_; }
    /// Data that feed() has given so far.
    std::uint64_t received() const { return received_; }

private:
    BodyPiece feed_plain(std::string_view bytes);
    void refuse(const Refusal& why);

    BodyKind kind_;
    State state_ = State::reading;
    std::uint64_t left_ = 0;  // of a length, or of the limit
    std::uint64_t received_ = 0;
    std::optional<ChunkedReader> chunked_;
    Refusal refusal_;
};

}  // namespace http
