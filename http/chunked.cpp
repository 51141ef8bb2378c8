#include "http/chunked.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include "core/ascii.h"
#include "http/field_text.h"

namespace http {
namespace {

/// Shorter than that, no size exceeds 2^60.
constexpr std::uint8_t kSizeDigits = 15;
/// Nobody needs extensions; a flood of them would be a way to keep us busy without data.
constexpr std::uint16_t kLineExtension = 256;
constexpr std::uint32_t kExtensions = 16 * 1024;
constexpr HeadLimits kTrailerLimits{.bytes = 4096, .start_line = 0, .fields = 32};

constexpr std::string_view kBadSize = "The size of a chunk is no plain hexadecimal number.";
constexpr std::string_view kBadEnd = "A chunk does not end where its size says.";

}  // namespace

BodyPiece ChunkedReader::feed(std::string_view bytes) {
    assert(state_ == State::reading);
    BodyPiece piece;
    while (piece.taken < bytes.size() && state_ == State::reading) {
        const std::string_view rest = bytes.substr(piece.taken);
        if (at_ == At::trailers) {
            piece.taken += feed_trailers(rest);
        } else if (at_ != At::data) {
            step(rest.front());
            if (state_ != State::refused) ++piece.taken;
        } else {
            piece.data = rest.substr(
                0, static_cast<std::size_t>(std::min<std::uint64_t>(chunk_, rest.size())));
            piece.taken += piece.data.size();
            chunk_ -= piece.data.size();
            if (chunk_ == 0) at_ = At::data_cr;
            break;
        }
    }
    return piece;
}

void ChunkedReader::step(char byte) {
    switch (at_) {
        case At::first_digit:
        case At::size:
            if (byte == '\r' && at_ == At::size) {
                at_ = At::size_lf;
            } else if (byte == ';' && at_ == At::size) {
                at_ = At::extension;
            } else {
                add_digit(byte);
            }
            return;
        case At::extension:
            if (byte == '\r') {
                at_ = At::size_lf;
            } else if (!byte_may_be(byte, kLineByte) && byte != '\t') {
                refuse(400, "The extension of a chunk holds a byte that may not stand there.");
            } else if (++line_extension_ > kLineExtension || ++extensions_ > kExtensions) {
                refuse(400, "The extensions of the chunks are too long.");
            }
            return;
        case At::size_lf:
            if (byte != '\n') return refuse(400, kBadSize);
            return end_size_line();
        case At::data_cr:
            if (byte != '\r') return refuse(400, kBadEnd);
            at_ = At::data_lf;
            return;
        case At::data_lf:
            if (byte != '\n') return refuse(400, kBadEnd);
            at_ = At::first_digit;
            return;
        case At::data:
        case At::trailers: return;  // not byte by byte
    }
}

void ChunkedReader::add_digit(char byte) {
    const char digit = core::ascii_lower(byte);
    const bool is_letter = digit >= 'a' && digit <= 'f';
    if (!(is_letter || core::is_ascii_digit(digit)) || ++digits_ > kSizeDigits)
        return refuse(400, kBadSize);
    chunk_ = chunk_ * 16 + static_cast<unsigned>(is_letter ? digit - 'a' + 10 : digit - '0');
    at_ = At::size;
}

void ChunkedReader::end_size_line() {
    digits_ = 0;
    line_extension_ = 0;
    if (chunk_ > left_) return refuse(413, "The body is too large.");
    left_ -= chunk_;
    if (chunk_ != 0) {
        at_ = At::data;
    } else {
        trailers_.emplace(HeadKind::trailers, kTrailerLimits);
        at_ = At::trailers;
    }
}

std::size_t ChunkedReader::feed_trailers(std::string_view bytes) {
    const std::size_t taken = trailers_->feed(bytes);
    if (trailers_->state() == HeadFilter::State::complete) state_ = State::complete;
    if (trailers_->state() == HeadFilter::State::refused)
        refuse(trailers_->refusal().status, trailers_->refusal().reason);
    return taken;
}

void ChunkedReader::refuse(std::uint16_t status, std::string_view reason) {
    refusal_ = {status, reason};
    state_ = State::refused;
}

std::string chunk_head(std::size_t size) {
    assert(size != 0);
    std::array<char, 16> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
    return std::string(digits.data(), end).append("\r\n");
}

}  // namespace http
