#pragma once
// The chunked coding (RFC 9112 section 7.1), read strictly and written plainly. Pure; one thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/head_filter.h"
#include "http/refusal.h"

namespace http {

/// What one call took of a body: `data` is a part of the bytes given, the rest of `taken` is
/// framing.
struct BodyPiece {
    std::size_t taken = 0;
    std::string_view data;
};

inline constexpr std::uint64_t kNoBodyLimit = UINT64_MAX;

/// Reads one body. Extensions are skipped within bounds, trailers are judged like fields and
/// dropped.
class ChunkedReader {
public:
    enum class State : std::uint8_t {
        reading,
        complete,
        refused,  // where the body ends is not known: the connection is of no more use
    };

    /// A chunk that would bring the data above `most` bytes is refused with its size (413).
    explicit ChunkedReader(std::uint64_t most) : left_(most) {}

    /// Takes bytes up to the end of the first run of data, of the body, or of `bytes`. To be called
    /// while reading, again and again until it has taken all. The data does not depend on how the
    /// bytes are cut.
    BodyPiece feed(std::string_view bytes);

    State state() const { return state_; }
    const Refusal& refusal() const { return refusal_; }

private:
    enum class At : std::uint8_t {
        first_digit,
        size,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailers,
    };

    void step(char byte);
    void add_digit(char byte);
    void end_size_line();
    std::size_t feed_trailers(std::string_view bytes);
    void refuse(std::uint16_t status, std::string_view reason);

    std::uint64_t left_;       // data that may still come
    std::uint64_t chunk_ = 0;  // data of this chunk that has not come yet
    std::uint32_t extensions_ = 0;
    std::uint16_t line_extension_ = 0;
    std::uint8_t digits_ = 0;
    At at_ = At::first_digit;
    State state_ = State::reading;
    Refusal refusal_;
    std::optional<HeadFilter> trailers_;
};

/// What stands in front of `size` bytes of data; they end with kChunkEnd. Never 0: that is the end.
std::string chunk_head(std::size_t size);
inline constexpr std::string_view kChunkEnd = "\r\n";
/// The end of a body, without trailers.
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace http
