// Aim: a chunked body is read alike for every cut and within its limit, and what is read can be
// written in other chunks and read again.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/body_reader.h"
#include "tests/fuzz/require.h"

namespace {

using fuzz::require;
using http::BodyReader;
using State = BodyReader::State;

constexpr http::BodyFraming kChunked{http::BodyKind::chunked, 0};
constexpr std::uint64_t kMost = 1000;

struct Outcome {
    State state = State::reading;
    http::Refusal why;
    std::size_t taken = 0;
    std::string data;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(std::string_view bytes, std::size_t step) {
    BodyReader reader(kChunked, kMost);
    Outcome outcome;
    while (outcome.taken < bytes.size() && reader.state() == State::reading) {
        const std::string_view shown = bytes.substr(outcome.taken, step);
        const http::BodyPiece piece = reader.feed(shown);
        require(piece.taken > 0 || reader.state() == State::refused);
        require(piece.taken <= shown.size() && piece.data.size() <= piece.taken);
        outcome.data.append(piece.data);
        outcome.taken += piece.taken;
    }
    outcome.state = reader.state();
    if (outcome.state == State::refused) outcome.why = reader.refusal();
    require(outcome.data.size() <= kMost);
    return outcome;
}

std::string in_chunks(std::string_view data, std::size_t size) {
    std::string body;
    while (!data.empty()) {
        const std::string_view chunk = data.substr(0, size);
        body.append(http::chunk_head(chunk.size())).append(chunk).append(http::kChunkEnd);
        data.remove_prefix(chunk.size());
    }
    return body.append(http::kLastChunk);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Outcome whole = read(bytes, std::max<std::size_t>(size, 1));
    for (const std::size_t step : {1, 2, 7}) require(read(bytes, step) == whole);
    for (const std::size_t chunk : {1, 16, 1000}) {
        const std::string body = in_chunks(whole.data, chunk);
        const Outcome again = read(body, body.size());
        require(again.state == State::complete && again.data == whole.data);
        require(again.taken == body.size());
    }
    return 0;
}
