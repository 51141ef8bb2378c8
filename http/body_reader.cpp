#include "http/body_reader.h"

#include <algorithm>
#include <cassert>

namespace http {
namespace {

constexpr Refusal kTooLarge{413, "The body is too large."};

}  // namespace

BodyReader::BodyReader(const BodyFraming& framing, std::uint64_t most) : kind_(framing.kind) {
    switch (kind_) {
        case BodyKind::none: state_ = State::complete; return;
        case BodyKind::length:
            left_ = framing.length;
            if (left_ == 0) state_ = State::complete;
            if (left_ > most) refuse(kTooLarge);
            return;
        case BodyKind::chunked: chunked_.emplace(most); return;
        case BodyKind::until_close: left_ = most; return;
    }
}

BodyPiece BodyReader::feed(std::string_view bytes) {
    assert(state_ == State::reading);
    BodyPiece piece;
    if (kind_ == BodyKind::chunked) {
        piece = chunked_->feed(bytes);
        state_ = chunked_->state();
        if (state_ == State::refused) refusal_ = chunked_->refusal();
    } else {
        piece = feed_plain(bytes);
    }
    received_ += piece.data.size();
    return piece;
}

BodyPiece BodyReader::feed_plain(std::string_view bytes) {
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= size;
    if (kind_ == BodyKind::length && left_ == 0) state_ = State::complete;
    if (kind_ == BodyKind::until_close && size < bytes.size()) refuse(kTooLarge);
    return {size, bytes.substr(0, size)};
}

bool BodyReader::end() {
    if (kind_ == BodyKind::until_close && state_ == State::reading) state_ = State::complete;
    return state_ == State::complete;
}

void BodyReader::refuse(const Refusal& why) {
    refusal_ = why;
    state_ = State::refused;
}

}  // namespace http
